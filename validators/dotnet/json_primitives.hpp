// JsonSerializerPrimitives of Microsoft.IdentityModel.Tokens 7 and newer, and the readers of
// documents that are built on it. Where the reader is left after each value decides what becomes of
// an odd document, and that changed with 7.4.0. A part of documents.
#pragma once

#include "validators/dotnet/utf8_json_reader.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

class JsonPrimitives {
 public:
  using Token = Utf8JsonReader::Token;
  // `advances` (from 7.4.0 on): each method leaves the reader behind the value that it read.
  JsonPrimitives(std::string_view text, bool advances) : reader(text), advances_(advances) {}

  // IsReaderAtTokenType. `advance`: and goes on if so.
  bool at(Token token, bool advance);
  // Those with `step` read the token behind a name first.
  std::optional<std::string> text(bool step);            // null: nullopt
  bool texts(std::vector<std::string>& out, bool step);  // false: null
  void loose_texts(bool step);  // of lists in discovery documents: what they hold does not matter
  void flag(bool step);
  void flag_text(bool step);  // frontchannel_logout_supported and the like
  std::string name();         // and on to the value
  // ReadPropertyValueAsObject; a string's text.
  std::optional<std::string> anything();

  // Fails the reader; the first id given is that of the exception, IDX10805 where it is no JSON.
  bool refuse(std::string_view id);
  [[nodiscard]] std::string_view error() const { return error_; }

  Utf8JsonReader reader;

 private:
  void advance();
  bool is_null(bool step);
  const bool advances_;
  std::string_view error_ = "IDX10805";
};

}  // namespace idpwatch::validators
