#include "validators/dotnet/dotnet_json.hpp"

namespace idpwatch::validators {
namespace {

void write(std::string& out, const JsonNode& node);

void write_string(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out.push_back('\\');
    }
    out.push_back(c);
  }
  out.push_back('"');
}

// NOLINTNEXTLINE(misc-no-recursion): the depth was bounded when the tree was parsed.
void write_list(std::string& out, const JsonNode& node) {
  out.push_back('[');
  for (const JsonNode& item : node.items) {
    if (&item != node.items.data()) {
      out.push_back(',');
    }
    write(out, item);
  }
  out.push_back(']');
}

// NOLINTNEXTLINE(misc-no-recursion): the depth was bounded when the tree was parsed.
void write_object(std::string& out, const JsonNode& node) {
  out.push_back('{');
  for (const JsonMember& member : node.members) {
    if (&member != node.members.data()) {
      out.push_back(',');
    }
    write_string(out, member.name);
    out.push_back(':');
    write(out, member.value);
  }
  out.push_back('}');
}

// NOLINTNEXTLINE(misc-no-recursion): the depth was bounded when the tree was parsed.
void write(std::string& out, const JsonNode& node) {
  switch (node.kind) {
    case JsonNode::Kind::kNull:
      out += "null";
      break;
    case JsonNode::Kind::kBool:
      out += node.flag ? "true" : "false";
      break;
    case JsonNode::Kind::kNumber:
      out += node.text;
      break;
    case JsonNode::Kind::kString:
      write_string(out, node.text);
      break;
    case JsonNode::Kind::kArray:
      write_list(out, node);
      break;
    case JsonNode::Kind::kObject:
      write_object(out, node);
      break;
  }
}

}  // namespace

std::string write_compact(const JsonNode& node) {
  std::string out;
  write(out, node);
  return out;
}

}  // namespace idpwatch::validators
