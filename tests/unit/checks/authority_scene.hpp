// An authority in good order, to be broken by each test in one place.
#pragma once

#include "checks/authority_view.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

inline constexpr std::string_view kIssuer = "https://login.example.com/realms/a";
inline constexpr std::string_view kKeysUrl = "https://login.example.com/realms/a/jwks";

struct AuthorityScene {
  model::AuthoritySpec spec;
  model::Observation observation;
  std::optional<model::Discovery> document;
  std::optional<model::KeySet> keys;
  std::optional<base::Error> discovery_error, jwks_error;
  std::vector<model::Event> events;
  bool inconsistent = false, flapped = false, had_keys = true;
  model::TlsThresholds tls;
  base::Instant now;

  AuthorityScene();

  [[nodiscard]] AuthorityView view() const;
  [[nodiscard]] std::vector<model::CheckResult> judge() const;
  // The result of a rule; fails the test when there is not exactly one.
  [[nodiscard]] model::CheckResult result(std::string_view rule) const;
  [[nodiscard]] bool silent_about(std::string_view rule) const;  // no result at all

  void fail(std::optional<model::Fetch>& part, model::FailureKind kind,
            model::FailureDetail detail = model::FailureDetail::kNone,
            std::string message = "as the library says it");
  void answer(std::optional<model::Fetch>& part, int status);
  void publish_issuer(std::string_view issuer);
  model::Event& add_event(model::EventType type);
};

model::Jwk rsa_key(std::optional<std::string> kid, std::string thumbprint);
model::Fetch good_fetch(std::string_view url, base::Instant now);
// All that a person reads of a finding, in one text.
std::string everything(const model::Finding& finding);

}  // namespace idpwatch::checks
