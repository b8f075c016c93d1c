// TokenValidationParameters and the checks of Microsoft.IdentityModel over one token and one
// configuration: key resolution and signature, lifetime, audience, issuer, type, in the order and
// with the errors of the version.
#pragma once

#include "validators/core/token_view.hpp"
#include "validators/dotnet/configuration_manager.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::validators {

struct CheckRules {
  bool validate_issuer = true;
  bool validate_audience = true;
  bool validate_lifetime = true;
  bool validate_signing_key = false;
  bool require_expiration = true;
  bool try_all_keys = true;
  base::Duration clock_skew = base::minutes(5);
  std::optional<std::vector<std::string>> issuers;  // nullopt: null
  std::optional<std::vector<std::string>> audiences;
  std::vector<std::string> algorithms;  // empty: all
  std::vector<std::string> types;
  std::vector<SigningKey> pinned;
};

struct Failure {
  enum class Kind {  // the exception's type, as far as somebody looks at it
    kKeyNotFound,
    kBadSignature,
    kIssuer,
    kAudience,
    kExpired,
    kNotYetValid,
    kNoExpiration,
    kLifetime,
    kOther
  };
  Kind kind = Kind::kOther;
  std::string id;                    // empty: an exception without a code
  std::optional<std::string> value;  // the invalid issuer or audience
  std::optional<std::int64_t> not_before, expires;
  std::size_t keys_in_parameters = 0, keys_in_configuration = 0;
};

// RefreshBeforeValidation and ValidateWithLKG of the parameters.
struct ValidationStage {
  bool refresh_before = false;
  bool with_last_known_good = false;
};

// What a token is checked against.
struct CheckInput {
  const CheckRules& rules;
  const LibraryTraits& library;
  const TokenView& token;
  const Configuration* configuration = nullptr;
  // ASP.NET Core up to 7 copies issuer and keys of the configuration into the parameters.
  bool merged = false;
  bool legacy_handler = false;
  // Replaces the library's own issuer check (Microsoft.Identity.Web).
  const std::function<std::optional<Failure>()>* issuer_check = nullptr;
  // Replaces the list of valid audiences (Microsoft.Identity.Web).
  const std::function<std::optional<Failure>()>* audience_check = nullptr;
  // After the signature: Entra's issuer of the signing key.
  const std::function<std::optional<Failure>(const SigningKey&, const Configuration*)>* key_check =
      nullptr;
  // Told by check_with_manager while it tries again.
  ValidationStage* stage = nullptr;
};

// nullopt: the token is valid.
std::optional<Failure> check_token(const CheckInput& input, const Turn& turn);

// The plain audience check, for those who replace the list alone.
std::optional<Failure> check_audience(const TokenView& token,
                                      const std::optional<std::vector<std::string>>& valid,
                                      const LibraryTraits& library);

}  // namespace idpwatch::validators
