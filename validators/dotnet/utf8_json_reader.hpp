// Utf8JsonReader of System.Text.Json: one token after the other. What a hand-written reader makes
// of an odd document follows from where this one stands, so the tokens are kept apart from the
// tree.
//
// Strict JSON (RFC 8259) without comments or trailing commas; no deeper than 64. A text that cannot
// be decoded (half a surrogate pair, no UTF-8) only fails when it is asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

class Utf8JsonReader {
 public:
  enum class Token {
    kNone,
    kStartObject,
    kEndObject,
    kStartArray,
    kEndArray,
    kProperty,
    kString,
    kNumber,
    kTrue,
    kFalse,
    kNull
  };
  explicit Utf8JsonReader(std::string_view text, int max_depth = 64)
      : text_(text), max_depth_(max_depth) {}

  // The next token. False at the end, and for ever after the text proved to be no JSON.
  bool read();
  [[nodiscard]] bool failed() const { return failed_; }
  // What the caller of .NET's reader meets as an exception.
  bool fail();

  [[nodiscard]] Token token() const { return token_; }
  [[nodiscard]] bool at(Token token) const { return !failed_ && token_ == token; }
  // Of a property, string or number (its literal). Fails the reader where the text is broken.
  std::string take_text();
  [[nodiscard]] const std::string& text() const { return value_; }
  // To the last token of the value whose first one this is (JsonElement.TryParseValue). Texts in it
  // are not decoded.
  void skip_value();

 private:
  [[nodiscard]] bool end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return end() ? '\0' : text_[at_]; }
  void skip_space();
  bool take(char c);
  bool take_digits();
  bool open(bool object);
  bool property();
  bool value();
  bool word();
  bool number();
  bool string();
  bool escape();

  std::string_view text_;
  int max_depth_;
  std::size_t at_ = 0;
  std::vector<bool> open_;  // true: an object
  Token token_ = Token::kNone;
  std::string value_;
  bool broken_ = false;
  bool failed_ = false;
};

}  // namespace idpwatch::validators
