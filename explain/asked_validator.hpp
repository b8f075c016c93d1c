// One validator that has just started and fetched what its authority serves, asked with the token
// as it is, and with tokens that differ from an acceptable one in a single aspect. So each check is
// judged by the very library that makes it, also behind the first one that fails.
//
// The second kind of token is signed by keys of our own, which are added to what is served. Pure.
#pragma once

#include "explain/known_authority.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/authority_history.hpp"
#include "forecast/history/observed_world.hpp"
#include "model/token.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::explain {

enum class Aspect { kAlgorithm, kKey, kType, kIssuer, kAudience, kLifetime, kScope };

class AskedValidator {
 public:
  // `authority`: null when it has none that is known. Borrows all.
  AskedValidator(const model::ValidatorSettings& settings,
                 std::shared_ptr<const validators::Validator> validator,
                 const KnownAuthority* authority, base::Instant now);

  // The whole header, as a request brings it.
  [[nodiscard]] validators::Answer request(const std::string& authorization) const;

  // False: no token is known that it accepts, so that nothing can be asked about one aspect.
  [[nodiscard]] bool has_acceptable() const { return acceptable_.has_value(); }
  // Neither its document nor its keys are known, and the deployed file names no issuer: which one
  // it takes is not known either. All else is judged by the file.
  [[nodiscard]] bool issuer_unknown() const { return issuer_unknown_; }
  // An acceptable token, but for this aspect, which is the token's own.
  [[nodiscard]] validators::Answer with(Aspect aspect, const validators::TokenView& own) const;
  // In the order in which it checks them; those that it does not check are not among them. Some
  // libraries look at the claims first where the key is unknown, and not where a known one does not
  // fit.
  [[nodiscard]] std::vector<Aspect> order(bool key_known) const;

 private:
  [[nodiscard]] validators::Answer ask(validators::TokenView token) const;
  [[nodiscard]] validators::TokenView acceptable() const;
  [[nodiscard]] forecast::Signer signer_for(const std::string& algorithm) const;
  void find_acceptable(const model::ValidatorSettings& settings, const KnownAuthority* authority);
  // In place of what could not be fetched, for all questions but the one about the key.
  void serve_stand_ins(const model::ValidatorSettings& settings,
                       const validators::Addresses& addresses, const KnownAuthority* authority,
                       base::Instant now);

  std::shared_ptr<const validators::Validator> validator_;
  base::Instant now_;
  forecast::AuthorityHistory served_, with_our_keys_;
  std::optional<forecast::ObservedWorld> world_, our_world_;
  bool pinned_ = false, issuer_unknown_ = false;
  std::optional<forecast::Signer> signer_;
  std::optional<forecast::Claims> acceptable_;
};

}  // namespace idpwatch::explain
