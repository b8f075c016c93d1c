#include "validators/node/jose_claims.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cmath>

namespace idpwatch::validators {
namespace {

using List = std::optional<std::vector<std::string>>;

JoseError failed(const char* id, const char* message, Cause cause) {
  return {id, "ERR_JWT_CLAIM_VALIDATION_FAILED", message, cause};
}

// Up to 6.2.0 a single empty text is as good as none, once the claim is there.
bool is_checked(const List& valid, const JoseTraits& traits) {
  return valid && (traits.strict || !(valid->size() == 1 && valid->front().empty()));
}

bool contains(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

// normalizeTyp.
std::string normal_type(const std::string& type) {
  constexpr std::string_view kPrefix = "application/";
  const std::string lower = base::to_lower(type);
  return lower.starts_with(kPrefix) || lower.find('/') != std::string::npos
             ? lower
             : std::string(kPrefix) + lower;
}

std::optional<JoseError> check_type(const JoseToken& token, const JoseOptions& options) {
  const bool fits = !options.type || (token.typ.has_text() &&
                                      normal_type(token.typ.text) == normal_type(*options.type));
  if (fits) return std::nullopt;
  return failed("wrong-type", R"(unexpected "typ" JWT header value)", Cause::kType);
}

// What must be there, in the order in which it is asked for.
std::optional<JoseError> check_presence(const JoseClaims& claims, const JoseOptions& options) {
  if (options.issuers && claims.issuer.absent()) {
    return failed("wrong-issuer", R"(missing required "iss" claim)", Cause::kIssuer);
  }
  if (options.audiences && !claims.has_audience) {
    return failed("wrong-audience", R"(missing required "aud" claim)", Cause::kAudience);
  }
  return std::nullopt;
}

std::optional<JoseError> check_names(const JoseClaims& claims, const JoseOptions& options,
                                     const JoseTraits& traits) {
  if (is_checked(options.issuers, traits) &&
      !(claims.issuer.has_text() && contains(*options.issuers, claims.issuer.text))) {
    return failed("wrong-issuer", R"(unexpected "iss" claim value)", Cause::kIssuer);
  }
  if (is_checked(options.audiences, traits) &&
      std::none_of(claims.audiences.begin(), claims.audiences.end(),
                   [&](const std::string& one) { return contains(*options.audiences, one); })) {
    return failed("wrong-audience", R"(unexpected "aud" claim value)", Cause::kAudience);
  }
  return std::nullopt;
}

std::optional<JoseError> check_times(const JoseClaims& claims, const JoseOptions& options,
                                     base::Instant local) {
  const double now =
      static_cast<double>(base::to_unix_seconds(std::chrono::floor<base::seconds>(local)));
  const double tolerance = std::chrono::duration<double>(options.tolerance).count();
  const auto no_number = [](const JoseTime& time, const char* message) {
    return time.is == JoseTime::Is::kOther
               ? std::optional(failed("malformed-token", message, Cause::kOther))
               : std::nullopt;
  };
  if (auto error = no_number(claims.issued, R"("iat" claim must be a number)")) return error;
  if (auto error = no_number(claims.not_before, R"("nbf" claim must be a number)")) return error;
  if (claims.not_before.is == JoseTime::Is::kNumber &&
      claims.not_before.seconds > now + tolerance) {
    return failed("not-yet-valid", R"("nbf" claim timestamp check failed)", Cause::kLifetime);
  }
  if (auto error = no_number(claims.expires, R"("exp" claim must be a number)")) return error;
  if (claims.expires.is == JoseTime::Is::kNumber && claims.expires.seconds <= now - tolerance) {
    return JoseError{"expired", "ERR_JWT_EXPIRED", R"("exp" claim timestamp check failed)",
                     Cause::kLifetime};
  }
  return std::nullopt;
}

}  // namespace

std::optional<JoseError> check_jose_claims(const JoseToken& token, const JoseOptions& options,
                                           const JoseTraits& traits, base::Instant now) {
  if (traits.type_first) {
    if (auto error = check_type(token, options)) return error;
  }
  const auto claims = token.claims ? token.claims : read_jose_claims(*token.payload, traits);
  if (!claims) {
    return malformed_token("ERR_JWT_INVALID", "JWT Claims Set must be a top-level JSON object");
  }
  if (auto error = check_type(token, options)) return error;
  if (auto error = check_presence(*claims, options)) return error;
  if (auto error = check_names(*claims, options, traits)) return error;
  return check_times(*claims, options, now);
}

}  // namespace idpwatch::validators
