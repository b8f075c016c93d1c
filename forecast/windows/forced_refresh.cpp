#include "forecast/windows/forced_refresh.hpp"

#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/frozen_world.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;
using Token = std::shared_ptr<const validators::TokenView>;

constexpr base::Duration kMoment = base::seconds(1);

class Probe {
 public:
  Probe(const DeploymentView& view, const validators::World& world, Instant at)
      : view_(view), still_(world, at), at_(at) {}

  // After that one, which it takes, it fetches because of this one.
  [[nodiscard]] bool forces(const Token& good, const Token& bad) const {
    constexpr double kLatest = 0.999999;
    validators::Simulation service(view_.validator, {kLatest, kLatest});
    const auto ask = [&](const Token& token, Instant when) {
      return service.request(still_, {when, when, validators::Credentials::synthetic(token)},
                             false);
    };
    if (!ask(good, at_).accepted()) return false;
    const Instant later = at_ + view_.validator->cache().throttle.gap + kMoment;
    const auto fetched = [](const validators::Answer& answer) {
      return answer.fetches.discovery > 0 || answer.fetches.keys > 0;
    };
    const bool at_once = fetched(ask(bad, later));
    return fetched(ask(good, later + kMoment)) || at_once;
  }

 private:
  const DeploymentView& view_;
  FrozenWorld still_;
  Instant at_;
};

Token altered(const Token& token, bool key, bool issuer) {
  auto made = std::make_shared<validators::TokenView>(*token);
  if (key) {
    made->kid = "no-such-key";
    made->parts.signed_by = "none";
  }
  if (issuer) made->issuer = "https://no-such-issuer.invalid";
  return made;
}

}  // namespace

Token token_of(const Signing& signing, const model::Jwk& key, const KeySetVersion& published) {
  Claims claims = signing.claims;
  if (signing.issuer_moves) {
    claims.issuer =
        with_tenant(published.issuer, entra_tenant(signing.claims.issuer, signing.claims.family));
  }
  // No clock is off here.
  return synthetic_token(claims, signer_of(key, signing.algorithm),
                         {base::from_unix_seconds(0), base::from_unix_seconds(1LL << 34)});
}

ForcedRefresh forced_refresh(const DeploymentView& view, const Signing& signing,
                             const validators::World& world, const KeySetVersion& published,
                             Instant at) {
  ForcedRefresh found;
  const auto usable = std::find_if(published.keys.begin(), published.keys.end(),
                                   [&](const model::Jwk& key) { return is_usable(key, signing); });
  if (usable == published.keys.end() || !view.settings.pinned_keys.absent()) return found;
  const Token good = token_of(signing, *usable, published);
  const Probe probe(view, world, at);
  found.key = probe.forces(good, altered(good, true, false));
  // Issuers of its own make it accept what stands in no document.
  if (view.validator->cache().reads_documents() && !view.settings.issuers.absent()) return found;
  found.issuer = probe.forces(good, altered(good, false, true));
  found.both = probe.forces(good, altered(good, true, true));
  return found;
}

}  // namespace idpwatch::forecast
