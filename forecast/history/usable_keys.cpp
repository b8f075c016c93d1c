#include "forecast/history/usable_keys.hpp"

#include "forecast/windows/forced_refresh.hpp"

#include <set>
#include <string>
#include <unordered_map>
#include <utility>

namespace idpwatch::forecast {

namespace {

// Names of keys that are asked about; of those beyond it is taken that they can sign.
constexpr std::size_t kNamesMax = 256;

class Asker {
 public:
  Asker(const DeploymentView& view, const Signing& signing, const ObservedWorld& world)
      : view_(view), signing_(signing), world_(world) {}

  void ask(const CachedState& state, const std::set<std::string>& known) {
    std::optional<validators::Simulation> service;
    for (const model::Jwk& key : state.published.keys) {
      if (known.contains(key.thumbprint) || names_.size() >= kNamesMax) continue;
      if (!names_.insert(key.thumbprint + " " + key.kid.value_or("")).second) continue;
      if (!service) service.emplace(view_.validator);
      bool& taken = taken_[key.thumbprint];
      taken = taken || takes(*service, state, key);
    }
  }

  [[nodiscard]] const std::unordered_map<std::string, bool>& taken() const { return taken_; }

 private:
  // The process fetches with its first request, and keeps that for the next ones.
  bool takes(validators::Simulation& service, const CachedState& state, const model::Jwk& key) {
    const auto token = token_of(signing_, key, state.published);
    const validators::Request request{state.fetch_at, state.fetch_at,
                                      validators::Credentials::synthetic(token)};
    return service.request(world_, request, false).accepted() || !service.has_configuration();
  }

  const DeploymentView& view_;
  const Signing& signing_;
  const ObservedWorld& world_;
  std::set<std::string> names_;
  std::unordered_map<std::string, bool> taken_;
};

}  // namespace

Signing with_past_keys(const DeploymentView& view, Signing signing, const ObservedWorld& world,
                       const CachedLine& line, base::Instant now) {
  if (line.states.empty()) return signing;
  std::set<std::string> known;  // of those that are published now the claims were asked
  for (const model::Jwk& key : line.states.back().published.keys) known.insert(key.thumbprint);
  Asker asker(view, signing, world);
  for (auto state = line.states.rbegin(); state != line.states.rend(); ++state) {
    if (after(state->late_end, view.tokens.lifetime) <= now) break;
    if (state->fetched) asker.ask(*state, known);
  }
  std::vector<std::string> unusable = std::move(signing.unusable);
  for (const auto& [thumbprint, taken] : asker.taken()) {
    if (!taken) unusable.push_back(thumbprint);
  }
  signing.unusable = std::move(unusable);
  return signing;
}

}  // namespace idpwatch::forecast
