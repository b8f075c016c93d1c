#include "model/token.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <cmath>

namespace idpwatch::model {
namespace {

using base::Json;

constexpr base::JsonLimits kLimits{.bytes = kTokenBytesMax, .depth = 64};

std::optional<std::string> text(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? std::optional(found->get<std::string>())
                                                     : std::nullopt;
}

std::optional<std::int64_t> seconds(const Json& object, const char* name) {
  constexpr double kMost = 9e18;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) {
    return std::nullopt;
  }
  const double value = std::trunc(found->get<double>());
  return std::fabs(value) < kMost ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
}

base::Result<base::JsonDocument> object_of(std::string_view octets, std::string_view part) {
  auto document = base::parse_json(octets, kLimits);
  if (!document) {
    return base::fail(std::move(document.error()).in(part));
  }
  if (!document->value->is_object()) {
    return base::fail(base::ErrorKind::kInput, std::string(part) + " is not a JSON object");
  }
  return document;
}

base::Result<std::string> decoded(std::string_view part, std::string_view name) {
  auto octets = base::base64_decode_lenient(part);
  if (!octets) {
    return base::fail(base::ErrorKind::kInput, std::string(name) + " is no base64url");
  }
  return std::move(*octets);
}

void read_header(const Json& header, Token& token) {
  token.alg = text(header, "alg");
  token.kid = text(header, "kid");
  token.typ = text(header, "typ");
  token.x5t = text(header, "x5t");
}

void read_payload(const Json& payload, Token& token) {
  token.issuer = text(payload, "iss");
  token.subject = text(payload, "sub");
  token.tenant_id = text(payload, "tid");
  token.version = text(payload, "ver");
  token.expires = seconds(payload, "exp");
  token.not_before = seconds(payload, "nbf");
  token.issued_at = seconds(payload, "iat");
  if (const auto audience = payload.find("aud"); audience != payload.end()) {
    const auto add = [&token](const Json& one) {
      if (one.is_string()) {
        token.audiences.push_back(one.get<std::string>());
      }
    };
    if (audience->is_array()) {
      for (const Json& one : *audience) {
        add(one);
      }
    } else {
      add(*audience);
    }
  }
}

std::string_view bare(std::string_view text) {
  constexpr std::string_view kScheme = "bearer ";
  text = base::trim(text);
  if (text.size() > kScheme.size() && base::iequals(text.substr(0, kScheme.size()), kScheme)) {
    text = base::trim(text.substr(kScheme.size()));
  }
  return text;
}

}  // namespace

base::Result<Token> parse_token(std::string_view whole) {
  const std::string_view compact = bare(whole);
  if (compact.size() > kTokenBytesMax) {
    return base::fail(base::ErrorKind::kInput, "the token is larger than 256 KiB");
  }
  const auto parts = base::split(compact, '.');
  if (parts.size() != 3 && parts.size() != 5) {
    return base::fail(
        base::ErrorKind::kInput,
        "a JWT has three parts (five when encrypted), this has " + std::to_string(parts.size()));
  }
  Token token;
  token.encrypted = parts.size() == 5;
  auto header = decoded(parts[0], "the header");
  if (!header) {
    return base::fail(header.error());
  }
  token.header = std::move(*header);
  const auto fields = object_of(token.header, "the header");
  if (!fields) {
    return base::fail(fields.error());
  }
  read_header(*fields->value, token);
  if (token.encrypted) {
    return token;
  }
  auto payload = decoded(parts[1], "the payload");
  auto signature = decoded(parts[2], "the signature");
  if (!payload || !signature) {
    return base::fail(payload ? signature.error() : payload.error());
  }
  token.payload = std::move(*payload);
  token.signature = std::move(*signature);
  token.signing_input = compact.substr(0, parts[0].size() + 1 + parts[1].size());
  const auto claims = object_of(token.payload, "the payload");
  if (!claims) {
    return base::fail(claims.error());
  }
  read_payload(*claims->value, token);
  return token;
}

}  // namespace idpwatch::model
