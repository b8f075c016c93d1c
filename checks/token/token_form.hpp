// What kind of thing a token is, before any key is asked for: a signed JWT, an encrypted one, one
// that was damaged on its way, or a text that only its issuer can read. Pure.
#pragma once

#include "base/json.hpp"
#include "model/token.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

enum class TokenKind { kJws, kJwe, kOpaque, kDamaged };
std::string_view to_text(TokenKind kind);  // "jws"

struct TokenForm {
  TokenKind kind = TokenKind::kOpaque;
  // kOpaque: what it looks like; kDamaged: what happened to it. A clause for a person.
  std::string about;
  // What is odd about a token that can be read all the same; sentences.
  std::vector<std::string> oddities;
  std::shared_ptr<const base::Json> header, claims;  // null: there is none
  std::optional<model::Token> token;                 // of a kJws; of a kJwe its header alone
  bool removed_by_google = false;                    // its third part says so in words

  [[nodiscard]] bool readable() const { return kind == TokenKind::kJws; }
  // The member as text; empty when it is absent or no text.
  [[nodiscard]] std::string header_text(const char* name) const;
  [[nodiscard]] std::string claim_text(const char* name) const;
  [[nodiscard]] bool has_claim(const char* name) const;
};

TokenForm read_token_form(std::string_view token);

}  // namespace idpwatch::checks
