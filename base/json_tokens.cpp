#include "base/json_tokens.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace idpwatch::base {

namespace {

constexpr std::size_t kNone = std::string_view::npos;
constexpr std::uint64_t kOnes = 0x0101010101010101U;
constexpr std::uint64_t kHighs = 0x8080808080808080U;

std::size_t fail_at(TokenFault& fault, std::size_t at, const char* problem) {
  fault = {at, problem};
  return kNone;
}

// Some byte of the eight is `"`, `\` or a control character. Exact, but for bytes behind a hit.
bool stops(std::uint64_t eight) {
  const std::uint64_t quote = eight ^ (kOnes * '"');
  const std::uint64_t slash = eight ^ (kOnes * '\\');
  const std::uint64_t found =
      ((quote - kOnes) & ~quote) | ((slash - kOnes) & ~slash) | ((eight - kOnes * 0x20) & ~eight);
  return (found & kHighs) != 0;
}

std::size_t plain_end(std::string_view text, std::size_t at) {
  std::uint64_t eight = 0;
  while (at + sizeof eight <= text.size()) {
    std::memcpy(&eight, text.data() + at, sizeof eight);
    if (stops(eight)) break;
    at += sizeof eight;
  }
  while (at < text.size() && text[at] != '"' && text[at] != '\\' &&
         static_cast<unsigned char>(text[at]) >= 0x20) {
    ++at;
  }
  return at;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// The four digits behind "\u"; nothing when they are none.
std::uint32_t hex4(std::string_view text, std::size_t at, bool& good) {
  std::uint32_t value = 0;
  good = at + 4 <= text.size();
  for (std::size_t i = at; good && i < at + 4; ++i) {
    const int digit = hex_digit(text[i]);
    good = digit >= 0;
    value = value << 4U | static_cast<std::uint32_t>(digit & 15);
  }
  return value;
}

bool is_high(std::uint32_t unit) { return unit >= 0xD800 && unit <= 0xDBFF; }
bool is_low(std::uint32_t unit) { return unit >= 0xDC00 && unit <= 0xDFFF; }

// `at` is behind the backslash.
std::size_t escape_end(std::string_view text, std::size_t at, TokenFault& fault) {
  if (at >= text.size()) return fail_at(fault, at, "a string is not closed");
  if (text[at] != 'u') {
    constexpr std::string_view kSimple = "\"\\/bfnrt";
    if (kSimple.find(text[at]) == kNone) return fail_at(fault, at, "an unknown escape in a string");
    return at + 1;
  }
  bool good = false;
  const std::uint32_t first = hex4(text, at + 1, good);
  if (!good) return fail_at(fault, at, "four hex digits must follow \\u");
  if (is_low(first)) return fail_at(fault, at, "half of a surrogate pair");
  at += 5;
  if (!is_high(first)) return at;
  bool second_good = text.substr(at, 2) == "\\u";
  const std::uint32_t second = second_good ? hex4(text, at + 2, second_good) : 0;
  if (!second_good || !is_low(second)) return fail_at(fault, at, "half of a surrogate pair");
  return at + 6;
}

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out += static_cast<char>(byte); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | code >> 6U);
    put(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    put(0xE0U | code >> 12U);
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  } else {
    put(0xF0U | code >> 18U);
    put(0x80U | (code >> 12U & 0x3FU));
    put(0x80U | (code >> 6U & 0x3FU));
    put(0x80U | (code & 0x3FU));
  }
}

char simple_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;
  }
}

bool is_digit(std::string_view text, std::size_t at) {
  return at < text.size() && text[at] >= '0' && text[at] <= '9';
}

std::size_t digits_end(std::string_view text, std::size_t at) {
  while (is_digit(text, at)) ++at;
  return at;
}

}  // namespace

std::size_t skip_white_space(std::string_view text, std::size_t at) {
  while (at < text.size() &&
         (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t')) {
    ++at;
  }
  return at;
}

std::size_t string_end(std::string_view text, std::size_t at, TokenFault& fault) {
  if (at >= text.size() || text[at] != '"') return fail_at(fault, at, "expected a string");
  ++at;
  while (true) {
    at = plain_end(text, at);
    if (at >= text.size()) return fail_at(fault, at, "a string is not closed");
    if (text[at] == '"') return at + 1;
    if (text[at] != '\\') return fail_at(fault, at, "a control character in a string");
    at = escape_end(text, at + 1, fault);
    if (at == kNone) return kNone;
  }
}

std::size_t number_end(std::string_view text, std::size_t at, TokenFault& fault) {
  if (at < text.size() && text[at] == '-') ++at;
  if (!is_digit(text, at)) return fail_at(fault, at, "no JSON value");
  at = text[at] == '0' ? at + 1 : digits_end(text, at);
  if (at < text.size() && text[at] == '.') {
    if (!is_digit(text, ++at)) return fail_at(fault, at, "digits must follow the point");
    at = digits_end(text, at);
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    if (!is_digit(text, at)) return fail_at(fault, at, "digits must follow the exponent");
    at = digits_end(text, at);
  }
  return at;
}

std::size_t literal_end(std::string_view text, std::size_t at, TokenFault& fault) {
  for (const std::string_view literal : {"true", "false", "null"}) {
    if (text.substr(at, literal.size()) == literal) return at + literal.size();
  }
  return fail_at(fault, at, "no JSON value");
}

std::string decode_string(std::string_view quoted) {
  const std::string_view text = quoted.substr(1, quoted.size() - 2);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      const std::size_t slash = std::min(text.find('\\', at), text.size());
      out.append(text.substr(at, slash - at));
      at = slash;
    } else if (text[at + 1] != 'u') {
      out += simple_escape(text[at + 1]);
      at += 2;
    } else {
      bool good = false;
      std::uint32_t code = hex4(text, at + 2, good);
      at += 6;
      if (is_high(code)) {
        code = 0x10000 + ((code - 0xD800) << 10U) + (hex4(text, at + 2, good) - 0xDC00);
        at += 6;
      }
      append_utf8(out, code);
    }
  }
  return out;
}

}  // namespace idpwatch::base
