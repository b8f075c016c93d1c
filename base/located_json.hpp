// Deployed JSON with positions: bytes -> the list of (key path, value, line, column) into which the
// JSON configuration provider of .NET flattens a file. Comments and trailing commas are taken,
// numbers keep their text, keys are joined by ":" and compared without regard to case.
//
// Knows nothing about files, layers or what a key means. Bounded before anything is built: size,
// depth, length of key paths; time and memory are linear in the input. Pure, safe from every
// thread.
//
// Rules: System.Text.Json as JsonConfigurationFileParser calls it (dotnet/runtime,
// Microsoft.Extensions.Configuration.Json): depth 64, root must be an object, a leaf whose path was
// already there is a FormatException; a byte order mark decides the encoding (StreamReader).
#pragma once

#include "base/error.hpp"

#include <tl/expected.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::base {

struct LocatedJsonLimits {
  std::size_t bytes = 1'048'576;
  std::size_t depth = 64;  // System.Text.Json's own default
  std::size_t values = 100'000;
  std::size_t path_bytes = 16'777'216;  // all key paths of a file together
};

enum class LocatedKind { kString, kNumber, kBool, kNull, kEmptyArray, kEmptyObject };

// Lines and columns count from 1; columns count code points of the decoded text.
struct LocatedValue {
  std::string path;   // "Authentication:Schemes:Bearer:ValidAudiences:0", spelled as in the file
  std::string value;  // text; numbers as written; "True" and "False" as .NET prints them
  LocatedKind kind = LocatedKind::kString;
  int line = 0;
  int column = 0;
};

// A leaf that stood there before. The first one is kept in `values`.
struct LocatedDuplicate {
  std::string path;
  int first_line = 0;
  int second_line = 0;
};

struct LocatedJson {
  std::vector<LocatedValue> values;  // in the order of the file
  std::vector<LocatedDuplicate> duplicates;
};

enum class JsonFaultKind {
  kSyntax,    // no reader of this format takes it
  kTooDeep,   // nor this
  kNoObject,  // valid JSON, but the root is no object
  kEncoding,  // not UTF-8 (or UTF-16 with its mark): readable to a lenient reader, not to us
  kTooLarge   // over our own limits
};

struct JsonFault {
  JsonFaultKind kind = JsonFaultKind::kSyntax;
  int line = 0;
  int column = 0;
  std::string message;  // "a comma or } is missing after a member"
  std::string hint;     // how to mend it

  // "line 3, column 7: a comma or } ...", kind kInput, with the hint.
  [[nodiscard]] Error error() const;
};

[[nodiscard]] tl::expected<LocatedJson, JsonFault> read_located_json(
    std::string_view bytes, const LocatedJsonLimits& limits = {});

// The bytes as UTF-8: a UTF-8 mark is taken off, UTF-16 (either order, by its mark) is converted.
// Without a mark the bytes are given back as they are.
[[nodiscard]] std::string decode_by_mark(std::string_view bytes);

}  // namespace idpwatch::base
