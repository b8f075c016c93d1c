#include "validators/documents.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::validators {
namespace {

enum class MemberType { kText, kList, kFlag, kFlagText };

// Members that have a property in OpenIdConnectConfiguration, and so a type that they must have.
// Lists are all other names that end in "_supported".
struct Member {
  std::string_view name;
  MemberType type;
};
constexpr std::array<Member, 27> kMembers{{
    {"issuer", MemberType::kText},
    {"jwks_uri", MemberType::kText},
    {"authorization_endpoint", MemberType::kText},
    {"check_session_iframe", MemberType::kText},
    {"end_session_endpoint", MemberType::kText},
    {"introspection_endpoint", MemberType::kText},
    {"op_policy_uri", MemberType::kText},
    {"op_tos_uri", MemberType::kText},
    {"registration_endpoint", MemberType::kText},
    {"service_documentation", MemberType::kText},
    {"token_endpoint", MemberType::kText},
    {"userinfo_endpoint", MemberType::kText},
    {"claims_parameter_supported", MemberType::kFlag},
    {"http_logout_supported", MemberType::kFlag},
    {"logout_session_supported", MemberType::kFlag},
    {"request_parameter_supported", MemberType::kFlag},
    {"request_uri_parameter_supported", MemberType::kFlag},
    {"require_request_uri_registration", MemberType::kFlag},
    {"frontchannel_logout_session_supported", MemberType::kFlagText},
    {"frontchannel_logout_supported", MemberType::kFlagText},
    // From 8.0.0 on:
    {"backchannel_authentication_endpoint", MemberType::kText},
    {"device_authorization_endpoint", MemberType::kText},
    {"pushed_authorization_request_endpoint", MemberType::kText},
    {"revocation_endpoint", MemberType::kText},
    {"authorization_response_iss_parameter_supported", MemberType::kFlag},
    {"backchannel_user_code_parameter_supported", MemberType::kFlag},
    {"require_pushed_authorization_requests", MemberType::kFlag},
}};
constexpr std::size_t kOldMembers = 20;

constexpr std::array<std::string_view, 25> kLists{
    "acr_values_supported", "claims_locales_supported", "claims_supported", "claim_types_supported",
    "display_values_supported", "grant_types_supported", "id_token_encryption_alg_values_supported",
    "id_token_encryption_enc_values_supported", "id_token_signing_alg_values_supported",
    "introspection_endpoint_auth_methods_supported",
    "introspection_endpoint_auth_signing_alg_values_supported",
    "request_object_encryption_alg_values_supported",
    "request_object_encryption_enc_values_supported", "request_object_signing_alg_values_supported",
    "response_modes_supported", "response_types_supported", "scopes_supported",
    "subject_types_supported", "token_endpoint_auth_methods_supported",
    "token_endpoint_auth_signing_alg_values_supported", "ui_locales_supported",
    "userinfo_encryption_alg_values_supported", "userinfo_encryption_enc_values_supported",
    "userinfo_signing_alg_values_supported",
    // From 8.0.0 on; the rest of them do not matter to anybody's document.
    "code_challenge_methods_supported"};

std::optional<MemberType> type_of(std::string_view name, bool newer) {
  const std::size_t count = newer ? kMembers.size() : kOldMembers;
  for (std::size_t i = 0; i < count; ++i) {
    if (base::iequals(kMembers[i].name, name)) {
      return kMembers[i].type;
    }
  }
  for (std::size_t i = 0; i < kLists.size() - (newer ? 0 : 1); ++i) {
    if (base::iequals(kLists[i], name)) {
      return MemberType::kList;
    }
  }
  return std::nullopt;
}

bool is_scalar(const JsonNode& value) {
  return !value.is(JsonNode::Kind::kArray) && !value.is(JsonNode::Kind::kObject);
}

// System.Text.Json by hand-written readers: no conversion between types.
bool strict_type_holds(MemberType type, const JsonNode& value) {
  switch (type) {
    case MemberType::kText:
      return value.is(JsonNode::Kind::kString) || value.is(JsonNode::Kind::kNull);
    case MemberType::kList:
      return value.is(JsonNode::Kind::kArray) || value.is(JsonNode::Kind::kNull);
    case MemberType::kFlag:
      return value.is(JsonNode::Kind::kBool);
    case MemberType::kFlagText:
      return value.is(JsonNode::Kind::kBool) ||
             (value.is(JsonNode::Kind::kString) &&
              (base::iequals(value.text, "true") || base::iequals(value.text, "false")));
  }
  return false;
}

// Newtonsoft converts scalars; a list without a setter ignores a scalar in its place.
bool lenient_type_holds(MemberType type, const JsonNode& value) {
  switch (type) {
    case MemberType::kText:
    case MemberType::kFlagText:
      return is_scalar(value);
    case MemberType::kFlag:
      return value.is(JsonNode::Kind::kBool) || value.is(JsonNode::Kind::kNumber) ||
             value.is(JsonNode::Kind::kNull) ||
             (value.is(JsonNode::Kind::kString) &&
              (base::iequals(value.text, "true") || base::iequals(value.text, "false")));
    case MemberType::kList:
      return !value.is(JsonNode::Kind::kObject) &&
             std::all_of(value.items.begin(), value.items.end(), is_scalar);
  }
  return false;
}

std::string text_of(const JsonNode& value) {
  switch (value.kind) {
    case JsonNode::Kind::kString:
    case JsonNode::Kind::kNumber:
      return value.text;
    case JsonNode::Kind::kBool:
      return value.flag ? "True" : "False";
    case JsonNode::Kind::kNull:
    case JsonNode::Kind::kArray:
    case JsonNode::Kind::kObject:
      break;
  }
  return {};
}

// What the strict reader calls a text that it cannot take.
std::string failure(const LibraryTraits& traits, std::string_view strict_id) {
  return std::string(traits.json.lenient ? "IDX20803" : strict_id);
}

std::string replace_invalid(std::string_view octets) {
  return base::is_utf8(octets) ? std::string(octets) : base::repair_utf8(octets);
}

std::string from_latin1(std::string_view octets) {
  std::string out;
  for (const char c : octets) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out.push_back(c);
    } else {
      out.push_back(static_cast<char>(0xC0 | (byte >> 6)));
      out.push_back(static_cast<char>(0x80 | (byte & 0x3F)));
    }
  }
  return out;
}

