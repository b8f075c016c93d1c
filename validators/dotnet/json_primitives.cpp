#include "validators/dotnet/json_primitives.hpp"

#include "base/text.hpp"

namespace idpwatch::validators {

bool JsonPrimitives::refuse(std::string_view id) {
  if (!reader.failed()) {
    error_ = id;
  }
  return reader.fail();
}

void JsonPrimitives::advance() {
  if (advances_) {
    reader.read();
  }
}

bool JsonPrimitives::at(Token token, bool advance) {
  if (reader.token() == Token::kNone) {
    reader.read();
  }
  if (!reader.at(token)) {
    return false;
  }
  if (advance) {
    reader.read();
  }
  return true;
}

bool JsonPrimitives::is_null(bool step) {
  if (step) {
    reader.read();
  }
  if (!reader.at(Token::kNull)) {
    return false;
  }
  advance();
  return true;
}

std::optional<std::string> JsonPrimitives::text(bool step) {
  if (is_null(step)) {
    return std::nullopt;
  }
  if (!reader.at(Token::kString)) {
    refuse(advances_ ? "IDX11022" : "IDX11020");
    return std::nullopt;
  }
  std::string text = reader.take_text();
  advance();
  return text;
}

bool JsonPrimitives::texts(std::vector<std::string>& out, bool step) {
  if (is_null(step)) {
    return false;
  }
  if (!reader.at(Token::kStartArray)) {
    return refuse("IDX11022");
  }
  reader.read();
  while (!reader.failed() && !reader.at(Token::kEndArray)) {
    out.push_back(text(false).value_or(std::string()));
    if (!advances_) {
      reader.read();
    }
  }
  advance();
  return true;
}

void JsonPrimitives::loose_texts(bool step) {
  if (!advances_) {
    std::vector<std::string> unused;
    texts(unused, step);
    return;
  }
  if (is_null(step)) {
    return;
  }
  if (!at(Token::kStartArray, true)) {
    refuse("IDX11022");
  }
  // Whatever is no string is passed over, and the first end of an array is taken for that of this
  // one.
  while (!reader.failed() && !at(Token::kEndArray, true)) {
    if (reader.at(Token::kString)) {
      reader.take_text();
    }
    if (!reader.read()) {
      break;
    }
  }
}

void JsonPrimitives::flag(bool step) {
  if (step) {
    reader.read();
  }
  if (!reader.at(Token::kTrue) && !reader.at(Token::kFalse)) {
    refuse("IDX11020");
  }
  advance();
}

void JsonPrimitives::flag_text(bool step) {
  if (step) {
    reader.read();
  }
  if (reader.at(Token::kTrue) || reader.at(Token::kFalse)) {
    return;
  }
  if (!advances_) {
    text(false);
    return;
  }
  // ReadStringAsBool: bool.TryParse.
  const bool string = reader.at(Token::kString);
  const std::string text(base::trim(reader.take_text()));
  if (!string || (!base::iequals(text, "true") && !base::iequals(text, "false"))) {
    refuse("IDX11020");
  }
  reader.read();
}

std::string JsonPrimitives::name() {
  std::string name = reader.take_text();
  reader.read();
  return name;
}

std::optional<std::string> JsonPrimitives::anything() {
  std::optional<std::string> text;
  if (reader.at(Token::kString)) {
    text = reader.take_text();
  } else {
    reader.skip_value();
  }
  advance();
  return text;
}

}  // namespace idpwatch::validators
