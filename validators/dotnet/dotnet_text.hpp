// What .NET takes for white space and for a number, where a library hands a text to it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace idpwatch::validators {

// Octets of the white space character (char.IsWhiteSpace: Unicode's, U+FEFF not) that begins at
// `at`; 0 where there is none.
std::size_t white_space_at(std::string_view utf8, std::size_t at);
// string.IsNullOrWhiteSpace of a text that is there.
bool is_blank(std::string_view utf8);

// double.Parse with NumberStyles.Float and AllowThousands, invariant culture: white space around
// it, a sign, group separators in the whole part, "Infinity", "NaN". What is too large is infinite.
std::optional<double> parse_dotnet_double(std::string_view text);
// long.TryParse: white space around it and a sign.
std::optional<std::int64_t> parse_dotnet_long(std::string_view text);

}  // namespace idpwatch::validators
