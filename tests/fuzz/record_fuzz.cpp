// Any lines as observation records: each is read or refused with a reason; what is read is written
// as a record that is read alike. The slicing reader takes exactly what the building one takes.
#include "base/assert.hpp"
#include "base/json.hpp"
#include "base/json_slices.hpp"
#include "base/text.hpp"
#include "model/observation_record.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

namespace {

using namespace idpwatch;

void check_slices(std::string_view line) {
  const auto built = base::parse_json(line);
  const bool object = built && built->value->is_object();
  const base::SliceVisitor visitor{[](std::span<const std::string>) { return true; },
                                   [](const base::JsonSlice&) {}, nullptr};
  const bool sliced = base::slice_json(line, visitor).has_value();
  // A number that no double holds is one to us, and none to a builder of values.
  if (sliced && !object) {
    IDPWATCH_ASSERT(!built && line.find_first_of("0123456789") != std::string_view::npos);
    return;
  }
  IDPWATCH_ASSERT(sliced == object);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  model::RecordReader reader;
  for (const std::string_view line : base::split(bytes, '\n')) {
    check_slices(line);
    const auto read = reader.read(line);
    if (!read) {
      IDPWATCH_ASSERT(!read.error().message.empty());
      continue;
    }
    const std::string written = model::write_record(*read);
    IDPWATCH_ASSERT(written.find('\n') == std::string::npos);
    const auto again = model::RecordReader().read(written);
    IDPWATCH_ASSERT(again.has_value());
    IDPWATCH_ASSERT(again->at == read->at);
  }
  return 0;
}
