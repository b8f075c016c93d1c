#include "validators/dotnet/dotnet_text.hpp"

#include "base/text.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>

namespace idpwatch::validators {
namespace {

std::string_view without_sign(std::string_view text) {
  return text.starts_with('+') || text.starts_with('-') ? text.substr(1) : text;
}

std::optional<double> named(std::string_view text) {
  const std::string_view name = without_sign(text);
  if (base::iequals(name, "Infinity")) {
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return text.starts_with('-') ? -kInfinity : kInfinity;
  }
  return base::iequals(name, "NaN") ? std::optional(std::numeric_limits<double>::quiet_NaN())
                                    : std::nullopt;
}

// Group separators count before the point alone.
std::string without_groups(std::string_view text) {
  std::string kept;
  const std::size_t whole = text.find_first_of(".eE");
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != ',' || i >= whole) {
      kept.push_back(text[i]);
    }
  }
  return kept;
}

// What from_chars finds out of range is next to nothing, or more than everything.
double out_of_range(std::string_view digits, bool negative) {
  const std::size_t exponent = digits.find_first_of("eE");
  const std::string_view power =
      exponent == std::string_view::npos ? "" : digits.substr(exponent + 1);
  const bool small = power.starts_with('-') || (power.empty() && digits.starts_with("0."));
  const double value = small ? 0 : std::numeric_limits<double>::infinity();
  return negative ? -value : value;
}

// long.TryParse and double.Parse skip these around a number, and no other white space.
std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSkipped = " \t\n\v\f\r";
  const std::size_t first = text.find_first_not_of(kSkipped);
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(kSkipped) + 1 - first);
}

}  // namespace

std::size_t white_space_at(std::string_view utf8, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < utf8.size() ? static_cast<unsigned char>(utf8[at + i]) : 0U;
  };
  const unsigned first = byte(0);
  if (at >= utf8.size()) {
    return 0;
  }
  if (first == ' ' || (first >= 0x09 && first <= 0x0D)) {
    return 1;
  }
  if (first == 0xC2) {
    return byte(1) == 0x85 || byte(1) == 0xA0 ? 2 : 0;
  }
  const unsigned point = (first << 16) | (byte(1) << 8) | byte(2);
  const bool white = point == 0xE19A80 || (point >= 0xE28080 && point <= 0xE2808A) ||
                     point == 0xE280A8 || point == 0xE280A9 || point == 0xE280AF ||
                     point == 0xE2819F || point == 0xE38080;
  return white ? 3 : 0;
}

bool is_blank(std::string_view utf8) {
  std::size_t at = 0;
  while (at < utf8.size()) {
    const std::size_t white = white_space_at(utf8, at);
    if (white == 0) {
      return false;
    }
    at += white;
  }
  return true;
}

std::optional<double> parse_dotnet_double(std::string_view text) {
  text = trimmed(text);
  if (const auto value = named(text)) {
    return value;
  }
  const bool negative = text.starts_with('-');
  std::string digits = without_groups(without_sign(text));
  if (digits.empty() || (digits.front() != '.' && (digits.front() < '0' || digits.front() > '9'))) {
    return std::nullopt;  // from_chars knows "inf", "nan" and a second sign
  }
  double value = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value);
  if (error == std::errc::result_out_of_range && end == last) {
    return out_of_range(digits, negative);
  }
  if (error != std::errc{} || end != last) {
    return std::nullopt;
  }
  return negative ? -value : value;
}

std::optional<std::int64_t> parse_dotnet_long(std::string_view text) {
  text = trimmed(text);
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) {
      return std::nullopt;
    }
  }
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && !text.empty()
             ? std::optional(value)
             : std::nullopt;
}

}  // namespace idpwatch::validators
