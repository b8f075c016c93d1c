#include "validators/dotnet_json.hpp"

#include "base/text.hpp"

#include <cstdint>

namespace idpwatch::validators {
namespace {

// No library builds a tree this deep from a token or document of allowed size that we would want.
constexpr int kHardDepth = 512;

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$';
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xC0 | (point >> 6));
    put(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    put(0xE0 | (point >> 12));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  } else {
    put(0xF0 | (point >> 18));
    put(0x80 | ((point >> 12) & 0x3F));
    put(0x80 | ((point >> 6) & 0x3F));
    put(0x80 | (point & 0x3F));
  }
}

class Parser {
 public:
  Parser(std::string_view text, const JsonDialect& dialect) : text_(text), dialect_(dialect) {}

  std::optional<JsonNode> run() {
    JsonNode root;
    if (!skip() || !value(root, 1)) {
      return std::nullopt;
    }
    if (!dialect_.ignore_trailing && (!skip() || at_ < text_.size())) {
      return std::nullopt;
    }
    return root;
  }

 private:
  [[nodiscard]] bool end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return end() ? '\0' : text_[at_]; }
  bool take(char c) {
    if (peek() != c || end()) {
      return false;
    }
    ++at_;
    return true;
  }
  bool take_word(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) {
      return false;
    }
    at_ += word.size();
    return true;
  }

  // White space, and comments where the dialect has them. False for a comment that never ends.
  bool skip() {
    while (!end()) {
      if (is_space(peek())) {
        ++at_;
      } else if (dialect_.lenient && peek() == '/') {
        if (!comment()) {
          return false;
        }
      } else {
        break;
      }
    }
    return true;
  }

  bool comment() {
    if (take_word("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return true;
    }
    if (!take_word("/*")) {
      return false;
    }
    const std::size_t close = text_.find("*/", at_);
    if (close == std::string_view::npos) {
      return false;
    }
    at_ = close + 2;
    return true;
  }

  // NOLINTNEXTLINE(misc-no-recursion): deep_enough() bounds the depth.
  bool value(JsonNode& out, int depth) {
    switch (peek()) {
      case '{':
        return deep_enough(depth) && object(out, depth);
      case '[':
        return deep_enough(depth) && array(out, depth);
      case '"':
        out.kind = JsonNode::Kind::kString;
        return string(out.text, '"');
      case '\'':
        out.kind = JsonNode::Kind::kString;
        return dialect_.lenient && string(out.text, '\'');
      default:
        return word(out) || number(out);
    }
  }

  [[nodiscard]] bool deep_enough(int depth) const {
    return depth <= std::min(dialect_.max_depth, kHardDepth);
  }

  bool word(JsonNode& out) {
    if (take_word("true") || take_word("false")) {
      out.kind = JsonNode::Kind::kBool;
      out.flag = text_[at_ - 2] == 'u';
      return true;
    }
    if (take_word("null") || (dialect_.lenient && take_word("undefined"))) {
      out.kind = JsonNode::Kind::kNull;
      return true;
    }
    for (const std::string_view name : {"NaN", "Infinity", "-Infinity"}) {
      if (dialect_.lenient && take_word(name)) {
        out.kind = JsonNode::Kind::kNumber;
        out.text = name;
        return true;
      }
    }
    return false;
  }

  bool digits() {
    const std::size_t before = at_;
    while (is_digit(peek())) {
      ++at_;
    }
    return at_ > before;
  }

  bool number(JsonNode& out) {
    const std::size_t start = at_;
    take('-');
    const bool zero = peek() == '0';
    const std::size_t first = at_;
    if (!digits() || (zero && at_ > first + 1 && !dialect_.lenient)) {
      return false;
    }
    if (take('.') && !digits()) {
      return false;
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (!take('+')) {
        take('-');
      }
      if (!digits()) {
        return false;
      }
    }
    out.kind = JsonNode::Kind::kNumber;
    out.text = text_.substr(start, at_ - start);
    return true;
  }

  bool string(std::string& out, char quote) {
    ++at_;
    while (!end()) {
      const char c = text_[at_++];
      if (c == quote) {
        return dialect_.lenient || base::is_utf8(out);
      }
      if (c == '\\') {
        if (!escape(out)) {
          return false;
        }
      } else if (static_cast<unsigned char>(c) < 0x20 && !dialect_.lenient) {
        return false;
      } else {
        out.push_back(c);
      }
    }
    return false;
  }

  bool escape(std::string& out) {
    constexpr std::string_view kFrom = "\"\\/bfnrt";
    constexpr std::string_view kTo = "\"\\/\b\f\n\r\t";
    if (end()) {
      return false;
    }
    const char c = text_[at_++];
    if (c == 'u') {
      return unicode_escape(out);
    }
    const std::size_t known = kFrom.find(c);
    if (known != std::string_view::npos) {
      out.push_back(kTo[known]);
      return true;
    }
    if (dialect_.lenient && c == '\'') {
      out.push_back(c);
      return true;
    }
    return false;
  }

  std::optional<std::uint32_t> hex4() {
    if (at_ + 4 > text_.size()) {
      return std::nullopt;
    }
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[at_++];
      const int digit = is_digit(c)              ? c - '0'
                        : (c >= 'a' && c <= 'f') ? c - 'a' + 10
                        : (c >= 'A' && c <= 'F') ? c - 'A' + 10
                                                 : -1;
      if (digit < 0) {
        return std::nullopt;
      }
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  bool unicode_escape(std::string& out) {
    const auto first = hex4();
    if (!first) {
      return false;
    }
    if (*first < 0xD800 || *first > 0xDFFF) {
      append_utf8(out, *first);
      return true;
    }
    const std::size_t before = at_;
    if (*first < 0xDC00 && take('\\') && take('u')) {
      const auto second = hex4();
      if (second && *second >= 0xDC00 && *second <= 0xDFFF) {
        append_utf8(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
        return true;
      }
    }
    // Half of a pair: Newtonsoft keeps it, Utf8JsonReader.GetString throws.
    at_ = before;
    append_utf8(out, 0xFFFD);
    return dialect_.lenient;
  }

  bool name(std::string& out) {
    if (peek() == '"') {
      return string(out, '"');
    }
    if (!dialect_.lenient) {
      return false;
    }
    if (peek() == '\'') {
      return string(out, '\'');
    }
    while (is_name_char(peek())) {
      out.push_back(text_[at_++]);
    }
    return !out.empty();
  }

  // NOLINTNEXTLINE(misc-no-recursion): deep_enough() bounds the depth.
  bool array(JsonNode& out, int depth) {
    out.kind = JsonNode::Kind::kArray;
    ++at_;
    if (!skip()) {
      return false;
    }
    while (!take(']')) {
      if (!out.items.empty() && (!take(',') || !skip())) {
        return false;
      }
      if (!out.items.empty() && dialect_.lenient && take(']')) {
        return true;
      }
      if (!value(out.items.emplace_back(), depth + 1) || !skip()) {
        return false;
      }
    }
    return true;
  }

  // NOLINTNEXTLINE(misc-no-recursion): deep_enough() bounds the depth.
  bool object(JsonNode& out, int depth) {
    out.kind = JsonNode::Kind::kObject;
    ++at_;
    if (!skip()) {
      return false;
    }
    while (!take('}')) {
      if (!out.members.empty() && (!take(',') || !skip())) {
        return false;
      }
      if (!out.members.empty() && dialect_.lenient && take('}')) {
        return true;
      }
      JsonMember& member = out.members.emplace_back();
      if (!name(member.name) || !skip() || !take(':') || !skip() ||
          !value(member.value, depth + 1) || !skip()) {
        return false;
      }
    }
    return true;
  }

  std::string_view text_;
  const JsonDialect& dialect_;
  std::size_t at_ = 0;
};

}  // namespace

const JsonNode* JsonNode::find(std::string_view name) const {
  for (auto member = members.rbegin(); member != members.rend(); ++member) {
    if (member->name == name) {
      return &member->value;
    }
  }
  return nullptr;
}

std::optional<JsonNode> parse_dotnet_json(std::string_view text, const JsonDialect& dialect) {
  return Parser(text, dialect).run();
}

}  // namespace idpwatch::validators
