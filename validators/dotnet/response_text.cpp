#include "validators/dotnet/response_text.hpp"

#include "base/text.hpp"
#include "validators/dotnet/json_escapes.hpp"

#include <array>
#include <cstdint>

namespace idpwatch::validators {
namespace {

enum class Encoding { kUtf8, kUtf16Le, kUtf16Be, kUtf32Le, kUtf32Be, kAscii, kLatin1 };

struct EncodingName {
  std::string_view name;
  Encoding encoding;
};
// Encoding.GetEncoding without CodePagesEncodingProvider (EncodingTable of System.Private.CoreLib).
constexpr std::array<EncodingName, 24> kNames{{
    {"utf-8", Encoding::kUtf8},
    {"unicode-1-1-utf-8", Encoding::kUtf8},
    {"unicode-2-0-utf-8", Encoding::kUtf8},
    {"x-unicode-1-1-utf-8", Encoding::kUtf8},
    {"x-unicode-2-0-utf-8", Encoding::kUtf8},
    {"utf-16", Encoding::kUtf16Le},
    {"utf-16le", Encoding::kUtf16Le},
    {"ucs-2", Encoding::kUtf16Le},
    {"unicode", Encoding::kUtf16Le},
    {"iso-10646-ucs-2", Encoding::kUtf16Le},
    {"utf-16be", Encoding::kUtf16Be},
    {"unicodefffe", Encoding::kUtf16Be},
    {"utf-32", Encoding::kUtf32Le},
    {"utf-32le", Encoding::kUtf32Le},
    {"utf-32be", Encoding::kUtf32Be},
    {"us-ascii", Encoding::kAscii},
    {"ascii", Encoding::kAscii},
    {"us", Encoding::kAscii},
    {"iso-8859-1", Encoding::kLatin1},
    {"iso8859-1", Encoding::kLatin1},
    {"iso_8859-1", Encoding::kLatin1},
    {"latin1", Encoding::kLatin1},
    {"l1", Encoding::kLatin1},
    {"ibm819", Encoding::kLatin1},
}};

struct Mark {
  std::string_view octets;
  Encoding encoding;
};
using namespace std::string_view_literals;
// In the order in which HttpContent looks for them.
constexpr std::array<Mark, 4> kMarks{{{"\xEF\xBB\xBF"sv, Encoding::kUtf8},
                                      {"\xFF\xFE\0\0"sv, Encoding::kUtf32Le},
                                      {"\xFF\xFE"sv, Encoding::kUtf16Le},
                                      {"\xFE\xFF"sv, Encoding::kUtf16Be}}};

std::string_view mark_of(Encoding encoding) {
  for (const Mark& mark : kMarks) {
    if (mark.encoding == encoding) {
      return mark.octets;
    }
  }
  return encoding == Encoding::kUtf32Be ? "\0\0\xFE\xFF"sv : std::string_view();
}

std::string from_single_octets(std::string_view octets, bool latin1) {
  std::string out;
  for (const char c : octets) {
    const auto byte = static_cast<unsigned char>(c);
    append_utf8(out, byte < 0x80 || latin1 ? byte : 0xFFFDU);
  }
  return out;
}

// A number of `size` octets at `at`; 0xFFFFFFFF where fewer are left.
std::uint32_t unit(std::string_view octets, std::size_t at, std::size_t size, bool little) {
  if (at + size > octets.size()) {
    return 0xFFFFFFFF;
  }
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = (value << 8) | static_cast<unsigned char>(octets[at + (little ? size - 1 - i : i)]);
  }
  return value;
}

std::string from_utf16(std::string_view octets, bool little) {
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += 2) {
    std::uint32_t point = unit(octets, at, 2, little);
    if (point >= 0xD800 && point < 0xDC00) {
      const std::uint32_t low = unit(octets, at + 2, 2, little);
      const bool pair = low >= 0xDC00 && low < 0xE000;
      point = pair ? 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00) : 0xFFFD;
      at += pair ? 2 : 0;
    }
    append_utf8(out, (point >= 0xDC00 && point < 0xE000) || point > 0x10FFFF ? 0xFFFD : point);
  }
  return out;
}

std::string from_utf32(std::string_view octets, bool little) {
  std::string out;
  for (std::size_t at = 0; at < octets.size(); at += 4) {
    const std::uint32_t point = unit(octets, at, 4, little);
    append_utf8(out, (point >= 0xD800 && point < 0xE000) || point > 0x10FFFF ? 0xFFFD : point);
  }
  return out;
}

std::string decode(std::string_view octets, Encoding encoding) {
  switch (encoding) {
    case Encoding::kUtf8:
      return base::is_utf8(octets) ? std::string(octets) : base::repair_utf8(octets);
    case Encoding::kUtf16Le:
    case Encoding::kUtf16Be:
      return from_utf16(octets, encoding == Encoding::kUtf16Le);
    case Encoding::kUtf32Le:
    case Encoding::kUtf32Be:
      return from_utf32(octets, encoding == Encoding::kUtf32Le);
    case Encoding::kAscii:
    case Encoding::kLatin1:
      return from_single_octets(octets, encoding == Encoding::kLatin1);
  }
  return {};
}

std::optional<Encoding> encoding_of(std::string_view octets, std::string_view charset) {
  if (charset.empty()) {
    for (const Mark& mark : kMarks) {
      if (octets.starts_with(mark.octets)) {
        return mark.encoding;
      }
    }
    return Encoding::kUtf8;
  }
  for (const EncodingName& known : kNames) {
    if (known.name == charset) {
      return known.encoding;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string charset_of(std::string_view content_type) {
  for (std::string_view part : base::split(content_type, ';')) {
    part = base::trim(part);
    if (part.size() > 8 && base::iequals(part.substr(0, 8), "charset=")) {
      std::string_view name = base::trim(part.substr(8));
      if (name.size() > 2 && name.front() == '"' && name.back() == '"') {
        name = name.substr(1, name.size() - 2);
      }
      return base::to_lower(name);
    }
  }
  return {};
}

std::optional<std::string> response_text(std::string_view octets, std::string_view content_type) {
  const auto encoding = encoding_of(octets, charset_of(content_type));
  if (!encoding) {
    return std::nullopt;  // InvalidOperationException: the character set is invalid
  }
  if (const std::string_view mark = mark_of(*encoding); octets.starts_with(mark)) {
    octets.remove_prefix(mark.size());
  }
  return decode(octets, *encoding);
}

}  // namespace idpwatch::validators
