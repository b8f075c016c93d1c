// A service that has just fetched the authority's newest good answers, and is asked token by token.
// Pure; borrows the world.
#pragma once

#include "forecast/claims/synthetic_token.hpp"
#include "validators/core/simulation.hpp"

#include <memory>
#include <optional>

namespace idpwatch::forecast {

class AskedService {
 public:
  AskedService(std::shared_ptr<const validators::Validator> validator,
               const validators::World& world, base::Instant now)
      : validator_(std::move(validator)), world_(world), now_(now) {}

  validators::Answer ask(const Claims& claims, const Signer& signer, const Lifetime& lifetime,
                         bool explain);
  // By the last question.
  [[nodiscard]] bool has_configuration() const { return has_configuration_; }

 private:
  std::shared_ptr<const validators::Validator> validator_;
  const validators::World& world_;
  base::Instant now_;
  std::optional<validators::Simulation> fresh_;
  bool warm_ = false, has_configuration_ = false;
};

}  // namespace idpwatch::forecast
