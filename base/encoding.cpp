#include "base/encoding.hpp"

#include <array>
#include <cstdint>

namespace idpwatch::base {

namespace {

constexpr std::string_view kStandard =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::int8_t kNone = -1;

using Table = std::array<std::int8_t, 256>;

constexpr Table decode_table(std::string_view alphabet, std::string_view second = {}) {
  Table table{};
  for (auto& entry : table) entry = kNone;
  for (std::size_t i = 0; i < 64; ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    if (!second.empty()) {
      table[static_cast<unsigned char>(second[i])] = static_cast<std::int8_t>(i);
    }
  }
  return table;
}

constexpr Table kUrlTable = decode_table(kUrl);
constexpr Table kEitherTable = decode_table(kUrl, kStandard);

unsigned byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<unsigned char>(bytes[i]);
}

std::string encode64(std::string_view bytes, std::string_view alphabet, bool pad) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = bytes.size() - i < 3 ? bytes.size() - i : 3;
    const unsigned group = byte_at(bytes, i) << 16U |
                           (count > 1 ? byte_at(bytes, i + 1) << 8U : 0U) |
                           (count > 2 ? byte_at(bytes, i + 2) : 0U);
    for (std::size_t digit = 0; digit <= count; ++digit) {
      out += alphabet[group >> (18U - 6U * digit) & 63U];
    }
    if (pad) out.append(3 - count, '=');
  }
  return out;
}

// `skip` characters are passed over; everything else must be in the table.
std::optional<std::string> decode64(std::string_view text, const Table& table,
                                    std::string_view skip) {
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  unsigned bits = 0;
  unsigned held = 0;
  std::size_t digits = 0;
  for (const char c : text) {
    const std::int8_t value = table[static_cast<unsigned char>(c)];
    if (value == kNone) {
      if (skip.find(c) == std::string_view::npos) return std::nullopt;
      continue;
    }
    ++digits;
    bits = bits << 6U | static_cast<unsigned>(value);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 0xFFU);
    }
  }
  if (digits % 4 == 1) return std::nullopt;
  return out;
}

}  // namespace

std::string base64url_encode(std::string_view bytes) { return encode64(bytes, kUrl, false); }

std::optional<std::string> base64url_decode(std::string_view text) {
  return decode64(text, kUrlTable, {});
}

std::optional<std::string> base64_decode_lenient(std::string_view text) {
  return decode64(text, kEitherTable, "= \t\r\n");
}

std::string base64_encode(std::string_view bytes) { return encode64(bytes, kStandard, true); }

std::string hex_encode(std::string_view bytes) {
  std::string out(bytes.size() * 2, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    out[2 * i] = kHex[byte_at(bytes, i) >> 4U];
    out[2 * i + 1] = kHex[byte_at(bytes, i) & 15U];
  }
  return out;
}

std::optional<std::string> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  unsigned high = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'F' ? static_cast<char>(text[i] + 32) : text[i];
    const std::size_t value = kHex.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    if (i % 2 == 0) {
      high = static_cast<unsigned>(value) << 4U;
    } else {
      out += static_cast<char>(high | static_cast<unsigned>(value));
    }
  }
  return out;
}

}  // namespace idpwatch::base
