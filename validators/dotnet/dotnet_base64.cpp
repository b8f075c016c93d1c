#include "validators/dotnet/dotnet_base64.hpp"

namespace idpwatch::validators {
namespace {

bool is_white(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

int value_of(char c, bool standard) {
  if (c >= 'A' && c <= 'Z') {
    return c - 'A';
  }
  if (c >= 'a' && c <= 'z') {
    return c - 'a' + 26;
  }
  if (c >= '0' && c <= '9') {
    return c - '0' + 52;
  }
  if (c == '-' || (standard && c == '+')) {
    return 62;
  }
  return c == '_' || (standard && c == '/') ? 63 : -1;
}

std::string without_white_space(std::string_view text) {
  std::string kept;
  kept.reserve(text.size());
  for (const char c : text) {
    if (!is_white(c)) {
      kept.push_back(c);
    }
  }
  return kept;
}

// `digits` is free of white space and padding.
std::optional<std::string> decode_digits(std::string_view digits, const Base64Rules& rules) {
  std::string out;
  out.reserve(digits.size() * 3 / 4);
  unsigned block = 0;
  int bits = 0;
  for (const char c : digits) {
    const int value = value_of(c, rules.standard_alphabet);
    if (value < 0) {
      return std::nullopt;
    }
    block = (block << 6) | static_cast<unsigned>(value);
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>((block >> bits) & 0xFF));
    }
  }
  if (bits >= 6 || (!rules.unused_bits && (block & ((1U << bits) - 1)) != 0)) {
    return std::nullopt;
  }
  return out;
}

std::optional<std::string> decode(std::string_view text, const Base64Rules& rules) {
  std::string kept = without_white_space(text);
  const bool had_white = kept.size() != text.size();
  if (had_white && !rules.white_space && !rules.counted_white_space) {
    return std::nullopt;
  }
  std::size_t padding = 0;
  while (padding < 2 && !kept.empty() && kept.back() == '=') {
    kept.pop_back();
    ++padding;
  }
  if (padding > 0 && (!rules.padding || (kept.size() + padding) % 4 != 0)) {
    return std::nullopt;
  }
  if (had_white && !rules.white_space) {
    // The padding added follows from the length with white space; it must fit the one without.
    const std::size_t added = (4 - text.size() % 4) % 4;
    if (text.size() % 4 == 1 || (kept.size() + padding + added) % 4 != 0) {
      return std::nullopt;
    }
  }
  return decode_digits(kept, rules);
}

}  // namespace

std::optional<std::string> decode_base64(std::string_view text, const Base64Rules& rules) {
  auto decoded = decode(text, rules);
  if (!decoded && rules.empty_on_error && text.size() % 4 != 1) {
    return std::string();
  }
  return decoded;
}

}  // namespace idpwatch::validators
