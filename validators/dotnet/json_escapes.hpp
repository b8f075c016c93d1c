// What the JSON parsers of .NET share: the escapes of strings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::validators {

void append_utf8(std::string& out, std::uint32_t point);

// Reads what follows "\u" at `at` and, for the first half of a surrogate pair, "\u" and its second
// half. Half a pair becomes U+FFFD and sets `half`. False where four hex digits are missing.
bool read_unicode_escape(std::string_view text, std::size_t& at, std::string& out, bool& half);

// The character that an escape of one letter stands for.
std::optional<char> simple_escape(char letter);

}  // namespace idpwatch::validators
