// Tokens that nobody signed: what the authority issues, or what a validator would take, as the
// simulation accepts them (Credentials::synthetic). Pure.
#pragma once

#include "base/time.hpp"
#include "model/authority_family.hpp"
#include "model/jwk.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::forecast {

// Everything of a token but its times.
struct Claims {
  std::string issuer;
  std::vector<std::string> audiences;
  std::string typ = "JWT";
  std::string version;  // ver of Entra's tokens; empty = as the issuer says
  bool kid = true, not_before = true, scope = true;  // whether it has them
  // Whose tokens they are: those of Entra carry tid and ver.
  model::AuthorityFamily family = model::AuthorityFamily::kOther;
};

// An entry of a key set: a key by one of its names.
struct Label {
  std::string thumbprint;
  std::optional<std::string> kid;

  friend bool operator==(const Label&, const Label&) = default;
};

// Who signs it.
struct Signer {
  std::string thumbprint, alg;
  std::optional<std::string> kid;
};

struct Lifetime {
  base::Instant not_before, expires;
};

// `algorithm` wins over what the key says of itself; a key that says nothing signs with RS256, or
// with the hash of its curve.
Signer signer_of(const model::Jwk& key, const std::optional<std::string>& algorithm);

// Whose key nobody publishes, by an algorithm that the validator takes: before it refuses such a
// token it looks for the key.
Signer stranger_to(const validators::Validator& validator);

std::shared_ptr<const validators::TokenView> synthetic_token(const Claims& claims,
                                                             const Signer& signer,
                                                             const Lifetime& lifetime);

// "{tenantid}" in an issuer filled with the tenant; a made-up one where none is known.
std::string with_tenant(std::string issuer, const std::string& tenant);
inline constexpr std::string_view kTenantTemplate = "{tenantid}";
inline constexpr std::string_view kSomeTenant = "00000000-0000-0000-0000-00000000f0ca";

// The reverse: the made-up tenant is nobody's, and is shown to nobody.
std::string without_made_up_tenant(std::string text, std::string_view instead);

// The tenant in an issuer of Entra ID; empty for any other issuer.
std::string entra_tenant(std::string_view issuer,
                         model::AuthorityFamily family = model::AuthorityFamily::kOther);

}  // namespace idpwatch::forecast
