#include "validators/dotnet/newtonsoft_json.hpp"

#include "validators/dotnet/dotnet_text.hpp"
#include "validators/dotnet/json_escapes.hpp"

#include <algorithm>

namespace idpwatch::validators {
namespace {

// No library builds a tree this deep from a token or document of allowed size that we would want.
constexpr int kHardDepth = 512;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// JsonTextReader.ParseNumber: what begins with 0 and goes on is octal or hexadecimal.
bool is_number(std::string_view text) {
  const bool other_base =
      text.size() > 1 && text[0] == '0' && text[1] != '.' && text[1] != 'e' && text[1] != 'E';
  if (!other_base) {
    return parse_dotnet_double(text).has_value() && text.find(',') == std::string_view::npos;
  }
  const bool hex = text[1] == 'x' || text[1] == 'X';
  const std::string_view digits = hex ? text.substr(2) : text;
  return !digits.empty() && std::all_of(digits.begin(), digits.end(), [hex](char c) {
    return hex ? is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
               : c >= '0' && c <= '7';
  });
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

  // White space (Unicode's), NULs and comments. False for a comment that never ends.
  bool skip() {
    while (!end()) {
      if (const std::size_t white = peek() == '\0' ? 1 : white_space_at(text_, at_); white > 0) {
        at_ += white;
      } else if (peek() != '/') {
        return true;
      } else if (!comment()) {
        return false;
      }
    }
    return true;
  }

  bool comment() {
    if (take_word("//")) {
      at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
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
      case '\'':
        out.kind = JsonNode::Kind::kString;
        return string(out.text);
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
    if (take_word("null") || take_word("undefined")) {
      out.kind = JsonNode::Kind::kNull;
      return true;
    }
    for (const std::string_view name : {"NaN", "Infinity", "-Infinity"}) {
      if (take_word(name)) {
        out.kind = JsonNode::Kind::kNumber;
        out.text = name;
        return true;
      }
    }
    return false;
  }

  bool number(JsonNode& out) {
    const std::size_t start = at_;
    if (!is_digit(peek()) && peek() != '-' && peek() != '.') {
      return false;
    }
    at_ = std::min(text_.find_first_not_of("+-.0123456789abcdefABCDEFxX", at_), text_.size());
    out.kind = JsonNode::Kind::kNumber;
    out.text = text_.substr(start, at_ - start);
    return is_number(out.text);
  }

  bool string(std::string& out) {
    const char quote = text_[at_++];
    while (!end()) {
      const char c = text_[at_++];
      if (c == quote) {
        return true;
      }
      if (c != '\\') {
        out.push_back(c);
      } else if (!escape(out)) {
        return false;
      }
    }
    return false;
  }

  bool escape(std::string& out) {
    if (take('u')) {
      bool half = false;  // kept
      return read_unicode_escape(text_, at_, out, half);
    }
    const auto letter = peek() == '\'' ? std::optional('\'') : simple_escape(peek());
    if (end() || !letter) {
      return false;
    }
    ++at_;
    out.push_back(*letter);
    return true;
  }

  bool name(std::string& out) {
    if (peek() == '"' || peek() == '\'') {
      return string(out);
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
      if (!out.items.empty() && take(']')) {
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
      if (!out.members.empty() && take('}')) {
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

std::optional<JsonNode> parse_newtonsoft(std::string_view text, const JsonDialect& dialect) {
  return Parser(text, dialect).run();
}

}  // namespace idpwatch::validators
