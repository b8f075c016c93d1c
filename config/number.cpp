#include "config/number.hpp"

#include "base/text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace idpwatch::config {
namespace {

using base::ErrorKind;
using base::fail;

base::Result<std::int64_t> parse_integer(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty()) {
    return fail(ErrorKind::kInput,
                fmt::format("\"{}\" is not a whole number", base::printable(text, 60)));
  }
  return value;
}

base::Result<std::int64_t> parse_seconds(std::string_view text) {
  constexpr double kMost = 1e12;  // far above every bound, far below overflow in microseconds
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || text.empty() ||
      !(std::abs(value) < kMost)) {
    return fail(ErrorKind::kInput,
                fmt::format("\"{}\" is not a number of seconds", base::printable(text, 60)),
                "write a plain number, such as 300");
  }
  return std::llround(value * 1e6);
}

}  // namespace

base::Result<std::int64_t> parse_number(Form form, std::string_view text) {
  if (form == Form::kDuration) {
    const auto value = base::parse_duration(text);
    if (!value) return fail(value.error());
    return value->count();
  }
  if (form == Form::kSize) {
    const auto value = base::parse_size(text);
    if (!value) return fail(value.error());
    if (*value > static_cast<std::uint64_t>(INT64_MAX)) return fail(ErrorKind::kInput, "too large");
    return static_cast<std::int64_t>(*value);
  }
  if (form == Form::kSeconds) return parse_seconds(text);
  return parse_integer(text);
}

base::Result<std::int64_t> parse_bounded(const Row& row, std::string_view text) {
  auto value = parse_number(row.form, text);
  if (!value) return value;
  const auto beyond = [&](const std::string& bound, bool most) {
    if (bound.empty()) return false;
    const auto limit = parse_number(row.form, bound);
    return limit && (most ? *value > *limit : *value < *limit);
  };
  const bool off = row.zero_is_off && *value == 0;
  if (!off && beyond(row.least, false)) {
    return fail(ErrorKind::kInput, fmt::format("{} is too small", base::printable(text, 60)),
                fmt::format("the least value is {}{}", row.least,
                            row.zero_is_off ? ", or 0s to have none" : ""));
  }
  if (beyond(row.most, true)) {
    return fail(ErrorKind::kInput, fmt::format("{} is too large", base::printable(text, 60)),
                fmt::format("the largest value is {}", row.most));
  }
  return value;
}

}  // namespace idpwatch::config
