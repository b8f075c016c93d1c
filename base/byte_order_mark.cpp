// decode_by_mark of located_json.hpp: what a StreamReader of .NET does with the first bytes.
#include "base/located_json.hpp"

#include <cstdint>
#include <optional>

namespace idpwatch::base {

namespace {

constexpr std::string_view kUtf8Mark = "\xEF\xBB\xBF";
constexpr std::string_view kUtf16LittleMark = "\xFF\xFE";
constexpr std::string_view kUtf16BigMark = "\xFE\xFF";
constexpr char32_t kReplacement = 0xFFFD;

void append_utf8(std::string& out, char32_t code) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((code >> shift) & 0x3FU));
  };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

class Utf16Reader {
 public:
  Utf16Reader(std::string_view bytes, bool big) : bytes_(bytes), big_(big) {}

  // One code point; U+FFFD for a lone surrogate or a dangling byte, nullopt at the end.
  std::optional<char32_t> next() {
    const std::optional<char32_t> first = unit();
    if (!first || *first < 0xD800 || *first > 0xDFFF) return first;
    if (*first > 0xDBFF) return kReplacement;
    const std::size_t before = at_;
    const std::optional<char32_t> second = unit();
    if (!second || *second < 0xDC00 || *second > 0xDFFF) {
      at_ = before;
      return kReplacement;
    }
    return 0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00);
  }

 private:
  std::optional<char32_t> unit() {
    if (at_ >= bytes_.size()) return std::nullopt;
    if (at_ + 1 == bytes_.size()) {
      ++at_;
      return kReplacement;
    }
    const auto a = static_cast<unsigned char>(bytes_[at_]);
    const auto b = static_cast<unsigned char>(bytes_[at_ + 1]);
    at_ += 2;
    return big_ ? (a * 0x100U + b) : (b * 0x100U + a);
  }

  std::string_view bytes_;
  bool big_;
  std::size_t at_ = 0;
};

}  // namespace

std::string decode_by_mark(std::string_view bytes) {
  if (bytes.starts_with(kUtf8Mark)) return std::string(bytes.substr(kUtf8Mark.size()));
  const bool little = bytes.starts_with(kUtf16LittleMark);
  if (!little && !bytes.starts_with(kUtf16BigMark)) return std::string(bytes);
  Utf16Reader reader(bytes.substr(kUtf16BigMark.size()), !little);
  std::string out;
  out.reserve(bytes.size());
  while (const std::optional<char32_t> code = reader.next()) append_utf8(out, *code);
  return out;
}

}  // namespace idpwatch::base
