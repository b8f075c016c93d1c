// A set-up of a real service as somebody reported it: a deployed file and the authority's
// documents, and what is found.
#pragma once

#include "fixture.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::forecast {

using Packages = std::map<std::string, std::string>;
using Lines = std::vector<std::string>;

inline const std::string kTenant = "11111111-2222-3333-4444-555555555555";
inline const std::string kApp = "99999999-2222-3333-4444-555555555555";
inline const std::string kHost = "https://id.example.com";
inline const std::string kJwtBearer = "Microsoft.AspNetCore.Authentication.JwtBearer";

// All packages of Microsoft.IdentityModel in one version.
Packages identity_model(const std::string& version, Packages more = {});

// A deployed service and the authority that it asks.
struct Setup {
  nlohmann::json settings;
  Packages packages;
  std::string issuer = kHost;
  std::vector<TokenFacts> callers = {};
  nlohmann::json document_members = nlohmann::json::object();
  nlohmann::json keys = nlohmann::json::parse(key_set({"old"}));

  [[nodiscard]] std::vector<model::Finding> findings() const;
};

// "refusal-issuer IDX10205 critical" of each finding; empty: the service takes the tokens.
Lines told(const Setup& setup);

TokenFacts tokens(std::optional<std::string> issuer, std::optional<std::string> audience = {});
nlohmann::json scheme(nlohmann::json members);
nlohmann::json azure_ad(const std::string& instance);

}  // namespace idpwatch::forecast
