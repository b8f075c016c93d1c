// JsonWebKeySetSerializer and JsonWebKeySerializer of Microsoft.IdentityModel.Tokens 7 and newer.
// What stands between the keys of a set is passed over token by token: an array among them is
// entered, and its end is taken for that of the list.
#include "base/text.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/json_primitives.hpp"
#include "validators/dotnet/json_web_key.hpp"

namespace idpwatch::validators {
namespace {

using Token = Utf8JsonReader::Token;

class KeySetReader {
 public:
  KeySetReader(std::string_view text, const LibraryTraits& traits)
      : traits_(traits), json_(text, traits.reader_advances) {}

  KeyDocument run() {
    read_set();
    if (json_.reader.failed()) {
      return {"IDX10805", {}};
    }
    return std::move(document_);
  }

 private:
  // Up to 7.3 each round of a loop begins with the next token; from 7.4 on a round that found
  // nothing ends with it.
  bool begin_round() {
    return traits_.reader_advances ? !json_.reader.failed() : json_.reader.read();
  }
  bool pass() { return !traits_.reader_advances || json_.reader.read(); }

  void read_set() {
    if (!json_.at(Token::kStartObject, traits_.reader_advances)) {
      json_.reader.fail();
    }
    while (begin_round()) {
      if (json_.reader.at(Token::kProperty)) {
        read_set_member();
      } else if (json_.at(Token::kEndObject, true) || !pass()) {
        break;
      }
    }
  }

  void read_set_member() {
    const bool keys = base::iequals(json_.name(), "keys");
    if (keys) {
      read_keys();
    } else {
      json_.anything();
    }
  }

  void read_keys() {
    if (!json_.at(Token::kStartArray, traits_.reader_advances)) {
      json_.reader.fail();
    }
    while (begin_round()) {
      if (json_.reader.at(Token::kStartObject)) {
        read_key();
      } else if (json_.at(Token::kEndArray, traits_.reader_advances) || !pass()) {
        break;
      }
    }
  }

  void read_key() {
    JsonWebKey key;
    json_.at(Token::kStartObject, traits_.reader_advances);
    while (begin_round()) {
      if (json_.reader.at(Token::kProperty)) {
        read_key_member(key);
      } else if (json_.at(Token::kEndObject, traits_.reader_advances) || !pass()) {
        break;
      }
    }
    add_signing_keys(key, traits_, document_.keys);
  }

  void read_key_member(JsonWebKey& key) {
    const std::string name = json_.name();
    if (const auto text = JsonWebKey::text_member(name)) {
      key.*text = json_.text(false).value_or(std::string());
    } else if (const auto list = JsonWebKey::list_member(name)) {
      if (!json_.texts(key.*list, false) && list == &JsonWebKey::key_ops) {
        json_.reader.fail();  // ArgumentNullException, for key_ops alone
      }
    } else if (!base::iequals(name, "keys")) {  // a name that is known and then not read
      if (const auto additional = json_.anything()) {
        key.add_additional(name, *additional);
      }
    }
  }

  const LibraryTraits& traits_;
  JsonPrimitives json_;
  KeyDocument document_;
};

}  // namespace

KeyDocument read_json_web_key_set(std::string_view text, const LibraryTraits& traits) {
  return KeySetReader(text, traits).run();
}

}  // namespace idpwatch::validators
