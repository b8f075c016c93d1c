#include "validators/token_claims.hpp"

#include "base/text.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace idpwatch::validators {
namespace {

using Kind = JsonNode::Kind;

constexpr std::int64_t kLastSecond = 253402300799;  // DateTime.MaxValue

// EpochTime.DateTime
std::int64_t clamped(std::int64_t seconds) {
  return seconds <= 0 ? 0 : std::min(seconds, kLastSecond);
}

std::optional<double> parse_double(std::string_view text) {
  text = base::trim(text);
  double value = 0;
  const bool plus = text.starts_with('+');
  const char* begin = text.data() + (plus ? 1 : 0);
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  return value;
}

// Convert.ToInt64(double): half to even, an exception outside the range.
std::optional<std::int64_t> to_int64(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (!(value > -kLimit && value < kLimit)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::nearbyint(value));
}

std::optional<std::int64_t> read_long(const JsonNode& node) {
  if (!node.is(Kind::kNumber) && !node.is(Kind::kString)) {
    return std::nullopt;
  }
  const std::string_view text = base::trim(node.text);
  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) {
    return whole;
  }
  const auto number = parse_double(text);
  return number ? to_int64(*number) : std::nullopt;
}

// Newtonsoft makes a DateTime of a string that looks like one.
bool looks_like_date(std::string_view text) {
  return text.size() >= 19 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
         text[13] == ':' && text[16] == ':';
}

struct LenientTime {
  std::optional<std::int64_t> seconds;
  bool throws = false;
};

// Convert.ToInt32(Math.Truncate(Convert.ToDouble(value))): overflow and bad format mean no value.
LenientTime lenient_time(const JsonNode* node) {
  if (node == nullptr) {
    return {};
  }
  double value = 0;
  switch (node->kind) {
    case Kind::kNull:
      break;
    case Kind::kBool:
      value = node->flag ? 1 : 0;
      break;
    case Kind::kNumber:
    case Kind::kString: {
      if (node->is(Kind::kString) && looks_like_date(node->text)) {
        return {std::nullopt, true};
      }
      const auto number = parse_double(node->text);
      if (!number) {
        return {};
      }
      value = std::trunc(*number);
      break;
    }
    case Kind::kArray:
    case Kind::kObject:
      return {std::nullopt, true};
  }
  if (!(std::fabs(value) <= std::numeric_limits<std::int32_t>::max())) {
    return {};
  }
  return {clamped(static_cast<std::int64_t>(value)), false};
}

std::optional<std::string> text_or_json(const JsonNode* node) {
  if (node == nullptr || node->is(Kind::kNull)) {
    return std::nullopt;
  }
  return node->is(Kind::kString) ? node->text : write_compact(*node);
}

bool is_text_or_null(const JsonNode& node) {
  return node.is(Kind::kString) || node.is(Kind::kNull);
}

bool read_strict_audience(const JsonNode& value, bool typed, TokenView& token) {
  token.audiences.clear();
  token.null_audience = false;
  const auto add = [&](const JsonNode& item) {
    if (item.is(Kind::kString)) {
      token.audiences.push_back(item.text);
    } else if (item.is(Kind::kNull) && !typed) {
      token.audiences.emplace_back();  // a null, which no check takes for an audience
      token.null_audience = true;
    }
    return is_text_or_null(item);
  };
  if (!value.is(Kind::kArray)) {
    return add(value);
  }
  for (const JsonNode& item : value.items) {
    if (!add(item)) {
      return false;
    }
  }
  return true;
}

void read_common(const JsonNode& payload, TokenView& token) {
  constexpr std::string_view kTenant = "http://schemas.microsoft.com/identity/claims/tenantid";
  token.tenant_id = text_or_json(payload.find("tid"));
  if (!token.tenant_id) {
    token.tenant_id = text_or_json(payload.find(kTenant));
  }
  token.version = text_or_json(payload.find("ver"));
  token.has_scope_or_role = false;
  for (const std::string_view name :
       {"scp", "roles", "role", "http://schemas.microsoft.com/identity/claims/scope",
        "http://schemas.microsoft.com/ws/2008/06/identity/claims/role"}) {
    const JsonNode* claim = payload.find(name);
    const bool none = claim == nullptr || (claim->is(Kind::kArray) && claim->items.empty());
    token.has_scope_or_role = token.has_scope_or_role || !none;
  }
}

