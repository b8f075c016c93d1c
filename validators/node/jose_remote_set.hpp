// createRemoteJWKSet: the key set of one address, kept for a while. A value.
#pragma once

#include "validators/core/turn.hpp"
#include "validators/node/jose_keys.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::validators {

struct RemoteSetOptions {
  base::Duration timeout = base::seconds(5);
  base::Duration cooldown = base::seconds(30);
  base::Duration max_age = base::minutes(10);
};

class RemoteJoseSet {
 public:
  // The key for a token of that header, fetching where it has to; or what is thrown.
  JoseChoice key(Turn& turn, const std::string& url, const std::string& alg, const JoseMember& kid,
                 const RemoteSetOptions& options, const JoseTraits& traits);

  [[nodiscard]] const JoseKeySet* held() const { return set_.get(); }
  [[nodiscard]] base::Instant fetched_at() const { return fetched_at_; }

 private:
  std::optional<JoseError> reload(Turn& turn, const std::string& url,
                                  const RemoteSetOptions& options, const JoseTraits& traits);
  [[nodiscard]] bool younger_than(base::Duration age, base::Instant now) const;

  std::shared_ptr<const JoseKeySet> set_;  // null: none yet
  base::Instant fetched_at_ = base::Instant::min();
};

}  // namespace idpwatch::validators