// UTF-16 that is really ASCII in wide characters is read; anything else ends as replacement
// characters, which no JSON survives.
std::string from_utf16(std::string_view octets, bool little) {
  std::string out;
  for (std::size_t i = 0; i + 1 < octets.size(); i += 2) {
    const char low = octets[little ? i : i + 1];
    const char high = octets[little ? i + 1 : i];
    if (high == '\0' && static_cast<unsigned char>(low) < 0x80) {
      out.push_back(low);
    } else {
      out += "\xEF\xBF\xBD";
    }
  }
  return out;
}

std::string charset_of(std::string_view content_type) {
  for (std::string_view part : base::split(content_type, ';')) {
    part = base::trim(part);
    if (part.size() > 8 && base::iequals(part.substr(0, 8), "charset=")) {
      std::string_view name = base::trim(part.substr(8));
      if (name.size() >= 2 && name.front() == '"' && name.back() == '"') {
        name = name.substr(1, name.size() - 2);
      }
      return base::to_lower(name);
    }
  }
  return {};
}

unsigned charset_class(std::string_view content_type) {
  if (content_type.find(';') == std::string_view::npos) {
    return 0;
  }
  const std::string charset = charset_of(content_type);
  return charset.empty() || charset == "utf-8"
             ? 0U
             : static_cast<unsigned>(std::hash<std::string>{}(charset) & 0xFFFF) + 1U;
}

}  // namespace

std::optional<std::string> response_text(std::string_view octets, std::string_view content_type) {
  if (octets.starts_with("\xEF\xBB\xBF")) {
    octets.remove_prefix(3);
  }
  const std::string charset = charset_of(content_type);
  if (charset.empty() || charset == "utf-8" || charset == "utf8" || charset == "us-ascii") {
    return replace_invalid(octets);
  }
  if (charset == "iso-8859-1" || charset == "latin1" || charset == "windows-1252") {
    return from_latin1(octets);
  }
  if (charset == "utf-16" || charset == "utf-16le" || charset == "utf-16be") {
    return from_utf16(octets, charset != "utf-16be");
  }
  return std::nullopt;  // InvalidOperationException: the character set is invalid
}

