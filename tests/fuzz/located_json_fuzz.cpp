// Any bytes as a deployed JSON file: the reader answers or refuses, within its bounds.
#include "base/assert.hpp"
#include "base/located_json.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const auto read = idpwatch::base::read_located_json(bytes);
  if (!read) {
    IDPWATCH_ASSERT(read.error().line >= 1 && read.error().column >= 1);
    IDPWATCH_ASSERT(!read.error().message.empty());
    return 0;
  }
  int line = 1;
  for (const idpwatch::base::LocatedValue& value : read->values) {
    IDPWATCH_ASSERT(value.line >= 1 && value.column >= 1);
    const bool empty = value.kind == idpwatch::base::LocatedKind::kEmptyArray ||
                       value.kind == idpwatch::base::LocatedKind::kEmptyObject;
    // An empty container is told where it opens, so it may stand before a comment's line.
    IDPWATCH_ASSERT(empty || value.line >= line);
    line = value.line;
  }
  return 0;
}
