#include "validators/dotnet/aspnet_messages.hpp"

#include "base/text.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace idpwatch::validators {
namespace {

using Kind = Failure::Kind;

// Texts by id, oldest first; a row holds from its version on. {0}, {1}, ... are filled from what
// arguments() lists for the id.
struct Text {
  std::string_view id;
  Version from;
  std::string_view text;
};
constexpr Text kTexts[] = {
    {"IDX10204",
     {},
     "Unable to validate issuer. validationParameters.ValidIssuer is null or whitespace AND "
     "validationParameters.ValidIssuers is null."},
    {"IDX10204",
     {6, 15, 1},
     "Unable to validate issuer. validationParameters.ValidIssuer is null or whitespace AND "
     "validationParameters.ValidIssuers is null or empty."},
    {"IDX10205",
     {},
     "Issuer validation failed. Issuer: '{0}'. Did not match: validationParameters.ValidIssuer: "
     "'{1}' or validationParameters.ValidIssuers: '{2}'."},
    {"IDX10205",
     {6, 22, 0},
     "Issuer validation failed. Issuer: '{0}'. Did not match: validationParameters.ValidIssuer: "
     "'{1}' or validationParameters.ValidIssuers: '{2}' or "
     "validationParameters.ConfigurationManager.CurrentConfiguration.Issuer: '{3}'. For more "
     "details, see https://aka.ms/IdentityModel/issuer-validation. "},
    {"IDX10206", {}, "Unable to validate audience. The 'audiences' parameter is empty."},
    {"IDX10208",
     {},
     "Unable to validate audience. validationParameters.ValidAudience is null or whitespace and "
     "validationParameters.ValidAudiences is null."},
    {"IDX10209",
     {},
     "Token has length: '...' which is larger than the MaximumTokenSizeInBytes: '256000'."},
    {"IDX10211", {}, "Unable to validate issuer. The 'issuer' parameter is null or whitespace"},
    {"IDX10214",
     {},
     "Audience validation failed. Audiences: '{0}'. Did not match: "
     "validationParameters.ValidAudience: '{1}' or validationParameters.ValidAudiences: '{2}'."},
    {"IDX10214",
     {8, 16, 0},
     "Audience validation failed. See https://aka.ms/identitymodel/app-context-switches"},
    {"IDX10222",
     {},
     "Lifetime validation failed. The token is not yet valid. ValidFrom: '{0}', Current time: "
     "'{2}'."},
    {"IDX10222",
     {6, 30, 0},
     "Lifetime validation failed. The token is not yet valid. ValidFrom (UTC): '{0}', Current time "
     "(UTC): '{2}'."},
    {"IDX10223",
     {},
     "Lifetime validation failed. The token is expired. ValidTo: '{1}', Current time: '{2}'."},
    {"IDX10223",
     {6, 30, 0},
     "Lifetime validation failed. The token is expired. ValidTo (UTC): '{1}', Current time (UTC): "
     "'{2}'."},
    {"IDX10224", {}, "Lifetime validation failed. The NotBefore: '{0}' is after Expires: '{1}'."},
    {"IDX10224",
     {6, 30, 0},
     "Lifetime validation failed. The NotBefore (UTC): '{0}' is after Expires (UTC): '{1}'."},
    {"IDX10225",
     {},
     "Lifetime validation failed. The token is missing an Expiration Time. Tokentype: '...'."},
    {"IDX10248",
     {},
     "X509SecurityKey validation failed. The associated certificate is not yet valid. ValidFrom: "
     "'...', Current time: '{2}'."},
    {"IDX10249",
     {},
     "X509SecurityKey validation failed. The associated certificate has expired. ValidTo: '...', "
     "Current time: '{2}'."},
    {"IDX10256",
     {},
     "Unable to validate the token type. TokenValidationParameters.ValidTypes is set, but the "
     "'typ' header claim is null or empty."},
    {"IDX10257",
     {},
     "Token type validation failed. Type: '{0}'. Did not match: validationParameters.TokenTypes: "
     "'{1}'."},
    {"IDX10500",
     {},
     "Signature validation failed. No security keys were provided to validate the signature."},
    {"IDX10501",
     {},
     "Signature validation failed. Unable to match key: \nkid: '{0}'.\nExceptions caught:\n '...'. "
     "\ntoken: '...'."},
    {"IDX10501",
     {6, 15, 1},
     "Signature validation failed. Unable to match key: \nkid: '{0}'. \nNumber of keys in "
     "TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nExceptions "
     "caught:\n '...'. \ntoken: '...'."},
    {"IDX10503",
     {},
     "Signature validation failed. Keys tried: '...'.\nExceptions caught:\n '...'.\ntoken: '...'."},
    {"IDX10503",
     {6, 6, 0},
     "Signature validation failed. Token does not have a kid. Keys tried: '...'.\nExceptions "
     "caught:\n '...'.\ntoken: '...'."},
    {"IDX10503",
     {6, 15, 1},
     "Signature validation failed. Token does not have a kid. Keys tried: '...'. Number of keys in "
     "TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nExceptions "
     "caught:\n '...'.\ntoken: '...'."},
    {"IDX10503",
     {6, 28, 0},
     "Signature validation failed. Token does not have a kid. Keys tried: '...'. Number of keys in "
     "TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nExceptions "
     "caught:\n '...'.\ntoken: '...'. See https://aka.ms/IDX10503 for details."},
    {"IDX10503",
     {7, 2, 0},
     "Signature validation failed. The token's kid is: '{0}', but did not match any keys in "
     "TokenValidationParameters or Configuration. Keys tried: '...'. Number of keys in "
     "TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nExceptions "
     "caught:\n '...'.\ntoken: '...'. See https://aka.ms/IDX10503 for details."},
    {"IDX10504", {}, "Unable to validate signature, token does not have a signature: '...'."},
    {"IDX10508", {}, "Signature validation failed. Signature is improperly formatted."},
    {"IDX10511",
     {},
     "Signature validation failed. Keys tried: '...'. \nkid: '{0}'. \nExceptions caught:\n "
     "'...'.\ntoken: '...'."},
    {"IDX10511",
     {6, 15, 1},
     "Signature validation failed. Keys tried: '...'. \nNumber of keys in "
     "TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nMatched key "
     "was in '{3}'. \nkid: '{0}'. \nExceptions caught:\n '...'.\ntoken: '...'."},
    {"IDX10511",
     {6, 28, 0},
     "Signature validation failed. Keys tried: '...'. \nNumber of keys in "
     "TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nMatched key "
     "was in '{3}'. \nkid: '{0}'. \nExceptions caught:\n '...'.\ntoken: '...'. See "
     "https://aka.ms/IDX10511 for details."},
    {"IDX10516",
     {},
     "Signature validation failed. Unable to match key: \nkid: '{0}'.\nExceptions caught:\n '...'. "
     "\ntoken: '...'. Valid Lifetime: '...'. Valid Issuer: '...'"},
    {"IDX10517",
     {},
     "Signature validation failed. The token's kid is missing. Keys tried: '...'. Number of keys "
     "in TokenValidationParameters: '{1}'. \nNumber of keys in Configuration: '{2}'. \nExceptions "
     "caught:\n '...'.\ntoken: '...'. See https://aka.ms/IDX10503 for details."},
    {"IDX10609", {}, "Decryption failed. No Keys tried: token: '...'."},
    {"IDX10612", {}, "Decryption failed. Header.Enc is null or empty, it must be specified."},
    {"IDX10618",
     {},
     "Key unwrap failed using decryption Keys: '...'.\nExceptions caught:\n '...'.\ntoken: '...'."},
    {"IDX12723", {}, "Unable to decode the payload '...' as Base64Url encoded string."},
    {"IDX12729", {}, "Unable to decode the header '...' as Base64Url encoded string."},
    {"IDX14100",
     {},
     "JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact "
     "Serialization Format. ..."},
    {"IDX14101", {}, "Unable to decode the payload '...' as Base64Url encoded string."},
    {"IDX14102", {}, "Unable to decode the header '...' as Base64Url encoded string."},
    {"IDX14120",
     {},
     "JWT is not well formed, there is only one dot (.).\nThe token needs to be in JWS or JWE "
     "Compact Serialization Format. ..."},
    {"IDX14121",
     {},
     "JWT is not a well formed JWE, there must be four dots (.).\nThe token needs to be in JWS or "
     "JWE Compact Serialization Format. ..."},
    {"IDX20106", {}, "The interval is below its minimum of 00:00:01 (RefreshInterval)."},
    {"IDX20107", {}, "The interval is below its minimum of 00:05:00 (AutomaticRefreshInterval)."},
    {"IDX10107", {}, "The interval is below its minimum of 00:00:01 (RefreshInterval)."},
    {"IDX10108", {}, "The interval is below its minimum of 00:05:00 (AutomaticRefreshInterval)."},
    {"IDX20803", {}, "Unable to obtain configuration from: '{0}'."},
    {"IDX20803", {6, 27, 0}, "Unable to obtain configuration from: '{0}'. Exception: '{2}."},
    {"IDX20803",
     {6, 29, 0},
     "Unable to obtain configuration from: '{0}'. Will retry at '{1}'. Exception: '{2}'."},
    {"IDX20108",
     {},
     "The address specified '{0}' is not valid as per HTTPS scheme. Please specify an https "
     "address for security reasons. If you want to test with http address, set the RequireHttps "
     "property  on IDocumentRetriever to false."},
    {"IDX20804", {}, "Unable to retrieve document from: '{0}'."},
    {"IDX20807",
     {},
     "Unable to retrieve document from: '{0}'. HttpResponseMessage: '{3}', "
     "HttpResponseMessage.Content: '...'."},
    {"IDX40001",
     {},
     "Issuer: '{0}', does not match any of the valid issuers provided for this application. "},
    {"IDX40003",
     {},
     "Neither `tid` nor `tenantId` claim is present in the token obtained from Microsoft identity "
     "platform. "},
    {"IDX40004",
     {},
     "Token issuer: '{0}', does not contain the `tid` or `tenantId` claim present in the token."},
    {"IDX40005", {}, "Token issuer: '{0}', does not match the signing key issuer: '...'."},
    {"IDX40009", {}, "Either the 'tid' claim was not found or it didn't have a value."},
    {"IDW10201",
     {},
     "Neither scope nor roles claim was found in the bearer token. Authentication scheme used: "
     "'Bearer'. "},
};

std::string_view text_of(std::string_view id, Version version) {
  std::string_view found;
  for (const Text& text : kTexts) {
    if (text.id == id && text.from <= version) {
      found = text.text;
    }
  }
  return found;
}

std::string fill(std::string_view text, const std::vector<std::string>& values) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool place = text[i] == '{' && i + 2 < text.size() && text[i + 2] == '}';
    const auto index = place ? static_cast<std::size_t>(text[i + 1] - '0') : values.size();
    if (index < values.size()) {
      out += values[index];
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

std::string with_id(std::string_view id, const std::string& text) {
  return text.empty() ? std::string(id) : std::string(id) + ": " + text;
}

std::string list(const std::optional<std::vector<std::string>>& texts) {
  return !texts ? "null" : texts->empty() ? "empty" : base::join(*texts, ", ");
}

std::string time_text(const std::optional<std::int64_t>& seconds) {
  return seconds ? invariant_time(base::from_unix_seconds(*seconds)) : "(null)";
}

bool about_keys(std::string_view id) { return id.starts_with("IDX105"); }

std::vector<std::string> arguments(const Failure& failure, const MessageFacts& facts) {
  const TokenView* token = facts.token;
  switch (failure.kind) {
    case Kind::kIssuer:
      return {failure.value.value_or("(null)"), "null", list(facts.rules.issuers), facts.issuer};
    case Kind::kAudience:
      return {failure.value.value_or("(null)"), "null", list(facts.rules.audiences)};
    case Kind::kExpired:
    case Kind::kNotYetValid:
    case Kind::kNoExpiration:
    case Kind::kLifetime:
      return {time_text(failure.not_before), time_text(failure.expires),
              invariant_time(facts.local)};
    case Kind::kKeyNotFound:
    case Kind::kBadSignature:
    case Kind::kOther:
      break;
  }
  if (about_keys(failure.id)) {
    return {token != nullptr ? token->kid.value_or("") : "",
            std::to_string(failure.keys_in_parameters),
            std::to_string(failure.keys_in_configuration),
            failure.keys_in_configuration > 0 ? "Configuration" : "TokenValidationParameters"};
  }
  return {token != nullptr ? token->typ.value_or("null") : "", base::join(facts.rules.types, ", "),
          invariant_time(facts.local)};
}

std::string description(const Failure& failure, int host) {
  const auto or_null = [](const std::optional<std::string>& value) {
    return value.value_or("(null)");
  };
  const bool values = host > 2;  // ASP.NET Core 2 names none
  switch (failure.kind) {
    case Kind::kAudience:
      return values ? "The audience '" + or_null(failure.value) + "' is invalid"
                    : "The audience is invalid";
    case Kind::kIssuer:
      return values ? "The issuer '" + or_null(failure.value) + "' is invalid"
                    : "The issuer is invalid";
    case Kind::kNoExpiration:
      return "The token has no expiration";
    case Kind::kLifetime:
      return values
                 ? "The token lifetime is invalid; NotBefore: '" + time_text(failure.not_before) +
                       "', Expires: '" + time_text(failure.expires) + "'"
                 : "The token lifetime is invalid";
    case Kind::kNotYetValid:
      return values ? "The token is not valid before '" + time_text(failure.not_before) + "'"
                    : "The token is not valid yet";
    case Kind::kExpired:
      return values ? "The token expired at '" + time_text(failure.expires) + "'"
                    : "The token is expired";
    case Kind::kKeyNotFound:
      return "The signature key was not found";
    case Kind::kBadSignature:
      return "The signature is invalid";
    case Kind::kOther:
      break;
  }
  return {};
}

}  // namespace

std::string failure_message(const Failure& failure, const LibraryTraits& library,
                            const MessageFacts& facts) {
  if (failure.id.empty()) {
    return "an exception without a code";
  }
  return with_id(failure.id, fill(text_of(failure.id, library.version), arguments(failure, facts)));
}

std::string unreachable_message(const FetchFailure& failure, const LibraryTraits& library,
                                std::string_view metadata_address, base::Instant retry_at) {
  const std::string inner = with_id(failure.error, fill(text_of(failure.error, library.version),
                                                        {failure.url, "", "", failure.reason}));
  const std::string retry = retry_at == base::Instant::min() ? "01/01/0001 00:00:00 +00:00"
                                                             : invariant_time(retry_at) + " +00:00";
  return with_id("IDX20803", fill(text_of("IDX20803", library.version),
                                  {std::string(metadata_address), retry, inner}));
}

std::string challenge(const Failure& failure, int host) {
  const std::string text = description(failure, host);
  return text.empty() ? R"(Bearer error="invalid_token")"
                      : R"(Bearer error="invalid_token", error_description=")" + text + '"';
}

std::string invariant_time(base::Instant at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<base::seconds>(at - day));
  return fmt::format("{:02}/{:02}/{:04} {:02}:{:02}:{:02}", static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

}  // namespace idpwatch::validators
