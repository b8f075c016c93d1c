// The one parser of outside JSON, bounded: size, depth (nothing deeper is ever built), UTF-8
// checked, duplicate member names reported. And the one canonical writer (RFC 8785).
//
// Sources that hold a Json value include <nlohmann/json.hpp> themselves; headers stay with the
// forward declaration.
#pragma once

#include "base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::base {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t bytes = std::size_t{2} * 1024 * 1024;
  std::size_t depth = 64;
};

// A parsed document. `duplicates` holds the dotted paths of members that stood more than once; the
// last one is the one kept.
struct JsonDocument {
  std::unique_ptr<Json> value;  // never null in a successful result
  std::vector<std::string> duplicates;

  JsonDocument();
  JsonDocument(JsonDocument&&) noexcept;
  JsonDocument& operator=(JsonDocument&&) noexcept;
  ~JsonDocument();
};

// Errors (kInput) name the byte offset and what was wrong. A UTF-8 byte order mark is refused, as
// RFC 8259 section 8.1 asks of nobody to accept it.
Result<JsonDocument> parse_json(std::string_view text, const JsonLimits& limits = {});

// RFC 8785 for what we write: strings, booleans, null, arrays, objects with ASCII member names,
// integers within +-(2^53-1). Other numbers are written as nlohmann does (not canonical), so they
// must not enter the audit chain. Invalid UTF-8 is replaced by U+FFFD.
std::string canonical_json(const Json& value);

}  // namespace idpwatch::base
