#include "validators/dotnet/token_checks.hpp"

#include "base/text.hpp"
#include "validators/dotnet/algorithm_names.hpp"
#include "validators/dotnet/dotnet_text.hpp"

#include <algorithm>

namespace idpwatch::validators {
namespace {

using Kind = Failure::Kind;

Failure failure(Kind kind, std::string_view id) {
  Failure made;
  made.kind = kind;
  made.id = id;
  return made;
}

// Utility.SerializeAsSingleCommaDelimitedString
std::string listed(const TokenView& token) {
  if (token.null_audience && token.audiences.size() == 1) {
    return "null";
  }
  return token.audiences.empty() ? "empty" : base::join(token.audiences, ", ");
}

class Check {
 public:
  Check(const CheckInput& input, const Turn& turn) : in_(input), turn_(turn) {}

  std::optional<Failure> run() {
    const TokenView& token = in_.token;
    if (token.encrypted) {
      const bool no_enc = !token.enc || token.enc->empty();
      return failure(Kind::kOther, no_enc ? "IDX10612"
                                   : in_.legacy_handler || token.alg == "dir"
                                       ? "IDX10609"
                                       : in_.library.encrypted_token_error);
    }
    if (auto failed = signature()) {
      return failed;
    }
    for (const auto check : {&Check::lifetime, &Check::audience, &Check::issuer, &Check::type}) {
      if (auto failed = (this->*check)()) {
        return failed;
      }
    }
    if (in_.legacy_handler && token.null_audience) {
      return failure(Kind::kOther, "");  // a Claim of null
    }
    return std::nullopt;
  }

 private:
  using Keys = std::vector<const SigningKey*>;

  // In the order in which they are resolved and tried.
  [[nodiscard]] Keys all_keys() const {
    Keys keys;
    keys.reserve(in_.rules.pinned.size() + (in_.configuration == nullptr ? 0 : configured_count()));
    const auto add = [&keys](const std::vector<SigningKey>& more) {
      for (const SigningKey& key : more) {
        keys.push_back(&key);
      }
    };
    if (in_.merged) {
      add(in_.rules.pinned);
    }
    if (in_.configuration != nullptr) {
      add(in_.configuration->signing_keys());
    }
    if (!in_.merged) {
      add(in_.rules.pinned);
    }
    return keys;
  }

  static bool matches(const SigningKey& key, const TokenView& token) {
    const std::string_view kid = token.kid ? std::string_view(*token.kid) : std::string_view();
    const std::string_view x5t = token.x5t ? std::string_view(*token.x5t) : std::string_view();
    if (key.kind == SigningKey::Kind::kCertificate) {
      return (!kid.empty() && base::iequals(key.kid, kid)) ||
             (!x5t.empty() && base::iequals(key.x5t, x5t));
    }
    return !key.kid.empty() && (key.kid == kid || key.kid == x5t);
  }

  [[nodiscard]] std::size_t pinned_count() const {
    return in_.rules.pinned.size() + (in_.merged ? configured_count() : 0);
  }
  [[nodiscard]] std::size_t configured_count() const {
    return in_.configuration == nullptr ? 0 : in_.configuration->signing_keys().size();
  }

  [[nodiscard]] Failure key_failure(Kind kind, std::string_view id) const {
    Failure made = failure(kind, id);
    made.keys_in_parameters = pinned_count();
    made.keys_in_configuration = in_.merged ? 0 : configured_count();
    return made;
  }

  std::optional<Failure> signature() {
    const TokenView& token = in_.token;
    if (!token.is_signed) {
      return failure(Kind::kBadSignature, "IDX10504");
    }
    const Keys keys = all_keys();
    const auto resolved = std::find_if(keys.begin(), keys.end(),
                                       [&](const SigningKey* key) { return matches(*key, token); });
    if (in_.legacy_handler && token.signature_unreadable) {
      return failure(Kind::kBadSignature, "IDX10508");
    }
    const bool known = resolved != keys.end();
    if (known && verifies(**resolved)) {
      return accepted(**resolved);
    }
    if (!known && in_.rules.try_all_keys) {
      for (const SigningKey* key : keys) {
        if (verifies(*key)) {
          return accepted(*key);
        }
      }
    }
    return not_verified(known, !keys.empty() && (known || in_.rules.try_all_keys));
  }

