// One service, its authority and a token that is good unless a test spoils it: what the claims of
// docs/dotnet-401.md are asked by. Values; a Scene may be copied and spoiled.
#pragma once

#include "model/validator_settings.hpp"
#include "validators/core/simulation.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::test {

inline constexpr const char* kIssuer = "https://id.example.com";

// A JWK on P-256 under a kid of the test's choice; the second one is other material.
std::string scene_key(const std::string& kid, bool other = false);

class Scene {
 public:
  // "6.10.0", "openiddict-validation@7.8.0"; JwtBearer with audiences ["api://orders"] by default.
  explicit Scene(const std::string& version);

  model::ValidatorSettings settings;
  validators::TokenView token;  // signed by the key of kid "k1"
  base::Instant at;             // of the first request
  base::Duration clock_off{0};  // local minus true

  void serve_document(const std::string& json);
  void serve_keys(const std::vector<std::string>& jwks);
  void serve(const std::string& url, validators::Served served);
  void sign_by(const std::string& jwk);  // sets kid, too

  // The process lives from the first request on.
  validators::Answer request(base::Duration after = base::Duration(0));
  void restart() { service_.reset(); }

  // Of one request to a fresh process: "401 IDX10501", "500 IDX20803", "200".
  [[nodiscard]] std::string answer() const;

 private:
  std::map<std::string, validators::Served> served_;
  std::optional<validators::Simulation> service_;
};

std::string text_of(const validators::Answer& answer);

}  // namespace idpwatch::test
