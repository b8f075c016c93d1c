#include "validators/node/javascript.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace idpwatch::validators {
namespace {

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr int kNoLetter = -1;

int value_of(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : kNoLetter;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r'; }

// Six bits a letter; what does not fill an octet at the end is dropped.
class Octets {
 public:
  void add(int letter) {
    bits_ = (bits_ << 6U) | static_cast<unsigned>(letter);
    count_ += 6;
    if (count_ < 8) return;
    count_ -= 8;
    text_ += static_cast<char>((bits_ >> count_) & 0xFFU);
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  unsigned bits_ = 0;
  unsigned count_ = 0;
  std::string text_;
};

std::string_view without_mark(std::string_view octets) {
  return octets.starts_with(kMark) ? octets.substr(kMark.size()) : octets;
}

}  // namespace

std::optional<JsonNode> parse_javascript_json(std::string_view text) {
  return parse_dotnet_json(text, {});
}

std::string buffer_from_base64(std::string_view text) {
  Octets octets;
  for (const char c : text) {
    if (const int letter = value_of(c); letter != kNoLetter) octets.add(letter);
  }
  return octets.take();
}

std::optional<std::string> atob_base64url(std::string_view text) {
  std::string letters;
  std::copy_if(text.begin(), text.end(), std::back_inserter(letters),
               [](char c) { return !is_space(c); });
  if (letters.size() % 4 == 0) {
    for (int i = 0; i < 2 && letters.ends_with('='); ++i) letters.pop_back();
  }
  if (letters.size() % 4 == 1) return std::nullopt;
  Octets octets;
  for (const char c : letters) {
    if (value_of(c) == kNoLetter || c == '+' || c == '/') return std::nullopt;
    octets.add(value_of(c));
  }
  return octets.take();
}

std::string decoded_utf8(std::string_view octets) {
  return base::repair_utf8(without_mark(octets));
}

std::optional<std::string> strictly_decoded_utf8(std::string_view octets) {
  octets = without_mark(octets);
  return base::is_utf8(octets) ? std::optional(std::string(octets)) : std::nullopt;
}

}  // namespace idpwatch::validators
