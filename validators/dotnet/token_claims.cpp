#include "validators/dotnet/token_claims.hpp"

#include "validators/dotnet/dotnet_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace idpwatch::validators {
namespace {

using Kind = JsonNode::Kind;

constexpr std::int64_t kFirstSecond = -62135596800;  // DateTime.MinValue
constexpr std::int64_t kLastSecond = 253402300799;   // DateTime.MaxValue

// EpochTime.DateTime
std::int64_t clamped(std::int64_t seconds) {
  return seconds <= 0 ? 0 : std::min(seconds, kLastSecond);
}

// Convert.ToInt64(double): half to even, an exception outside the range.
std::optional<std::int64_t> to_int64(double value) {
  constexpr double kLimit = 9223372036854775808.0;
  if (!(value > -kLimit && value < kLimit)) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(std::nearbyint(value));
}

// JsonSerializerPrimitives.ReadLong.
std::optional<std::int64_t> read_long(const JsonNode& node) {
  if (!node.is(Kind::kNumber) && !node.is(Kind::kString)) {
    return std::nullopt;
  }
  if (const auto whole = parse_dotnet_long(node.text)) {
    return whole;
  }
  const auto number = parse_dotnet_double(node.text);
  return number ? to_int64(*number) : std::nullopt;
}

// Newtonsoft makes a DateTime of a string that looks like one.
bool looks_like_date(std::string_view text) {
  return text.size() >= 19 && text[4] == '-' && text[7] == '-' && text[10] == 'T' &&
         text[13] == ':' && text[16] == ':';
}

// Whole, and too large for a long: a BigInteger, which Convert.ToDouble does not know.
bool is_big_integer(const JsonNode& node) {
  return node.is(Kind::kNumber) &&
         node.text.find_first_not_of("-0123456789") == std::string::npos &&
         !parse_dotnet_long(node.text);
}

struct LenientTime {
  std::optional<std::int64_t> seconds;  // JwtPayload.GetIntClaim: none beyond 32 bits
  bool throws = false;
  std::string_view date_error;  // of JwtPayload.GetDateTime
};

// Convert.ToDouble of a value of the payload; `fault` says what it throws.
enum class Fault { kNone, kFormat, kCast };
double to_double(const JsonNode& node, Fault& fault) {
  switch (node.kind) {
    case Kind::kNull:
      return 0;
    case Kind::kBool:
      return node.flag ? 1 : 0;
    case Kind::kNumber:
    case Kind::kString:
      if (is_big_integer(node) || (node.is(Kind::kString) && looks_like_date(node.text))) {
        break;
      }
      if (const auto number = parse_dotnet_double(node.text)) {
        return *number;
      }
      fault = Fault::kFormat;
      return 0;
    case Kind::kArray:
    case Kind::kObject:
      break;
  }
  fault = Fault::kCast;
  return 0;
}

LenientTime lenient_time(const JsonNode* node) {
  if (node == nullptr) {
    return {};
  }
  Fault fault = Fault::kNone;
  const double value = std::trunc(to_double(*node, fault));
  if (fault != Fault::kNone) {
    return {std::nullopt, fault == Fault::kCast, "IDX12700"};
  }
  LenientTime time;
  if (!to_int64(value)) {
    time.date_error = "IDX12701";
  } else if (std::fabs(value) <= std::numeric_limits<std::int32_t>::max()) {
    time.seconds = clamped(static_cast<std::int64_t>(value));
  }
  return time;
}

std::optional<std::string> text_or_json(const JsonNode* node) {
  if (node == nullptr || node->is(Kind::kNull)) {
    return std::nullopt;
  }
  return node->is(Kind::kString) ? node->text : write_compact(*node);
}

// JwtHeader.GetStandardClaim of 7.0 and newer: what is no text is an empty one, from 7.3 on with
// the exception of lists and objects.
std::optional<std::string> text_or_nothing(const JsonNode* node) {
  if (node == nullptr || node->is(Kind::kNull)) {
    return std::nullopt;
  }
  return node->is(Kind::kString) ? node->text : std::string();
}

std::optional<std::string> text_or_list(const JsonNode* node) {
  const bool list = node != nullptr && (node->is(Kind::kArray) || node->is(Kind::kObject));
  return list ? write_compact(*node) : text_or_nothing(node);
}

// Newtonsoft's DateTime is a text in quotes when it is written as JSON.
std::optional<std::string> text_or_date(const JsonNode* node) {
  const auto text = text_or_json(node);
  return text && looks_like_date(*text) ? '"' + *text + '"' : text;
}

void read_header(const JsonNode& header, std::optional<std::string> (*text)(const JsonNode*),
                 TokenView& token) {
  token.alg = text(header.find("alg"));
  token.kid = text(header.find("kid"));
  token.x5t = text(header.find("x5t"));
  token.typ = text(header.find("typ"));
  token.enc = text(header.find("enc"));
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

// JwtPayload of 7.0 to 7.0.3 takes a list for the subject, and then for the audiences.
bool read_early_subject(const JsonNode& value, bool typed, TokenView& token) {
  return value.is(Kind::kArray) && !typed
             ? read_strict_audience(value, false, token)
             : value.is(Kind::kString) || (typed && is_text_or_null(value));
}

bool read_strict_claim(const JsonMember& member, bool typed, const LibraryTraits& traits,
                       TokenView& token) {
  const JsonNode& value = member.value;
  if (member.name == "aud") {
    return read_strict_audience(value, typed, token);
  }
  if (member.name == "exp" || member.name == "nbf" || member.name == "iat") {
    const auto seconds = read_long(value);
    token.beyond_dates =
        token.beyond_dates ||
        (seconds && member.name != "nbf" && (*seconds > kLastSecond || *seconds < kFirstSecond));
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
    return traits.numeric_subject ? is_text_or_null(value) || value.is(Kind::kNumber)
                                  : read_early_subject(value, typed, token);
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

bool read_typed_header(const JsonNode& header, TokenView& token) {
  constexpr std::array<std::string_view, 6> kTexts{"alg", "cty", "kid", "typ", "x5t", "zip"};
  for (const JsonMember& member : header.members) {
    for (const std::string_view name : kTexts) {
      if (member.name == name && !is_text_or_null(member.value)) {
        return false;
      }
    }
  }
  read_header(header, text_or_json, token);
  return true;
}

void read_strict_header(const JsonNode& header, const LibraryTraits& traits, TokenView& token) {
  read_header(header, traits.header_lists_text ? text_or_list : text_or_nothing, token);
  const JsonNode* typ = header.find("typ");
  token.type_throws = traits.header_lists_text && typ != nullptr && typ->is(Kind::kArray) &&
                      !std::all_of(typ->items.begin(), typ->items.end(),
                                   [](const JsonNode& item) { return item.is(Kind::kString); });
}

void read_lenient_header(const JsonNode& header, TokenView& token) {
  read_header(header, text_or_date, token);
}

bool read_strict_payload(const JsonNode& payload, bool typed, const LibraryTraits& traits,
                         TokenView& token) {
  for (const JsonMember& member : payload.members) {
    if (!read_strict_claim(member, typed, traits, token)) {
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
  token.unreadable_date = expires.date_error.empty() ? not_before.date_error : expires.date_error;
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
