#include "validators/dotnet/managed_state.hpp"

#include "validators/dotnet/error_causes.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <algorithm>

namespace idpwatch::validators {
namespace {

base::Duration longest_jitter(const ManagerRules& rules) {
  switch (rules.policy.jitter) {
    case ManagerPolicy::Jitter::kNone:
      break;
    case ManagerPolicy::Jitter::kOnceMinutes:
    case ManagerPolicy::Jitter::kEachMinutes:
      return base::minutes(59);
    case ManagerPolicy::Jitter::kEachTwentieth: {
      // Random.Next(bound): whole seconds, below the bound.
      const auto bound = std::chrono::floor<base::seconds>(rules.automatic) / 20;
      return std::max(bound - base::seconds(1), base::seconds(0));
    }
  }
  return base::Duration(0);
}

}  // namespace

Answer ManagedState::answer(Turn& turn, const Credentials& credentials, bool explain) {
  Answer made = respond(turn, credentials, explain);
  if (made.accepted()) return made;
  const ManagerRules* rules = manager_rules();
  const bool empty = rules != nullptr && !manager().current();
  tell_cause(made, empty ? &manager().last_failure() : nullptr);
  const bool lost = rules != nullptr && rules->reads_no_keys && made.error == "IDX10500";
  if (lost) made.detail = CauseDetail::kUnfitPackages;
  return made;
}

bool ManagedState::has_keys() const {
  return manager_rules() != nullptr && manager().current().has_value();
}

std::vector<std::string> ManagedState::key_thumbprints() const {
  std::vector<std::string> thumbprints;
  if (!has_keys()) return thumbprints;
  for (const SigningKey& key : manager().current()->signing_keys()) {
    thumbprints.push_back(key.thumbprint);
  }
  return thumbprints;
}

base::Instant ManagedState::refresh_due_at() const {
  return manager_rules() == nullptr ? base::Instant::max() : manager().due_at();
}

base::Instant ManagedState::forced_refresh_allowed_at() const {
  const ManagerRules* rules = manager_rules();
  return rules == nullptr ? base::Instant::max() : manager().refresh_allowed_at(*rules);
}

CachePolicy cache_policy_of(const ManagerRules* rules, CachePolicy::Fetcher unknown_kid) {
  CachePolicy policy;
  if (rules == nullptr) return policy;
  const bool blocking = rules->policy.mode == ManagerPolicy::Mode::kBlocking;
  const auto fetcher =
      blocking ? CachePolicy::Fetcher::kRequest : CachePolicy::Fetcher::kBackground;
  policy.holds = CachePolicy::Holds::kDocumentAndKeys;
  policy.lasts = {rules->automatic, rules->automatic + longest_jitter(*rules)};
  policy.when_due = fetcher;
  policy.unknown_kid = unknown_kid;
  policy.throttle.gap = rules->refresh;
  policy.throttle.spent =
      blocking ? CachePolicy::Throttle::Spent::kBySuccess : CachePolicy::Throttle::Spent::kByForced;
  const bool fixed = rules->policy.bootstrap == ManagerPolicy::Bootstrap::kFixed;
  policy.retry = {fixed ? std::min(rules->automatic, rules->refresh) : base::Duration(0),
                  rules->refresh};
  policy.stale_for = kForEver;
  if (rules->use_last_known_good) {
    policy.last_known_good = rules->last_known_good;
    policy.good_sets = kGoodConfigurationsMax;
  }
  policy.fetch = {rules->retriever.timeout, kRetrievedMax, kRedirectsMax,
                  rules->retriever.require_https, false};
  return policy;
}

}  // namespace idpwatch::validators