  [[nodiscard]] std::optional<Failure> accepted(const SigningKey& key) const {
    if (in_.key_check != nullptr) {
      if (auto failed = (*in_.key_check)(key, in_.configuration)) {
        return failed;
      }
    }
    if (!in_.rules.validate_signing_key || key.kind != SigningKey::Kind::kCertificate) {
      return std::nullopt;
    }
    if (key.not_before && *key.not_before > turn_.local + in_.rules.clock_skew) {
      return failure(Kind::kOther, "IDX10248");
    }
    if (key.not_after && *key.not_after < turn_.local - in_.rules.clock_skew) {
      return failure(Kind::kOther, "IDX10249");
    }
    return std::nullopt;
  }

  std::optional<Failure> not_verified(bool known, bool tried) {
    const bool has_kid = in_.token.kid && !in_.token.kid->empty();
    if (has_kid && known) {
      return bad_signature();
    }
    if (has_kid) {
      return unknown_kid(tried);
    }
    if (!tried) {
      return key_failure(Kind::kKeyNotFound, "IDX10500");
    }
    return key_failure(
        in_.library.missing_kid_is_bad_signature ? Kind::kBadSignature : Kind::kKeyNotFound,
        in_.library.missing_kid_error);
  }

  // The message asks every key in the parameters for its id, and a key without one throws.
  [[nodiscard]] Failure bad_signature() const {
    if (in_.library.names_key_location) {
      for (const SigningKey* key : all_keys()) {
        const bool in_parameters = in_.merged || is_pinned(key);
        if (in_parameters && key->kid.empty()) {
          return failure(Kind::kOther, "");
        }
        if (in_parameters && key->kid == in_.token.kid) {
          break;
        }
      }
    }
    return key_failure(Kind::kBadSignature, "IDX10511");
  }

  bool is_pinned(const SigningKey* key) const {
    return std::any_of(in_.rules.pinned.begin(), in_.rules.pinned.end(),
                       [key](const SigningKey& pinned) { return &pinned == key; });
  }

  std::optional<Failure> unknown_kid(bool tried) {
    switch (in_.library.unknown_kid) {
      case LibraryTraits::UnknownKid::kAtOnce:
        return key_failure(Kind::kKeyNotFound, "IDX10501");
      case LibraryTraits::UnknownKid::kAfterLifetime:
        // SecurityTokenUnableToValidateException: no refresh follows from it.
        return lifetime() || issuer() ? key_failure(Kind::kOther, "IDX10516")
                                      : key_failure(Kind::kKeyNotFound, "IDX10501");
      case LibraryTraits::UnknownKid::kAfterClaims:
        break;
    }
    for (const auto check : {&Check::lifetime, &Check::issuer, &Check::audience}) {
      if (auto failed = (this->*check)()) {
        return failed;
      }
    }
    return key_failure(Kind::kKeyNotFound, tried ? "IDX10503" : "IDX10500");
  }

  [[nodiscard]] bool algorithm_allowed() const {
    const auto& allowed = in_.rules.algorithms;
    return allowed.empty() || !in_.library.has_try_all_keys ||
           std::find(allowed.begin(), allowed.end(), in_.token.alg.value_or("")) != allowed.end();
  }

  [[nodiscard]] bool verifies(const SigningKey& key) const {
    const std::string_view algorithm =
        jws_algorithm(in_.token.alg ? std::string_view(*in_.token.alg) : std::string_view());
    if (algorithm.empty() || in_.token.signature_unreadable || !algorithm_allowed() ||
        (in_.library.checks_key_size && too_small(key, algorithm)) ||
        (key.kind == SigningKey::Kind::kSymmetric && short_secret(key, algorithm))) {
      return false;
    }
    return turn_.oracle.verify(key, algorithm, in_.token.parts);
  }

  // DefaultMinimumAsymmetricKeySizeInBitsForVerifyingMap
  static bool too_small(const SigningKey& key, std::string_view algorithm) {
    const unsigned least = algorithm.starts_with("RS") ? 1024
                           : algorithm == "PS256"      ? 528
                           : algorithm == "PS384"      ? 784
                           : algorithm == "PS512"      ? 1040
                                                       : 0;
    return key.bits < least;
  }

  // From 6.30.1 on a secret must be as long as the hash; before, 128 bits.
  [[nodiscard]] bool short_secret(const SigningKey& key, std::string_view algorithm) const {
    const unsigned hash = algorithm == "HS512" ? 512 : algorithm == "HS384" ? 384 : 256;
    return key.bits < (in_.library.version >= Version{6, 30, 1} ? hash : 128);
  }

