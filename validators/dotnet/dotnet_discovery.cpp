// OpenIdConnectConfiguration as Microsoft.IdentityModel.Protocols.OpenIdConnect reads it.
#include "base/text.hpp"
#include "validators/dotnet/discovery_members.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/json_primitives.hpp"

#include <algorithm>

namespace idpwatch::validators {
namespace {

using Token = Utf8JsonReader::Token;

bool is_scalar(const JsonNode& value) {
  return !value.is(JsonNode::Kind::kArray) && !value.is(JsonNode::Kind::kObject);
}

// Newtonsoft converts scalars; a list without a setter ignores a scalar in its place.
bool type_holds(MemberType type, const JsonNode& value) {
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

DiscoveryDocument read_newtonsoft(std::string_view text, const LibraryTraits& traits) {
  const DiscoveryDocument unreadable{"IDX20803", {}, {}};
  const auto root = parse_dotnet_json(text, traits.json);
  if (!root || !root->is(JsonNode::Kind::kObject)) {
    return unreadable;
  }
  DiscoveryDocument document;
  for (const JsonMember& member : root->members) {
    const auto known = discovery_member(member.name, false);
    if (!known) {
      continue;
    }
    if (!type_holds(known->type, member.value)) {
      return unreadable;
    }
    if (member.value.is(JsonNode::Kind::kNull)) {
      continue;  // NullValueHandling.Ignore
    }
    if (known->name == "issuer") {
      document.issuer = text_of(member.value);
    } else if (known->name == "jwks_uri") {
      document.jwks_uri = text_of(member.value);
    }
  }
  return document;
}

// OpenIdConnectConfigurationSerializer of 7.0 and newer.
class DiscoveryReader {
 public:
  DiscoveryReader(std::string_view text, const LibraryTraits& traits)
      : traits_(traits), json_(text, traits.reader_advances) {}

  DiscoveryDocument run() {
    read();
    return json_.reader.failed() ? DiscoveryDocument{std::string(json_.error()), {}, {}}
                                 : std::move(document_);
  }

 private:
  void read() {
    if (!json_.at(Token::kStartObject, traits_.reader_advances)) {
      json_.refuse("IDX11023");
    }
    if (traits_.reader_advances) {
      read_advancing();
    } else {
      read_standing();
    }
  }

  // Up to 7.3: the end of any object ends the document, also that of a member's value.
  void read_standing() {
    while (json_.reader.read()) {
      if (json_.reader.at(Token::kProperty)) {
        read_member();
      }
      if (json_.reader.at(Token::kEndObject)) {
        break;
      }
    }
  }

  void read_advancing() {
    while (!json_.reader.failed()) {
      if (json_.reader.at(Token::kProperty)) {
        read_member();
      } else if (json_.at(Token::kEndObject, true) || !json_.reader.read()) {
        break;
      }
    }
  }

  void read_member() {
    const auto known = discovery_member(json_.reader.text(), traits_.version.major >= 8);
    const bool exact = known && known->name == json_.reader.text();
    if (!exact) {
      json_.name();
    }
    if (!known) {
      json_.anything();
      return;
    }
    // 7.0 to 7.3 go on to the value of a name in other letter case twice.
    read_known(*known, exact || !traits_.reader_advances);
    // 8.0.0 and 8.0.1 go on after this member as if they still stood at its name.
    if (exact && traits_.acr_needs_follower && known->name == "acr_values_supported" &&
        !json_.reader.at(Token::kProperty)) {
      json_.reader.fail();
    }
  }

  void read_known(const DiscoveryMember& member, bool step) {
    switch (member.type) {
      case MemberType::kText: {
        const std::string text = json_.text(step).value_or(std::string());
        if (member.name == "issuer") {
          document_.issuer = text;
        } else if (member.name == "jwks_uri") {
          document_.jwks_uri = text;
        }
        return;
      }
      case MemberType::kList:
        return json_.loose_texts(step);
      case MemberType::kFlag:
        return json_.flag(step);
      case MemberType::kFlagText:
        return json_.flag_text(step);
    }
  }

  const LibraryTraits& traits_;
  JsonPrimitives json_;
  DiscoveryDocument document_;
};

}  // namespace

DiscoveryDocument read_discovery(std::string_view text, const LibraryTraits& traits) {
  return traits.json.lenient ? read_newtonsoft(text, traits) : DiscoveryReader(text, traits).run();
}

}  // namespace idpwatch::validators
