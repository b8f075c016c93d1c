// The rule `canary-failed`: our own client got no token, why, and what to do about it. It says
// nothing about any service. Pure.
#pragma once

#include "checks/canary/canary_answer.hpp"
#include "checks/canary/canary_facts.hpp"
#include "model/rules.hpp"

#include <optional>
#include <string>

namespace idpwatch::checks {

inline constexpr const char* kCanaryRule = "canary-failed";

struct CanaryView {
  model::Subject subject;  // the authority or the deployment that it stands under
  std::string instance;
  std::string asked;   // the token endpoint, or the file; as it may be shown
  std::string client;  // whose secret it is: "client 7c6b...", "the managed identity ..."
  std::string proof;   // what it proves itself with: "client_secret_file /run/..."
  std::string origin;  // "idpwatch.yaml:12"
  std::optional<base::Instant> last_good;
};

// `failure` null: a token came.
model::CheckResult judge_canary(const CanaryView& view, const CanaryFailure* failure,
                                base::Instant now);

}  // namespace idpwatch::checks
