// Durations and sizes as texts: the second half of time.hpp, in a file of its own since it is
// about the configuration's units and not about calendars.
#include "base/time.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>

namespace idpwatch::base {

namespace {

struct Unit {
  std::string_view name;
  std::int64_t micros;
};

constexpr std::array<Unit, 6> kUnits = {{{"ms", 1000},
                                         {"us", 1},
                                         {"s", 1000000},
                                         {"m", 60LL * 1000000},
                                         {"h", 3600LL * 1000000},
                                         {"d", 86400LL * 1000000}}};

struct SizeUnit {
  std::string_view name;
  std::uint64_t bytes;
};

constexpr std::array<SizeUnit, 4> kSizeUnits = {
    {{"KiB", 1024}, {"MiB", 1024ULL * 1024}, {"GiB", 1024ULL * 1024 * 1024}, {"", 1}}};

// The number in front; the rest is the unit. nullopt when there is no number or it does not fit.
template <class Integer>
std::optional<Integer> leading_number(std::string_view text, std::string_view& unit) {
  Integer value{};
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return std::nullopt;
  unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return value;
}

std::string two_units(std::int64_t whole, std::string_view big, std::int64_t rest,
                      std::string_view small) {
  std::string out = std::to_string(whole) + " " + std::string(big);
  if (rest != 0) out += " " + std::to_string(rest) + " " + std::string(small);
  return out;
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  std::string_view unit;
  const auto number = leading_number<std::int64_t>(text, unit);
  for (const Unit& known : kUnits) {
    if (!number || unit != known.name) continue;
    if (*number > std::numeric_limits<std::int64_t>::max() / known.micros / 4) break;
    return Duration(*number * known.micros);
  }
  return fail(ErrorKind::kInput, "'" + std::string(text) + "' is not a duration",
              "write a whole number and a unit: 250ms, 60s, 5m, 12h, 7d");
}

std::string format_duration(Duration value) {
  const std::int64_t micros = value.count();
  if (micros == 0) return "0s";
  constexpr std::array<Unit, 6> kLargestFirst = {
      {kUnits[5], kUnits[4], kUnits[3], kUnits[2], kUnits[0], kUnits[1]}};
  for (const Unit& unit : kLargestFirst) {
    if (micros % unit.micros == 0) {
      return std::to_string(micros / unit.micros) + std::string(unit.name);
    }
  }
  return std::to_string(micros) + "us";
}

namespace {

std::int64_t rounded(std::int64_t seconds, std::int64_t step) {
  return (seconds + step / 2) / step * step;
}

}  // namespace

std::string describe_duration(Duration value) {
  const std::int64_t micros = value.count() < 0 ? -value.count() : value.count();
  if (micros < 1000000) return std::to_string(micros / 1000) + " ms";
  const std::int64_t tenths = micros / 100000;
  const std::int64_t total = micros / 1000000;
  if (total < 60) {
    if (tenths % 10 == 0) return std::to_string(total) + " s";
    return std::to_string(total) + "." + std::to_string(tenths % 10) + " s";
  }
  // 7198 s are 2 h: what is not shown is rounded.
  constexpr std::int64_t kHour = 3600, kDay = 86400;
  if (const auto shown = rounded(total, total < 600 ? 1 : 60); shown < kHour) {
    return two_units(shown / 60, "min", shown < 600 ? shown % 60 : 0, "s");
  }
  if (const auto shown = rounded(total, 60); shown < kDay) {
    return two_units(shown / kHour, "h", shown % kHour / 60, "min");
  }
  const auto shown = rounded(total, total < 10 * kDay ? kHour : kDay);
  return two_units(shown / kDay, "d", shown < 10 * kDay ? shown % kDay / kHour : 0, "h");
}

Result<std::uint64_t> parse_size(std::string_view text) {
  std::string_view unit;
  const auto number = leading_number<std::uint64_t>(text, unit);
  for (const SizeUnit& known : kSizeUnits) {
    if (!number || unit != known.name) continue;
    if (*number > std::numeric_limits<std::uint64_t>::max() / known.bytes) break;
    return *number * known.bytes;
  }
  return fail(ErrorKind::kInput, "'" + std::string(text) + "' is not a size",
              "write a whole number and a unit: 512, 64KiB, 2MiB, 1GiB");
}

std::string format_size(std::uint64_t bytes) {
  if (bytes == 0) return "0";
  for (std::size_t i = 3; i-- > 0;) {
    if (bytes % kSizeUnits[i].bytes == 0) {
      return std::to_string(bytes / kSizeUnits[i].bytes) + std::string(kSizeUnits[i].name);
    }
  }
  return std::to_string(bytes);
}

}  // namespace idpwatch::base
