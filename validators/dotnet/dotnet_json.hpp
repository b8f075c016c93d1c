// JSON as the two parsers of .NET read it: Newtonsoft.Json (lenient) inside Microsoft.IdentityModel
// up to 6.x, System.Text.Json (strict) from 7.0 on. What a document means to a service depends on
// which of them reads it, so base/json.hpp, which is ours, does not serve here.
//
// Members keep their order and repetitions. Bounded by the size of the text and by the depth.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

struct JsonMember;

struct JsonNode {
  enum class Kind { kNull, kBool, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool flag = false;                // of a kBool
  std::string text;                 // of a kString; the literal of a kNumber
  std::vector<JsonNode> items;      // of a kArray
  std::vector<JsonMember> members;  // of a kObject

  [[nodiscard]] bool is(Kind other) const { return kind == other; }
  // The last member of exactly that name, as all these parsers let the last one win.
  [[nodiscard]] const JsonNode* find(std::string_view name) const;
};

struct JsonMember {
  std::string name;
  JsonNode value;
};

struct JsonDialect {
  // Newtonsoft: comments, single quotes, bare names, NaN and Infinity, raw control characters,
  // trailing commas, half surrogate pairs.
  bool lenient = false;
  int max_depth = 64;
  // Text after the root value is not looked at (JsonWebToken stops at the closing brace).
  bool ignore_trailing = false;
};

// nullopt where that parser throws. An empty text is an error too.
std::optional<JsonNode> parse_dotnet_json(std::string_view text, const JsonDialect& dialect);

// Compact JSON, as a serialiser of .NET writes a value into an error text.
std::string write_compact(const JsonNode& node);

}  // namespace idpwatch::validators