bool read_strict_claim(const JsonMember& member, bool typed, TokenView& token) {
  const JsonNode& value = member.value;
  if (member.name == "aud") {
    return read_strict_audience(value, typed, token);
  }
  if (member.name == "exp" || member.name == "nbf" || member.name == "iat") {
    const auto seconds = read_long(value);
    if (seconds && member.name == "exp") {
      token.expires = clamped(*seconds);
    } else if (seconds && member.name == "nbf") {
      token.not_before = clamped(*seconds);
    }
    return seconds.has_value();
  }
  if (member.name == "iss") {
    token.issuer = value.is(Kind::kString) ? std::optional(value.text) : std::nullopt;
    return is_text_or_null(value);
  }
  if (member.name == "jti" || (typed && member.name == "azp")) {
    return is_text_or_null(value);
  }
  if (member.name == "sub") {
    return is_text_or_null(value) || value.is(Kind::kNumber);
  }
  return true;
}

// Whatever it is, as text: JToken.ToString, which breaks lines inside lists.
std::string lenient_audience(const JsonNode& item) {
  switch (item.kind) {
    case Kind::kString:
    case Kind::kNumber:
      return item.text;
    case Kind::kBool:
      return item.flag ? "True" : "False";
    case Kind::kNull:
      return {};
    case Kind::kArray:
      return item.items.empty() ? "[]" : "[\n  " + write_compact(item) + "\n]";
    case Kind::kObject:
      return item.members.empty() ? "{}" : "{\n  " + write_compact(item) + "\n}";
  }
  return {};
}

}  // namespace

bool read_strict_header(const JsonNode& header, bool typed, TokenView& token) {
  constexpr std::array<std::string_view, 6> kTexts{"alg", "cty", "kid", "typ", "x5t", "zip"};
  for (const JsonMember& member : header.members) {
    for (const std::string_view name : kTexts) {
      if (typed && member.name == name && !is_text_or_null(member.value)) {
        return false;
      }
    }
  }
  read_lenient_header(header, token);
  return true;
}

void read_lenient_header(const JsonNode& header, TokenView& token) {
  token.alg = text_or_json(header.find("alg"));
  token.kid = text_or_json(header.find("kid"));
  token.x5t = text_or_json(header.find("x5t"));
  token.typ = text_or_json(header.find("typ"));
  token.enc = text_or_json(header.find("enc"));
}

bool read_strict_payload(const JsonNode& payload, bool typed, TokenView& token) {
  for (const JsonMember& member : payload.members) {
    if (!read_strict_claim(member, typed, token)) {
      return false;
    }
  }
  read_common(payload, token);
  return true;
}

void read_lenient_payload(const JsonNode& payload, TokenView& token) {
  const LenientTime expires = lenient_time(payload.find("exp"));
  const LenientTime not_before = lenient_time(payload.find("nbf"));
  token.expires = expires.seconds;
  token.not_before = not_before.seconds;
  token.times_throw = expires.throws || not_before.throws;
  token.issuer = text_or_json(payload.find("iss"));
  if (const JsonNode* audience = payload.find("aud")) {
    if (audience->is(Kind::kArray)) {
      for (const JsonNode& item : audience->items) {
        token.audiences.push_back(lenient_audience(item));
      }
    } else if (audience->is(Kind::kObject)) {
      for (const JsonMember& member : audience->members) {
        token.audiences.push_back('"' + member.name + "\": " + write_compact(member.value));
      }
    } else {
      token.audiences.push_back(audience->is(Kind::kString) ? audience->text
                                                            : write_compact(*audience));
    }
  }
  read_common(payload, token);
}

}  // namespace idpwatch::validators
