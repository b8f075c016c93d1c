#include "base/time.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

namespace idpwatch::base {

namespace {

using std::chrono::days;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kWeekdays = {"Sun", "Mon", "Tue", "Wed",
                                                       "Thu", "Fri", "Sat"};

// Reads exactly `width` digits from the front of `text`.
std::optional<int> take_digits(std::string_view& text, std::size_t width) {
  if (text.size() < width) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < width; ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + (c - '0');
  }
  text.remove_prefix(width);
  return value;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<unsigned> take_month(std::string_view& text) {
  if (text.size() < 3) return std::nullopt;
  const auto is_next = [&](std::string_view name) {
    return name[0] == text[0] && name[1] == text[1] && name[2] == text[2];
  };
  const auto found = std::ranges::find_if(kMonths, is_next);
  if (found == kMonths.end()) return std::nullopt;
  text.remove_prefix(3);
  return static_cast<unsigned>(found - kMonths.begin() + 1);
}

std::optional<sys_days> make_date(int year, unsigned month, int day) {
  const year_month_day date{std::chrono::year(year), std::chrono::month(month),
                            std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return sys_days(date);
}

// "hh:mm:ss", a leap second allowed.
std::optional<seconds> take_time_of_day(std::string_view& text) {
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const auto second = take_digits(text, 2);
  if (!second || *second > 60) return std::nullopt;
  return hours(*hour) + minutes(*minute) + seconds(*second);
}

// ".25" with any number of digits, cut to microseconds; nothing is zero.
std::optional<Duration> take_fraction(std::string_view& text) {
  if (!take(text, ".")) return Duration(0);
  std::int64_t micros = 0;
  std::int64_t unit = 100000;
  std::size_t digits = 0;
  while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') {
    micros += unit * (text[digits] - '0');
    unit /= 10;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return Duration(micros);
}

// "Z" or "+02:00"; what is to be subtracted to get UTC.
std::optional<minutes> take_offset(std::string_view& text) {
  if (take(text, "Z") || take(text, "z")) return minutes(0);
  const bool plus = text.starts_with('+');
  if (!plus && !text.starts_with('-')) return std::nullopt;
  text.remove_prefix(1);
  const auto hour = take_digits(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_digits(text, 2);
  if (!minute || *minute > 59) return std::nullopt;
  const minutes offset = hours(*hour) + minutes(*minute);
  return plus ? offset : -offset;
}

// RFC 9110: a two-digit year that seems to lie more than 50 years ahead is the past century's.
int full_year(int two_digits, Instant now) {
  const int this_year = static_cast<int>(year_month_day(std::chrono::floor<days>(now)).year());
  int year = this_year / 100 * 100 + two_digits;
  if (year > this_year + 50) year -= 100;
  return year;
}

std::optional<Instant> finish(std::optional<sys_days> date, std::optional<seconds> time,
                              std::string_view& rest, std::string_view ending) {
  if (!date || !time || rest != ending) return std::nullopt;
  return Instant(*date) + *time;
}

// "06 Nov 1994 08:49:37 GMT" behind "Sun, ".
std::optional<Instant> parse_imf_date(std::string_view text) {
  const auto day = take_digits(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  const auto month = take_month(text);
  if (!month || !take(text, " ")) return std::nullopt;
  const auto year = take_digits(text, 4);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto time = take_time_of_day(text);
  return finish(make_date(*year, *month, *day), time, text, " GMT");
}

// "06-Nov-94 08:49:37 GMT" behind "Sunday, ".
std::optional<Instant> parse_rfc850_date(std::string_view text, Instant now) {
  const auto day = take_digits(text, 2);
  if (!day || !take(text, "-")) return std::nullopt;
  const auto month = take_month(text);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto year = take_digits(text, 2);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto time = take_time_of_day(text);
  return finish(make_date(full_year(*year, now), *month, *day), time, text, " GMT");
}

// "Nov  6 08:49:37 1994" behind "Sun ".
std::optional<Instant> parse_asctime_date(std::string_view text) {
  const auto month = take_month(text);
  if (!month || !take(text, " ")) return std::nullopt;
  const auto day = take(text, " ") ? take_digits(text, 1) : take_digits(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  const auto time = take_time_of_day(text);
  if (!time || !take(text, " ")) return std::nullopt;
  const auto year = take_digits(text, 4);
  if (!year) return std::nullopt;
  return finish(make_date(*year, *month, *day), time, text, "");
}

}  // namespace

std::string format_rfc3339(Instant at) {
  const sys_days date = std::chrono::floor<days>(at);
  const year_month_day ymd(date);
  const std::chrono::hh_mm_ss time(at - date);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02uT%02d:%02d:%02d",
                static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                static_cast<unsigned>(ymd.day()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  std::string out = buffer.data();
  if (const auto micros = time.subseconds().count(); micros != 0) {
    std::snprintf(buffer.data(), buffer.size(), ".%06d", static_cast<int>(micros));
    out += buffer.data();
    while (out.ends_with('0')) out.pop_back();
  }
  return out + "Z";
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
  const auto year = take_digits(text, 4);
  if (!year || !take(text, "-")) return std::nullopt;
  const auto month = take_digits(text, 2);
  if (!month || !take(text, "-")) return std::nullopt;
  const auto day = take_digits(text, 2);
  if (!day || !(take(text, "T") || take(text, "t") || take(text, " "))) return std::nullopt;
  const auto date = make_date(*year, static_cast<unsigned>(*month), *day);
  const auto time = take_time_of_day(text);
  if (!date || !time) return std::nullopt;
  const auto fraction = take_fraction(text);
  if (!fraction) return std::nullopt;
  const auto offset = take_offset(text);
  if (!offset || !text.empty()) return std::nullopt;
  return Instant(*date) + *time + *fraction - *offset;
}

std::string format_http_date(Instant at) {
  const sys_days date = std::chrono::floor<days>(at);
  const year_month_day ymd(date);
  const std::chrono::weekday weekday(date);
  const std::chrono::hh_mm_ss time(at - date);
  std::array<char, 64> buffer{};
  std::snprintf(buffer.data(), buffer.size(), " %04d %02d:%02d:%02d GMT",
                static_cast<int>(ymd.year()), static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  const auto day = static_cast<unsigned>(ymd.day());
  std::string out(kWeekdays[weekday.c_encoding()]);
  out += day < 10 ? ", 0" : ", ";
  out += std::to_string(day);
  out += ' ';
  out += kMonths[static_cast<unsigned>(ymd.month()) - 1];
  return out + buffer.data();
}

std::optional<Instant> parse_http_date(std::string_view text, Instant now) {
  constexpr std::array<std::string_view, 7> kLongWeekdays = {
      "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
  const auto weekday = std::find(kWeekdays.begin(), kWeekdays.end(), text.substr(0, 3));
  if (weekday == kWeekdays.end()) return std::nullopt;
  std::string_view rest = text.substr(3);
  if (take(rest, ", ")) return parse_imf_date(rest);
  if (take(rest, " ")) return parse_asctime_date(rest);
  const auto which = static_cast<std::size_t>(weekday - kWeekdays.begin());
  rest = text;
  if (take(rest, kLongWeekdays[which]) && take(rest, ", ")) return parse_rfc850_date(rest, now);
  return std::nullopt;
}

Result<Instant> parse_time_argument(std::string_view text, Instant now) {
  if (const auto instant = parse_rfc3339(text)) return *instant;
  if (const auto date = parse_rfc3339(std::string(text) + "T00:00:00Z")) return *date;
  if (const auto ago = parse_duration(text)) return now - *ago;
  return fail(ErrorKind::kUsage, "'" + std::string(text) + "' is not a time",
              "write an instant (2026-03-01T05:12:07Z), a date (2026-03-01) or an age (2h)");
}

std::int64_t to_unix_seconds(Instant at) {
  return std::chrono::floor<seconds>(at).time_since_epoch().count();
}

Instant from_unix_seconds(std::int64_t value) { return Instant(seconds(value)); }

std::int64_t to_unix_micros(Instant at) { return at.time_since_epoch().count(); }

Instant from_unix_micros(std::int64_t micros) { return Instant(Duration(micros)); }

}  // namespace idpwatch::base
