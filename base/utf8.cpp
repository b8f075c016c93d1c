// The UTF-8 half of text.hpp: validity, repair, and what may be shown to people.
#include "base/text.hpp"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>

namespace idpwatch::base {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr char32_t kInvalid = 0xFFFFFFFF;

struct Decoded {
  char32_t code = kInvalid;
  std::size_t length = 1;
};

// One code point at `i` by the table of RFC 3629 (no overlong forms, no surrogates, <= U+10FFFF).
Decoded decode(std::string_view bytes, std::size_t i) {
  const auto lead = static_cast<unsigned char>(bytes[i]);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xC2 || lead > 0xF4) return {};
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t k = 1; k < length; ++k) {
    if (i + k >= bytes.size()) return {};
    const auto next = static_cast<unsigned char>(bytes[i + k]);
    if ((next & 0xC0U) != 0x80U) return {};
    code = code << 6U | (next & 0x3FU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) return {};
  return {code, length};
}

// Control, bidirectional and invisible format characters: what can move a terminal's cursor or
// turn a line around (Unicode general categories Cc, Cf, Zl, Zp as far as they occur in practice).
bool harmful(char32_t code) {
  if (code < 0x20 || (code >= 0x7F && code <= 0x9F)) return true;
  if (code == 0xAD || code == 0x61C || code == 0x180E || code == 0xFEFF) return true;
  if (code >= 0x200B && code <= 0x200F) return true;
  if (code >= 0x2028 && code <= 0x202E) return true;
  if (code >= 0x2060 && code <= 0x206F) return true;
  return code >= 0xE0000 && code <= 0xE007F;
}

std::string escaped(char32_t code) {
  std::array<char, 16> buffer{};
  std::snprintf(buffer.data(), buffer.size(), "\\u{%x}", static_cast<unsigned>(code));
  return buffer.data();
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    // Most of what comes from outside is ASCII: eight bytes at a time.
    std::uint64_t eight = 0;
    if (i + sizeof eight <= bytes.size()) {
      std::memcpy(&eight, bytes.data() + i, sizeof eight);
      if ((eight & 0x8080808080808080U) == 0) {
        i += sizeof eight;
        continue;
      }
    }
    const Decoded next = decode(bytes, i);
    if (next.code == kInvalid) return false;
    i += next.length;
  }
  return true;
}

std::string repair_utf8(std::string_view bytes) {
  std::string out;
  for (std::size_t i = 0; i < bytes.size();) {
    const Decoded next = decode(bytes, i);
    if (next.code == kInvalid) {
      out += kReplacement;
    } else {
      out += bytes.substr(i, next.length);
    }
    i += next.length;
  }
  return out;
}

std::string printable(std::string_view outside, std::size_t limit) {
  std::string out;
  std::size_t shown = 0;
  for (std::size_t i = 0; i < outside.size(); ++shown) {
    if (shown == limit) return out + "\xE2\x80\xA6";
    const Decoded next = decode(outside, i);
    if (next.code == kInvalid) {
      out += kReplacement;
    } else if (harmful(next.code)) {
      out += escaped(next.code);
    } else {
      out += outside.substr(i, next.length);
    }
    i += next.length;
  }
  return out;
}

}  // namespace idpwatch::base
