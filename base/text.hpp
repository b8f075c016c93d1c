// Small text helpers, and the one place that makes outside text harmless for people's eyes.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::base {

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);           // ASCII only
bool iequals(std::string_view a, std::string_view b);  // ASCII only
std::vector<std::string_view> split(std::string_view text, char separator);
std::string join(std::span<const std::string> parts, std::string_view separator);

// The candidate nearest to `name` by edit distance, if it is near enough to be what was meant.
std::optional<std::string> nearest(std::string_view name, std::span<const std::string> candidates);

bool is_utf8(std::string_view bytes);
// Invalid sequences become U+FFFD.
std::string repair_utf8(std::string_view bytes);

// Outside text (kid, issuer, error text, header value) for a log line, a terminal or a message:
// valid UTF-8, control, bidi and other invisible format characters written as \u{..}, cut to
// `limit` code points with an ellipsis.
std::string printable(std::string_view outside, std::size_t limit = 256);

// For HTML text and attribute values.
std::string html_escape(std::string_view text);

}  // namespace idpwatch::base
