#include "forecast/claims/asked_service.hpp"

namespace idpwatch::forecast {

validators::Answer AskedService::ask(const Claims& claims, const Signer& signer,
                                     const Lifetime& lifetime, bool explain) {
  if (!fresh_) fresh_.emplace(validator_);
  validators::Simulation service = *fresh_;
  validators::Answer answer = service.request(
      world_,
      {now_, now_, validators::Credentials::synthetic(synthetic_token(claims, signer, lifetime))},
      explain);
  has_configuration_ = service.has_configuration();
  if (has_configuration_) {
    // Later questions go to a process that has fetched already.
    if (!warm_) *fresh_ = service;
    warm_ = true;
  }
  return answer;
}

}  // namespace idpwatch::forecast
