#include "base/time.hpp"

#include <random>

using namespace idpwatch::base;

namespace {
Instant at(const char* text) {
  const auto parsed = parse_rfc3339(text);
  REQUIRE(parsed.has_value());
  return *parsed;
}
}  // namespace

TEST_CASE("an RFC 3339 instant is printed as it was read", "[base]") {
  for (const char* text : {"2026-03-01T05:12:07Z", "1970-01-01T00:00:00Z",
                           "2026-12-31T23:59:59.25Z", "2000-02-29T12:00:00.000001Z"}) {
    CHECK(format_rfc3339(at(text)) == text);
  }
}

TEST_CASE("an offset is brought to UTC", "[base]") {
  CHECK(at("2026-03-01T07:12:07+02:00") == at("2026-03-01T05:12:07Z"));
  CHECK(at("2026-02-28T23:12:07-06:00") == at("2026-03-01T05:12:07Z"));
}

TEST_CASE("what is no RFC 3339 instant is refused", "[base]") {
  for (const char* text : {"", "2026-03-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z",
                           "2026-03-01T24:00:00Z", "2026-03-01T05:12:07", "2026-03-01T05:12:07Zx",
                           "2026-03-01T05:12:07.Z", "26-03-01T05:12:07Z"}) {
    INFO(text);
    CHECK_FALSE(parse_rfc3339(text).has_value());
  }
}

TEST_CASE("any instant survives printing and reading, also as an HTTP date to the second",
          "[base]") {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> micros(0, 4102444800LL * 1000000);
  for (int i = 0; i < 2000; ++i) {
    const Instant instant = from_unix_micros(micros(random));
    CHECK(parse_rfc3339(format_rfc3339(instant)) == instant);
    const Instant second = from_unix_seconds(to_unix_seconds(instant));
    CHECK(parse_http_date(format_http_date(instant), instant) == second);
  }
}

TEST_CASE("all three forms of an HTTP date are read", "[base]") {
  const Instant now = at("2026-11-24T00:00:00Z");
  const Instant expected = at("1994-11-06T08:49:37Z");
  CHECK(parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT", now) == expected);
  CHECK(parse_http_date("Sunday, 06-Nov-94 08:49:37 GMT", now) == expected);
  CHECK(parse_http_date("Sun Nov  6 08:49:37 1994", now) == expected);
}

TEST_CASE("a two-digit year more than fifty years ahead is of the past century", "[base]") {
  const Instant now = at("2026-11-24T00:00:00Z");
  CHECK(parse_http_date("Friday, 01-Jan-27 00:00:00 GMT", now) == at("2027-01-01T00:00:00Z"));
  CHECK(parse_http_date("Saturday, 01-Jan-77 00:00:00 GMT", now) == at("1977-01-01T00:00:00Z"));
}

TEST_CASE("a leap second is read, other odd dates are not", "[base]") {
  const Instant now = at("2026-11-24T00:00:00Z");
  CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) == at("2017-01-01T00:00:00Z"));
  for (const char* text : {"", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, 6 Nov 1994 08:49:37 GMT", "0", "Sun, 31 Feb 2026 00:00:00 GMT"}) {
    INFO(text);
    CHECK_FALSE(parse_http_date(text, now).has_value());
  }
}

TEST_CASE("durations are read with their unit and printed in their shortest exact form", "[base]") {
  CHECK(parse_duration("250ms").value() == milliseconds(250));
  CHECK(parse_duration("60s").value() == minutes(1));
  CHECK(parse_duration("7d").value() == hours(168));
  CHECK(format_duration(seconds(90)) == "90s");
  CHECK(format_duration(hours(36)) == "36h");
  CHECK(format_duration(hours(48)) == "2d");
  CHECK(format_duration(Duration(0)) == "0s");
}

TEST_CASE("a duration without unit, with sign, or out of range says how to write it", "[base]") {
  for (const char* text :
       {"", "60", "-5s", "1.5h", "5 m", "s", "99999999999999999999s", "1000000000000000d"}) {
    INFO(text);
    const auto parsed = parse_duration(text);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().hint.find("60s") != std::string::npos);
  }
}

TEST_CASE("durations are told to people in at most two units", "[base]") {
  CHECK(describe_duration(milliseconds(40)) == "40 ms");
  CHECK(describe_duration(milliseconds(3200)) == "3.2 s");
  CHECK(describe_duration(seconds(300)) == "5 min");
  CHECK(describe_duration(seconds(330)) == "5 min 30 s");
  CHECK(describe_duration(minutes(125)) == "2 h 5 min");
  CHECK(describe_duration(hours(9 * 24)) == "9 d");
  // What is not shown is rounded, up to the next unit.
  CHECK(describe_duration(seconds(7198)) == "2 h");
  CHECK(describe_duration(seconds(86390)) == "1 d");
  CHECK(describe_duration(seconds(3590)) == "1 h");
  CHECK(describe_duration(seconds(7120)) == "1 h 59 min");
}

TEST_CASE("sizes are read and printed in binary units", "[base]") {
  CHECK(parse_size("64KiB").value() == 65536);
  CHECK(parse_size("2MiB").value() == 2097152);
  CHECK(parse_size("512").value() == 512);
  CHECK(format_size(2097152) == "2MiB");
  CHECK(format_size(1500) == "1500");
  CHECK_FALSE(parse_size("2MB").has_value());
  CHECK_FALSE(parse_size("99999999999GiB").has_value());
}

TEST_CASE("a TIME argument is an instant, a date or an age", "[base]") {
  const Instant now = at("2026-11-24T12:00:00Z");
  CHECK(parse_time_argument("2h", now).value() == at("2026-11-24T10:00:00Z"));
  CHECK(parse_time_argument("2026-11-01", now).value() == at("2026-11-01T00:00:00Z"));
  CHECK(parse_time_argument("2026-11-01T01:02:03Z", now).value() == at("2026-11-01T01:02:03Z"));
  CHECK_FALSE(parse_time_argument("yesterday", now).has_value());
}
