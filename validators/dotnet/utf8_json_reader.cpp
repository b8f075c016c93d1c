#include "validators/dotnet/utf8_json_reader.hpp"

#include "base/text.hpp"
#include "validators/dotnet/json_escapes.hpp"

#include <array>
#include <utility>

namespace idpwatch::validators {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

bool Utf8JsonReader::fail() {
  failed_ = true;
  token_ = Token::kNone;
  return false;
}

bool Utf8JsonReader::read() {
  if (failed_) {
    return false;
  }
  skip_space();
  if (token_ == Token::kNone || token_ == Token::kProperty) {
    return value() || fail();
  }
  if (open_.empty()) {
    return end() ? false : fail();
  }
  const bool object = open_.back();
  if (take(object ? '}' : ']')) {
    open_.pop_back();
    token_ = object ? Token::kEndObject : Token::kEndArray;
    return true;
  }
  if (token_ != Token::kStartObject && token_ != Token::kStartArray) {
    if (!take(',')) {
      return fail();
    }
    skip_space();
  }
  return (object ? property() : value()) || fail();
}

std::string Utf8JsonReader::take_text() {
  if (broken_) {
    fail();
  }
  return failed_ ? std::string() : std::move(value_);
}

void Utf8JsonReader::skip_value() {
  if (token_ != Token::kStartObject && token_ != Token::kStartArray) {
    return;
  }
  const std::size_t depth = open_.size();
  while (open_.size() >= depth && read()) {
  }
}

void Utf8JsonReader::skip_space() {
  while (peek() == ' ' || peek() == '\t' || peek() == '\r' || peek() == '\n') {
    ++at_;
  }
}

bool Utf8JsonReader::take(char c) {
  if (end() || peek() != c) {
    return false;
  }
  ++at_;
  return true;
}

bool Utf8JsonReader::take_digits() {
  const std::size_t before = at_;
  while (is_digit(peek())) {
    ++at_;
  }
  return at_ > before;
}

bool Utf8JsonReader::open(bool object) {
  if (open_.size() >= static_cast<std::size_t>(max_depth_)) {
    return false;
  }
  ++at_;
  open_.push_back(object);
  token_ = object ? Token::kStartObject : Token::kStartArray;
  return true;
}

bool Utf8JsonReader::property() {
  if (peek() != '"' || !string()) {
    return false;
  }
  skip_space();
  token_ = Token::kProperty;
  return take(':');
}

bool Utf8JsonReader::value() {
  switch (peek()) {
    case '{':
      return open(true);
    case '[':
      return open(false);
    case '"':
      token_ = Token::kString;
      return string();
    default:
      return word() || number();
  }
}

bool Utf8JsonReader::word() {
  constexpr std::array<std::pair<std::string_view, Token>, 3> kWords{
      {{"true", Token::kTrue}, {"false", Token::kFalse}, {"null", Token::kNull}}};
  for (const auto& [word, token] : kWords) {
    if (text_.substr(at_, word.size()) == word) {
      at_ += word.size();
      token_ = token;
      return true;
    }
  }
  return false;
}

bool Utf8JsonReader::number() {
  const std::size_t start = at_;
  take('-');
  const std::size_t first = at_;
  const bool zero = peek() == '0';
  if (!take_digits() || (zero && at_ > first + 1) || (take('.') && !take_digits())) {
    return false;
  }
  if (take('e') || take('E')) {
    if (!take('+')) {
      take('-');
    }
    if (!take_digits()) {
      return false;
    }
  }
  token_ = Token::kNumber;
  broken_ = false;
  value_ = text_.substr(start, at_ - start);
  return true;
}

bool Utf8JsonReader::string() {
  ++at_;
  value_.clear();
  broken_ = false;
  while (!end()) {
    const char c = text_[at_++];
    if (c == '"') {
      broken_ = broken_ || !base::is_utf8(value_);
      return true;
    }
    if (static_cast<unsigned char>(c) < 0x20 || (c == '\\' && !escape())) {
      return false;
    }
    if (c != '\\') {
      value_.push_back(c);
    }
  }
  return false;
}

bool Utf8JsonReader::escape() {
  if (take('u')) {
    return read_unicode_escape(text_, at_, value_, broken_);
  }
  const auto simple = end() ? std::nullopt : simple_escape(peek());
  if (simple) {
    ++at_;
    value_.push_back(*simple);
  }
  return simple.has_value();
}

}  // namespace idpwatch::validators