DiscoveryDocument read_discovery(std::string_view text, const LibraryTraits& traits) {
  DiscoveryDocument document;
  const auto root = parse_dotnet_json(text, traits.json);
  if (!root) {
    document.error = failure(traits, "IDX10805");
    return document;
  }
  if (!root->is(JsonNode::Kind::kObject)) {
    document.error = failure(traits, "IDX11023");
    return document;
  }
  const bool newer = traits.version.major >= 8;
  for (const JsonMember& member : root->members) {
    const auto type = type_of(member.name, newer);
    if (!type) {
      continue;
    }
    if (traits.json.lenient ? !lenient_type_holds(*type, member.value)
                            : !strict_type_holds(*type, member.value)) {
      document.error = failure(traits, "IDX11022");
      return document;
    }
    if (traits.json.lenient && member.value.is(JsonNode::Kind::kNull)) {
      continue;  // NullValueHandling.Ignore
    }
    if (base::iequals(member.name, "issuer")) {
      document.issuer = text_of(member.value);
    } else if (base::iequals(member.name, "jwks_uri")) {
      document.jwks_uri = text_of(member.value);
    }
  }
  return document;
}

DocumentStore::Entry& DocumentStore::entry(const Body& body, std::string_view content_type,
                                           unsigned reader) {
  return reading(body).entries[reader * 0x20000U + charset_class(content_type)];
}

DocumentStore::Reading& DocumentStore::reading(const Body& body) {
  const auto newer = newer_.known.find(body.get());
  if (newer != newer_.known.end()) {
    return *newer->second.reading;
  }
  const std::size_t hash =
      std::hash<std::string_view>{}(body ? std::string_view(*body) : std::string_view());
  const auto older = older_.known.find(body.get());
  std::shared_ptr<Reading> found =
      older != older_.known.end() ? older->second.reading : find_equal(body, hash);
  if (!found) {
    found = std::make_shared<Reading>(Reading{body, {}});
  }
  return remember(body, hash, std::move(found));
}

std::shared_ptr<DocumentStore::Reading> DocumentStore::find_equal(const Body& body,
                                                                  std::size_t hash) const {
  for (const Generation* generation : {&newer_, &older_}) {
    const auto [first, last] = generation->by_octets.equal_range(hash);
    for (auto one = first; one != last; ++one) {
      const Body& other = one->second->body;
      if (body && other && *body == *other) {
        return one->second;
      }
    }
  }
  return nullptr;
}

DocumentStore::Reading& DocumentStore::remember(const Body& body, std::size_t hash,
                                                std::shared_ptr<Reading> reading) {
  if (newer_.known.size() >= limits_.bodies / 2 || newer_.bytes >= limits_.bytes / 2) {
    older_ = std::move(newer_);
    newer_ = Generation();
  }
  const auto [first, last] = newer_.by_octets.equal_range(hash);
  if (std::none_of(first, last, [&](const auto& one) { return one.second == reading; })) {
    newer_.by_octets.emplace(hash, reading);
  }
  newer_.bytes += body ? body->size() : 0;
  return *newer_.known.insert_or_assign(body.get(), Known{body, std::move(reading)})
              .first->second.reading;
}

std::shared_ptr<const DiscoveryDocument> DocumentStore::discovery(const Body& body,
                                                                  std::string_view content_type,
                                                                  const LibraryTraits& traits,
                                                                  const DocumentReader& reader) {
  Entry& found = entry(body, content_type, traits.reader + reader.id);
  if (!found.discovery) {
    ++parsed_;
    const auto text =
        response_text(body ? std::string_view(*body) : std::string_view(), content_type);
    found.discovery = std::make_shared<const DiscoveryDocument>(
        text ? reader.discovery(*text, traits) : DiscoveryDocument{"IDX20804", {}, {}});
  }
  return found.discovery;
}

std::shared_ptr<const KeyDocument> DocumentStore::key_set(const Body& body,
                                                          std::string_view content_type,
                                                          const LibraryTraits& traits,
                                                          const DocumentReader& reader) {
  Entry& found = entry(body, content_type, traits.reader + reader.id);
  if (!found.keys) {
    ++parsed_;
    const auto text =
        response_text(body ? std::string_view(*body) : std::string_view(), content_type);
    found.keys = std::make_shared<const KeyDocument>(text ? reader.keys(*text, traits)
                                                          : KeyDocument{"IDX20804", {}});
  }
  return found.keys;
}

}  // namespace idpwatch::validators
