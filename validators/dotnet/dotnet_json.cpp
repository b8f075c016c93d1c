#include "validators/dotnet/dotnet_json.hpp"

#include "validators/dotnet/newtonsoft_json.hpp"
#include "validators/dotnet/utf8_json_reader.hpp"

namespace idpwatch::validators {
namespace {

using Token = Utf8JsonReader::Token;

void build(Utf8JsonReader& reader, JsonNode& out);

// NOLINTNEXTLINE(misc-no-recursion): the reader bounds the depth.
void build_list(Utf8JsonReader& reader, JsonNode& out) {
  while (reader.read() && !reader.at(Token::kEndArray)) {
    build(reader, out.items.emplace_back());
  }
}

// NOLINTNEXTLINE(misc-no-recursion): the reader bounds the depth.
void build_object(Utf8JsonReader& reader, JsonNode& out) {
  while (reader.read() && !reader.at(Token::kEndObject)) {
    JsonMember& member = out.members.emplace_back();
    member.name = reader.take_text();
    if (reader.read()) {
      build(reader, member.value);
    }
  }
}

// NOLINTNEXTLINE(misc-no-recursion): the reader bounds the depth.
void build(Utf8JsonReader& reader, JsonNode& out) {
  switch (reader.token()) {
    case Token::kStartObject:
      out.kind = JsonNode::Kind::kObject;
      return build_object(reader, out);
    case Token::kStartArray:
      out.kind = JsonNode::Kind::kArray;
      return build_list(reader, out);
    case Token::kString:
    case Token::kNumber:
      out.kind = reader.at(Token::kString) ? JsonNode::Kind::kString : JsonNode::Kind::kNumber;
      out.text = reader.take_text();
      return;
    case Token::kTrue:
    case Token::kFalse:
      out.kind = JsonNode::Kind::kBool;
      out.flag = reader.at(Token::kTrue);
      return;
    case Token::kNull:
    case Token::kNone:
    case Token::kEndObject:
    case Token::kEndArray:
    case Token::kProperty:
      return;
  }
}

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->name == name) {
      return &member->value;
    }
  }
  return nullptr;
}

std::optional<JsonNode> parse_dotnet_json(std::string_view text, const JsonDialect& dialect) {
  if (dialect.lenient) {
    return parse_newtonsoft(text, dialect);
  }
  Utf8JsonReader reader(text, dialect.max_depth);
  JsonNode root;
  if (reader.read()) {
    build(reader, root);
    if (!dialect.ignore_trailing) {
      reader.read();  // fails on whatever follows
    }
  }
  return reader.failed() ? std::nullopt : std::optional(std::move(root));
}

}  // namespace idpwatch::validators
