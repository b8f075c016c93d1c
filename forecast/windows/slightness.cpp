#include "forecast/windows/slightness.hpp"

#include "forecast/claims/attribution.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <vector>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using model::Certainty;
using model::Condition;

// Five minutes lie between two forced refreshes by most defaults: until then a spent one comes
// again, and the key with it.
constexpr Duration kBrief = base::minutes(6);

constexpr double kHardlyAny = 0.1;
using Share = std::chrono::duration<double>;

// By what the authority's answers say, and not by whether they come, or what day it is.
bool is_by_content(const Problem& problem) {
  if (problem.detail == validators::CauseDetail::kCertificateDates) return false;
  const std::string& rule = problem.rule;
  return rule == "refusal-issuer" || rule == "refusal-keys" || rule == "refusal-document" ||
         rule == "refusal-algorithm";
}

// A key that left, with the looks between which it did.
struct Leaving {
  std::string thumbprint;
  std::size_t last = 0;  // state that has it
  Instant early, late;
};

class Marker {
 public:
  Marker(const DeploymentView& view, const Signing& signing, const CachedLine& line, bool cut,
         Instant now)
      : view_(view), signing_(signing), line_(line), cut_(cut), now_(now), left_(leavings()) {}

  [[nodiscard]] bool slight(const Problem& problem) const {
    const bool sure_running =
        problem.condition == Condition::kRunning && problem.certainty != Certainty::kPossible;
    if (is_fetching(problem.rule) && !sure_running && is_seen_once(*view_.authority, problem.url)) {
      return true;
    }
    if (problem.certainty != Certainty::kPossible || !problem.window.until) return false;
    if (is_brief(problem)) return true;
    if (problem.rule == "refusal-rotation") return !cut_ && problem.chance < kHardlyAny;
    if (problem.rule != "refusal-withdrawn-key" || left_.empty()) return false;
    return all_superseded() || (!cut_ && problem.chance * still_ahead(problem) < kHardlyAny);
  }

 private:
  // Keys of this service's tokens that are not published any more, some of whose tokens may live.
  [[nodiscard]] std::vector<Leaving> leavings() const {
    std::vector<Leaving> left;
    std::set<std::string> later;
    const auto& states = line_.states;
    for (std::size_t i = states.size(); i-- > 0;) {
      for (const model::Jwk& key : states[i].published.keys) {
        if (!later.insert(key.thumbprint).second || i + 1 == states.size()) continue;
        if (!is_usable(key, signing_)) continue;
        if (after(states[i].late_end, view_.tokens.lifetime) <= now_) continue;
        left.push_back({key.thumbprint, i, states[i].early_end, states[i].late_end});
      }
    }
    return left;
  }

  // Between two looks a key may have left long before the later one: the part of that time for
  // which the refusals are not over yet.
  [[nodiscard]] double still_ahead(const Problem& problem) const {
    const Duration rest = std::max(*problem.window.until - now_, Duration(0));
    double most = 0;
    for (const Leaving& key : left_) {
      const Duration open = key.late - key.early;
      most = std::max(most, open <= rest ? 1 : Share(rest) / Share(open));
    }
    return most;
  }

  [[nodiscard]] bool all_superseded() const {
    return std::all_of(left_.begin(), left_.end(),
                       [&](const Leaving& key) { return superseded(key); });
  }

  // Another key was published beside it for as long as caches and tokens live: who takes a key out
  // of the set signs with the other by then.
  [[nodiscard]] bool superseded(const Leaving& left) const {
    const Duration kept = view_.validator->cache().lasts.most;
    if (kept >= validators::kForEver) return false;
    const Duration needed = kept + view_.tokens.lifetime;
    const auto& states = line_.states;
    const Instant since = left.early - needed;
    const auto& with = states[left.last].published.keys;
    return std::any_of(with.begin(), with.end(), [&](const model::Jwk& key) {
      if (key.thumbprint == left.thumbprint || !is_usable(key, signing_)) return false;
      for (std::size_t i = 0; i <= left.last + 1; ++i) {
        if (i <= left.last && states[i].late_end <= since) continue;
        if (!states[i].published.has(key.thumbprint)) return false;
      }
      return true;
    });
  }

  const DeploymentView& view_;
  const Signing& signing_;
  const CachedLine& line_;
  bool cut_;
  Instant now_;
  std::vector<Leaving> left_;
};

}  // namespace

bool is_brief(const Problem& problem) {
  return problem.certainty == Certainty::kPossible && problem.window.until &&
         problem.window.longest_s && base::seconds(*problem.window.longest_s) <= kBrief;
}

bool is_seen_once(const AuthorityFacts& authority, const std::string& url) {
  const auto* changes = authority.history->changes(url);
  if (changes == nullptr || changes->size() < 2) return false;
  if (changes->back().at < authority.observed_at) return false;
  return authority.history->says_something((changes->end() - 2)->served);
}

std::string jwks_uri_of(const AuthorityHistory& history, const validators::Addresses& addresses) {
  if (!addresses.keys.empty()) return addresses.keys;
  const auto* changes = history.changes(addresses.metadata);
  if (changes == nullptr) return {};
  return history.readings().of(changes->back().served.body)->document.jwks_uri;
}

void await_second_look(std::vector<Problem>& problems, const DeploymentView& view,
                       const validators::Addresses& addresses) {
  if (view.restarted_only || problems.empty()) return;
  if (!is_seen_once(*view.authority, addresses.metadata) &&
      !is_seen_once(*view.authority, jwks_uri_of(*view.authority->history, addresses))) {
    return;
  }
  for (Problem& problem : problems) {
    if (problem.condition != Condition::kRunning || !is_by_content(problem)) continue;
    problem.certainty = Certainty::kPossible;
    problem.likely_by.reset();
    problem.window.latest.reset();
  }
}

void mark_slight(RefusalWindows& outlook, const DeploymentView& view, const Signing& signing,
                 const CachedLine& line, Instant now) {
  if (view.restarted_only) return;
  const Marker marker(view, signing, line, outlook.cut, now);
  for (auto* problems : {&outlook.running, &outlook.restarted}) {
    for (Problem& problem : *problems) problem.slight = marker.slight(problem);
  }
}

}  // namespace idpwatch::forecast