  std::optional<Failure> lifetime() {
    const TokenView& token = in_.token;
    if (token.times_throw) {
      return failure(Kind::kOther, "");
    }
    if (!in_.rules.validate_lifetime) {
      return std::nullopt;
    }
    Failure made;
    made.expires = token.expires;
    made.not_before = token.not_before;
    const auto fail_with = [&made](Kind kind, std::string_view id) {
      made.kind = kind;
      made.id = id;
      return made;
    };
    if (!token.expires && in_.rules.require_expiration) {
      return fail_with(Kind::kNoExpiration, "IDX10225");
    }
    if (token.expires && token.not_before && *token.not_before > *token.expires) {
      return fail_with(Kind::kLifetime, "IDX10224");
    }
    const auto instant = [](std::int64_t seconds) { return base::from_unix_seconds(seconds); };
    if (token.not_before && instant(*token.not_before) > turn_.local + in_.rules.clock_skew) {
      return fail_with(Kind::kNotYetValid, "IDX10222");
    }
    if (token.expires && instant(*token.expires) < turn_.local - in_.rules.clock_skew) {
      return fail_with(Kind::kExpired, "IDX10223");
    }
    return std::nullopt;
  }

  std::optional<Failure> audience() {
    if (!in_.rules.validate_audience) {
      return std::nullopt;
    }
    return in_.audience_check != nullptr
               ? (*in_.audience_check)()
               : check_audience(in_.token, in_.rules.audiences, in_.library);
  }

  std::optional<Failure> issuer() {
    if (in_.issuer_check != nullptr) {
      return (*in_.issuer_check)();
    }
    if (!in_.rules.validate_issuer) {
      return std::nullopt;
    }
    const std::optional<std::string>& issuer = in_.token.issuer;
    const auto made = [&](std::string_view id) {
      Failure one = failure(Kind::kIssuer, id);
      // JsonWebToken gives an empty text where there is none, JwtSecurityToken null.
      one.value = in_.legacy_handler ? issuer : issuer.value_or("");
      return one;
    };
    if (!issuer || is_blank(*issuer)) {
      return made("IDX10211");
    }
    const Configuration* configuration = in_.configuration;
    const auto& own = in_.rules.issuers;
    const bool own_none = !own || (own->empty() && in_.library.empty_issuers_are_none);
    const bool learned =
        configuration != nullptr && (in_.merged || !is_blank(configuration->issuer()));
    if (own_none && !learned) {
      return made("IDX10204");
    }
    const bool in_document = configuration != nullptr && configuration->issuer() == *issuer;
    const bool in_own = own && std::find(own->begin(), own->end(), *issuer) != own->end();
    if (in_document || in_own) {
      return std::nullopt;
    }
    return made("IDX10205");
  }

  std::optional<Failure> type() {
    const auto& types = in_.rules.types;
    if (types.empty() || !in_.library.checks_types) {
      return std::nullopt;
    }
    if (in_.token.type_throws) {
      return failure(Kind::kOther, "IDX11026");
    }
    if (!in_.token.typ || in_.token.typ->empty()) {
      return failure(Kind::kOther, "IDX10256");
    }
    return std::find(types.begin(), types.end(), *in_.token.typ) != types.end()
               ? std::nullopt
               : std::optional(failure(Kind::kOther, "IDX10257"));
  }

  const CheckInput& in_;
  const Turn& turn_;
};

bool audience_matches(std::string_view valid, std::string_view brought, bool slash) {
  if (valid == brought) {
    return true;
  }
  return slash && ((valid.size() == brought.size() + 1 && valid.ends_with('/') &&
                    valid.starts_with(brought)) ||
                   (brought.size() == valid.size() + 1 && brought.ends_with('/') &&
                    brought.starts_with(valid)));
}

}  // namespace

std::optional<Failure> check_token(const CheckInput& input, const Turn& turn) {
  return Check(input, turn).run();
}

std::optional<Failure> check_audience(const TokenView& token,
                                      const std::optional<std::vector<std::string>>& valid,
                                      const LibraryTraits& library) {
  const auto made = [&](std::string_view id) {
    Failure one = failure(Kind::kAudience, id);
    one.value = listed(token);
    return one;
  };
  if (!valid) {
    return made("IDX10208");
  }
  if (token.audiences.empty() && library.audience_empty_error) {
    return made("IDX10206");
  }
  for (const std::string& brought : token.audiences) {
    for (const std::string& one : *valid) {
      if (!is_blank(brought) && !is_blank(one) &&
          audience_matches(one, brought, library.audience_slash)) {
        return std::nullopt;
      }
    }
  }
  Failure none = made("IDX10214");
  if (library.scrubs_audience) {
    none.value = std::nullopt;
  }
  return none;
}

}  // namespace idpwatch::validators
