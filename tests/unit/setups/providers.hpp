// Providers as their own guides describe them: where their documents are, what those say, and what
// the access tokens of one API bear.
#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::setups {

inline const std::string kTenant = "11111111-2222-4333-8444-555555555555";
inline const std::string kApp = "99999999-2222-4333-8444-555555555555";

// What an access token bears.
struct Issued {
  std::string issuer;
  std::optional<std::string> audience;  // null: it has none
  std::string tenant = {}, version = {};
};

struct Provider {
  std::string name;
  std::string authority;  // as its guide writes it
  nlohmann::json document;
  std::map<std::string, nlohmann::json> documents;  // before /.well-known/openid-configuration
  std::vector<Issued> tokens;                       // each kind that callers of this API may bring
  std::string host = {};                            // OktaDomain, Auth0's Domain, Instance...
  std::string realm = {};                           // realm, server, tenant
};

const std::vector<Provider>& providers();

}  // namespace idpwatch::setups
