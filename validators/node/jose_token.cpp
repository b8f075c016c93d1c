#include "validators/node/jose_token.hpp"

#include "base/text.hpp"
#include "validators/node/javascript.hpp"

#include <algorithm>
#include <cstdlib>

namespace idpwatch::validators {
namespace {

using Kind = JsonNode::Kind;

constexpr const char* kInvalid = "ERR_JWS_INVALID";

JoseMember member(const JsonNode& object, const char* name) {
  const JsonNode* found = object.find(name);
  if (found == nullptr) return {};
  if (!found->is(Kind::kString)) return {JoseMember::Is::kOther, {}};
  return {JoseMember::Is::kText, found->text};
}

JoseTime time(const JsonNode& object, const char* name) {
  const JsonNode* found = object.find(name);
  if (found == nullptr) return {};
  if (!found->is(Kind::kNumber)) return {JoseTime::Is::kOther, 0};
  return {JoseTime::Is::kNumber, std::strtod(found->text.c_str(), nullptr)};
}

std::optional<std::string> decoded(std::string_view text, const JoseTraits& traits) {
  return traits.web_crypto ? atob_base64url(text) : std::optional(buffer_from_base64(text));
}

std::optional<std::string> text_of(std::string_view octets, const JoseTraits& traits) {
  return traits.strict ? strictly_decoded_utf8(octets) : std::optional(decoded_utf8(octets));
}

std::optional<JoseError> check_critical(const JsonNode& header) {
  const JsonNode* listed = header.find("crit");
  if (listed == nullptr) return std::nullopt;
  const auto& items = listed->items;
  const bool texts =
      !items.empty() && std::all_of(items.begin(), items.end(), [](const JsonNode& one) {
        return one.is(Kind::kString) && !one.text.empty();
      });
  if (!texts) {
    return malformed_token(kInvalid,
                           R"("crit" (Critical) Header Parameter MUST be an array of non-empty )"
                           "strings when present");
  }
  for (const JsonNode& one : items) {
    if (one.text != "b64") {
      return malformed_token("ERR_JOSE_NOT_SUPPORTED",
                             "Extension Header Parameter \"" + one.text + "\" is not recognized");
    }
    const JsonNode* encoded = header.find("b64");
    if (encoded == nullptr) {
      return malformed_token(kInvalid, R"(Extension Header Parameter "b64" is missing)");
    }
    if (!encoded->is(Kind::kBool)) {
      return malformed_token(kInvalid,
                             R"(The "b64" (base64url-encode payload) Header Parameter must be a )"
                             "boolean");
    }
  }
  return std::nullopt;
}

JoseTokenReading failed(std::string message) {
  JoseTokenReading reading;
  reading.error = malformed_token(kInvalid, std::move(message));
  return reading;
}

void read_audience(const JsonNode& claims, JoseClaims& read) {
  const JsonNode* found = claims.find("aud");
  read.has_audience = found != nullptr;
  if (!read.has_audience) return;
  if (found->is(Kind::kString)) read.audiences.push_back(found->text);
  for (const JsonNode& one : found->items) {
    if (one.is(Kind::kString)) read.audiences.push_back(one.text);
  }
}

}  // namespace

JoseError malformed_token(std::string code, std::string message) {
  return {"malformed-token", std::move(code), std::move(message), Cause::kOther};
}

JoseTokenReading read_jose_token(std::string_view text, const JoseTraits& traits) {
  const auto parts = base::split(text, '.');
  if (parts.size() != 3) return failed("Invalid Compact JWS");
  const auto octets = decoded(parts[0], traits);
  const auto header_text = octets ? text_of(*octets, traits) : std::nullopt;
  if (!header_text) return failed("JWS Protected Header is invalid");
  const auto header = parse_javascript_json(*header_text);
  if (!header) return failed("JWS Protected Header is invalid");
  JoseTokenReading reading;
  reading.error = check_critical(*header);
  if (reading.error) return reading;
  const JoseMember alg = member(*header, "alg");
  if (!alg.has_text() || alg.text.empty()) {
    return failed(R"(JWS "alg" (Algorithm) Header Parameter missing or invalid)");
  }
  JoseToken& token = reading.token;
  token.alg = alg.text;
  token.kid = member(*header, "kid");
  token.typ = member(*header, "typ");
  const JsonNode* encoded = header->find("crit") == nullptr ? nullptr : header->find("b64");
  token.encoded = encoded == nullptr || encoded->flag;
  token.parts.signing_input = std::string(parts[0]) + "." + std::string(parts[1]);
  const auto signature = decoded(parts[2], traits);
  token.signature_broken = !signature;
  token.parts.signature = signature.value_or("");
  token.payload = token.encoded ? decoded(parts[1], traits) : std::optional<std::string>(parts[1]);
  return reading;
}

JoseToken synthetic_jose_token(const TokenView& view) {
  const auto member_of = [](const std::optional<std::string>& text) {
    return text ? JoseMember{JoseMember::Is::kText, *text} : JoseMember();
  };
  const auto time_of = [](const std::optional<std::int64_t>& seconds) {
    return seconds ? JoseTime{JoseTime::Is::kNumber, static_cast<double>(*seconds)} : JoseTime();
  };
  JoseToken token;
  token.alg = view.alg.value_or("");
  token.kid = member_of(view.kid);
  token.typ = member_of(view.typ);
  token.parts = view.parts;
  token.payload.emplace();
  JoseClaims& claims = token.claims.emplace();
  claims.issuer = member_of(view.issuer);
  claims.has_audience = !view.audiences.empty();
  claims.audiences = view.audiences;
  claims.expires = time_of(view.expires);
  claims.not_before = time_of(view.not_before);
  return token;
}

std::optional<JoseClaims> read_jose_claims(const std::string& payload, const JoseTraits& traits) {
  const auto text = text_of(payload, traits);
  if (!text) return std::nullopt;
  const auto parsed = parse_javascript_json(*text);
  if (!parsed || !parsed->is(Kind::kObject)) return std::nullopt;
  const JsonNode& claims = *parsed;
  JoseClaims read;
  read.issuer = member(claims, "iss");
  read_audience(claims, read);
  read.expires = time(claims, "exp");
  read.not_before = time(claims, "nbf");
  read.issued = time(claims, "iat");
  return read;
}

}  // namespace idpwatch::validators
