// What tokens of an authority are called: their issuer, whose tokens they are, and whether another
// issuer is another authority. By what is told of callers, what the document says, and the names.
// Pure; borrows.
#pragma once

#include "forecast/history/key_set_history.hpp"
#include "forecast/view.hpp"
#include "model/authority_family.hpp"

#include <string>

namespace idpwatch::forecast {

class TokenNames {
 public:
  // `published`: null when no key set ever came; the document may be known all the same.
  TokenNames(const DeploymentView& view, const validators::World& healthy,
             const KeySetVersion* published, base::Instant now);

  [[nodiscard]] model::AuthorityFamily family() const { return family_; }
  [[nodiscard]] bool is_entra() const;
  // Of the document, and of access tokens.
  [[nodiscard]] const std::string& document_issuer() const { return document_issuer_; }
  [[nodiscard]] std::string token_issuer() const;
  // The issuer of the tenant's tokens of the other version; empty: there is none.
  [[nodiscard]] std::string other_version(const std::string& issuer) const;
  // Whether tokens of that issuer are signed with other keys than the document's authority has, as
  // far as it is known: by the keys that are watched, else by the names.
  [[nodiscard]] bool has_other_keys(const std::string& issuer) const;
  // The same authority, asked under one address and issuing under another.
  [[nodiscard]] bool names_another_host(const std::string& issuer) const;

 private:
  const DeploymentView& view_;
  const model::ValidatorSettings& settings_;
  const KeySetVersion* published_;
  std::string document_issuer_;
  model::AuthorityFamily family_ = model::AuthorityFamily::kOther;
};

}  // namespace idpwatch::forecast
