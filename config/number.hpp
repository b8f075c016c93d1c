// Bounds of numeric forms: the field's text and the table's least and most, in one unit.
#pragma once

#include "base/result.hpp"
#include "config/fields.hpp"

#include <cstdint>
#include <string_view>

namespace idpwatch::config {

// Microseconds for kDuration and kSeconds, bytes for kSize, the number itself for kInteger.
base::Result<std::int64_t> parse_number(Form form, std::string_view text);

// Within the row's bounds.
base::Result<std::int64_t> parse_bounded(const Row& row, std::string_view text);

}  // namespace idpwatch::config
