// Instants, durations, and the texts in which the field writes them. Pure: nothing here reads a
// clock (clock.hpp does).
//
// An Instant is UTC with microseconds. HTTP dates follow RFC 9110 section 5.6.7 (all three forms),
// timestamps RFC 3339, always printed with Z.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::base {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// "2026-03-01T05:12:07Z"; a fraction only when there is one ("...07.25Z").
std::string format_rfc3339(Instant at);
// Accepts any offset and any number of fraction digits (cut to microseconds); nullopt otherwise.
std::optional<Instant> parse_rfc3339(std::string_view text);

// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(Instant at);
// The three forms of RFC 9110; a leap second (60) is accepted. `now` decides the century of a
// two-digit year (50-year rule).
std::optional<Instant> parse_http_date(std::string_view text, Instant now);

// "60s", "5m", "12h", "7d", "250ms"; no unit, a sign or a fraction is an error.
Result<Duration> parse_duration(std::string_view text);
// The shortest exact form of the same ("90s", "5m", "36h" is "36h").
std::string format_duration(Duration value);
// For people: "42 min", "3.2 s", "2 h 5 min", "9 d".
std::string describe_duration(Duration value);

// "64KiB", "2MiB", "1GiB", "512" (bytes).
Result<std::uint64_t> parse_size(std::string_view text);
std::string format_size(std::uint64_t bytes);

// A TIME argument: RFC 3339, a date ("2026-03-01" is midnight UTC), or "2h" (that long before now).
Result<Instant> parse_time_argument(std::string_view text, Instant now);

// Whole seconds after the Unix epoch, both ways.
std::int64_t to_unix_seconds(Instant at);
Instant from_unix_seconds(std::int64_t seconds);
// Microseconds after the Unix epoch: the form that is stored.
std::int64_t to_unix_micros(Instant at);
Instant from_unix_micros(std::int64_t micros);

}  // namespace idpwatch::base
