// The discovery document as express-oauth2-jwt-bearer keeps it: fetched again after a while, and
// yet issuer and jwks_uri are those of the first one. A value.
#pragma once

#include "validators/core/turn.hpp"
#include "validators/node/jose_traits.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::validators {

class ExpressDiscovery {
 public:
  // What is thrown where neither that document nor the one of RFC 8414 can be had. `keeps_lists`:
  // what it says of algorithms is kept from the first one, too (up to 1.7).
  std::optional<JoseError> refresh(Turn& turn, const std::string& url, base::Duration age,
                                   bool keeps_lists);
  // It waits for an answer that never comes, and every later request with it: nothing limits that.
  [[nodiscard]] bool hangs() const { return hangs_; }

  [[nodiscard]] const std::string& issuer() const { return held_->issuer; }
  [[nodiscard]] const std::string& jwks_uri() const { return held_ ? held_->jwks_uri : none_; }
  // id_token_signing_alg_values_supported; empty: it says nothing.
  [[nodiscard]] const std::vector<std::string>& algorithms() const {
    return held_ ? held_->algorithms : no_list_;
  }

 private:
  struct Document {
    std::string issuer, jwks_uri;
    std::vector<std::string> algorithms;
  };
  std::shared_ptr<const Document> fetch(Turn& turn, const std::string& url);

  std::shared_ptr<const Document> held_ = nullptr;
  base::Instant fetched_at_ = base::Instant::min();
  bool hangs_ = false;
  std::string none_;
  std::vector<std::string> no_list_;
};

}  // namespace idpwatch::validators
