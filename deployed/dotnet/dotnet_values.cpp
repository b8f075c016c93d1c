#include "deployed/dotnet/dotnet_values.hpp"

#include "base/text.hpp"

#include <charconv>
#include <cstdint>
#include <vector>

namespace idpwatch::deployed {

namespace {

constexpr std::int64_t kMostDays = 10'675'199;  // TimeSpan.MaxValue

std::optional<std::int64_t> number(std::string_view text, std::int64_t most) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool digits = !text.empty() && text[0] >= '0' && text[0] <= '9';
  if (!digits || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value <= most ? std::optional(value) : std::nullopt;
}

// The fraction of a second, at most seven digits, cut to microseconds.
std::optional<base::Duration> fraction(std::string_view text) {
  if (text.empty() || text.size() > 7) return std::nullopt;
  const std::optional<std::int64_t> value = number(text, 9'999'999);
  if (!value) return std::nullopt;
  std::int64_t ticks = *value;  // of 100 ns
  for (std::size_t i = text.size(); i < 7; ++i) ticks *= 10;
  return base::Duration(ticks / 10);
}

std::optional<base::Duration> clock_parts(std::int64_t days,
                                          const std::vector<std::string_view>& parts) {
  const auto hours = number(parts[0], 23);
  const auto minutes = number(parts[1], 59);
  if (!hours || !minutes) return std::nullopt;
  base::Duration sum = base::hours(days * 24 + *hours) + base::minutes(*minutes);
  if (parts.size() == 2) return sum;
  std::string_view seconds = parts[2];
  const std::size_t dot = seconds.find('.');
  if (dot != std::string_view::npos) {
    const auto part = fraction(seconds.substr(dot + 1));
    if (!part) return std::nullopt;
    sum += *part;
    seconds = seconds.substr(0, dot);
  }
  const auto whole = number(seconds, 59);
  if (!whole) return std::nullopt;
  return sum + base::seconds(*whole);
}

}  // namespace

std::optional<bool> parse_dotnet_bool(std::string_view text) {
  text = base::trim(text);
  if (base::iequals(text, "true")) return true;
  if (base::iequals(text, "false")) return false;
  return std::nullopt;
}

std::optional<base::Duration> parse_dotnet_time_span(std::string_view text) {
  text = base::trim(text);
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  std::vector<std::string_view> parts = base::split(text, ':');
  std::int64_t days = 0;
  if (parts.size() == 1) {
    const auto whole = number(parts[0], kMostDays);
    if (!whole) return std::nullopt;
    const base::Duration span = base::hours(*whole * 24);
    return negative ? -span : span;
  }
  const std::size_t dot = parts[0].find('.');
  if (dot != std::string_view::npos || parts.size() == 4) {
    const auto whole = number(parts[0].substr(0, dot), kMostDays);
    if (!whole || (dot != std::string_view::npos && parts.size() == 4)) return std::nullopt;
    days = *whole;
    if (dot != std::string_view::npos) {
      parts[0] = parts[0].substr(dot + 1);
    } else {
      parts.erase(parts.begin());
    }
  }
  if (parts.size() != 2 && parts.size() != 3) return std::nullopt;
  const std::optional<base::Duration> span = clock_parts(days, parts);
  if (!span) return std::nullopt;
  return negative ? -*span : *span;
}

}  // namespace idpwatch::deployed
