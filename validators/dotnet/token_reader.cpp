#include "base/text.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/token_claims.hpp"
#include "validators/dotnet/token_reading.hpp"

#include <algorithm>
#include <vector>

namespace idpwatch::validators {
namespace {

using Kind = JsonNode::Kind;
using Outcome = TokenReading::Outcome;

constexpr std::size_t kMaxToken = 250UL * 1024;

TokenReading failed(std::string_view id) { return {Outcome::kFailed, std::string(id), {}}; }

bool is_base64url(std::string_view text, bool may_be_empty) {
  return (may_be_empty || !text.empty()) && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::optional<JsonNode> segment(std::string_view text, const Base64Rules& rules,
                                const JsonDialect& dialect) {
  const auto octets = decode_base64(text, rules);
  return octets ? parse_dotnet_json(*octets, dialect) : std::nullopt;
}

void take_signature(std::string_view text, std::string_view input, const Base64Rules& rules,
                    TokenView& token) {
  token.is_signed = !text.empty();
  token.parts.signing_input = input;
  const auto signature = decode_base64(text, rules);
  token.signature_unreadable = !signature;
  token.parts.signature = signature.value_or("");
}

// JsonWebToken stops at the closing brace, and so does not see what follows.
JsonDialect json_web_token_dialect(const LibraryTraits& traits) {
  JsonDialect dialect = traits.json;
  dialect.ignore_trailing = true;
  return dialect;
}

TokenReading read_signed(std::string_view text, std::size_t dot1, std::size_t dot2,
                         const LibraryTraits& traits) {
  const JsonDialect dialect = json_web_token_dialect(traits);
  TokenReading reading;
  const auto header = segment(text.substr(0, dot1), traits.segment_base64, dialect);
  if (!header || !header->is(Kind::kObject) || !read_typed_header(*header, reading.token)) {
    return failed("IDX14102");
  }
  const std::string_view body = text.substr(dot1 + 1, dot2 - dot1 - 1);
  if (body.empty() && traits.empty_payload_is_object) {
    read_strict_payload(JsonNode{}, true, traits, reading.token);
  } else {
    const auto payload = segment(body, traits.segment_base64, dialect);
    if (!payload || !payload->is(Kind::kObject) ||
        !read_strict_payload(*payload, true, traits, reading.token)) {
      return failed("IDX14101");
    }
  }
  take_signature(text.substr(dot2 + 1), text.substr(0, dot2), traits.signature_base64,
                 reading.token);
  return reading;
}

struct EncryptedPart {
  std::string_view empty, undecodable;
};

// Five parts, of which the header alone is read as JSON.
TokenReading read_encrypted(const std::vector<std::string_view>& parts,
                            const LibraryTraits& traits) {
  constexpr EncryptedPart kParts[] = {{"", "IDX10400"},           // encrypted key
                                      {"IDX14308", "IDX14309"},   // initialisation vector
                                      {"IDX14306", "IDX14312"},   // cipher text
                                      {"IDX14310", "IDX14311"}};  // authentication tag
  constexpr std::size_t kOrder[] = {0, 1, 3, 2};
  TokenReading reading;
  reading.token.encrypted = true;
  const auto header = segment(parts[0], traits.segment_base64, json_web_token_dialect(traits));
  if (!header || !header->is(Kind::kObject) || !read_typed_header(*header, reading.token)) {
    return failed(parts[0].empty() ? "IDX14307" : "IDX14102");
  }
  for (const std::size_t i : kOrder) {
    const std::string_view part = parts[i + 1];
    if (part.empty() && !kParts[i].empty.empty()) {
      return failed(kParts[i].empty);
    }
    if (!decode_base64(part, traits.key_base64)) {
      return failed(kParts[i].undecodable);
    }
  }
  return reading;
}

TokenReading read_named(std::string_view text, const LibraryTraits& traits) {
  const auto parts = base::split(text, '.');
  if (parts.size() == 1 || (parts.size() == 2 && parts[1].empty())) {
    return failed("IDX14100");
  }
  if (parts.size() == 2) {
    return failed("IDX14120");
  }
  if (parts.size() == 3) {
    const std::size_t dot1 = parts[0].size();
    return read_signed(text, dot1, dot1 + 1 + parts[1].size(), traits);
  }
  if (parts.size() == 4) {
    return failed("IDX14121");
  }
  if (parts.size() > 5) {
    return failed(parts[4].empty() ? "IDX14121" : "IDX14122");
  }
  return read_encrypted(parts, traits);
}

bool legacy_can_read(std::string_view text, const std::vector<std::string_view>& parts) {
  if (text.size() > kMaxToken || (parts.size() != 3 && parts.size() != 5)) {
    return false;
  }
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool may_be_empty = parts.size() == 3 ? i == 2 : i == 1;
    if (!is_base64url(parts[i], may_be_empty)) {
      return false;
    }
  }
  return true;
}

// Newtonsoft gives null for the text null, and the handler then stumbles over it without a code.
std::optional<TokenReading> legacy_failure(const std::optional<JsonNode>& node, bool lenient,
                                           std::string_view id) {
  if (node && node->is(Kind::kNull) && lenient) {
    return failed("");
  }
  if (!node || !node->is(Kind::kObject)) {
    return failed(id);
  }
  return std::nullopt;
}

}  // namespace

TokenReading read_json_web_token(std::string_view text, const LibraryTraits& traits) {
  if (text.size() > kMaxToken) {
    return failed("IDX10209");
  }
  TokenReading reading = read_named(text, traits);
  if (reading.outcome == Outcome::kFailed && !traits.names_malformed_parts) {
    reading.error = "IDX14100";
  }
  return reading;
}

TokenReading read_legacy_token(std::string_view text, const LibraryTraits& traits) {
  const auto parts = base::split(text, '.');
  TokenReading reading;
  if (!legacy_can_read(text, parts)) {
    reading.outcome = Outcome::kNotForThisHandler;
    return reading;
  }
  const bool lenient = traits.json.lenient;
  const auto header = segment(parts[0], traits.key_base64, traits.json);
  if (auto failure = legacy_failure(header, lenient, "IDX12729"); failure || !header) {
    return failure.value_or(failed("IDX12729"));
  }
  if (lenient) {
    read_lenient_header(*header, reading.token);
  } else {
    read_strict_header(*header, traits, reading.token);
  }
  if (parts.size() == 5) {
    reading.token.encrypted = true;
    return reading;
  }
  const auto payload = segment(parts[1], traits.key_base64, traits.json);
  if (auto failure = legacy_failure(payload, lenient, "IDX12723"); failure || !payload) {
    return failure.value_or(failed("IDX12723"));
  }
  if (lenient) {
    read_lenient_payload(*payload, reading.token);
  } else if (!read_strict_payload(*payload, false, traits, reading.token)) {
    return failed("IDX12723");
  }
  take_signature(parts[2], text.substr(0, parts[0].size() + 1 + parts[1].size()), traits.key_base64,
                 reading.token);
  return reading;
}

}  // namespace idpwatch::validators
