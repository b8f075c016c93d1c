#include "validators/core/simulation.hpp"

#include "base/text.hpp"
#include "model/field_text.hpp"
#include "validators/core/profile.hpp"
#include "validators/core/profiles.hpp"

namespace idpwatch::validators {

Credentials Credentials::header(std::string authorization) {
  Credentials made;
  made.authorization_ = std::move(authorization);
  return made;
}

Credentials Credentials::synthetic(std::shared_ptr<const TokenView> token) {
  Credentials made;
  made.token_ = std::move(token);
  return made;
}

base::Result<std::shared_ptr<const Validator>> Validator::compile(
    const model::ValidatorSettings& settings, std::shared_ptr<DocumentStore> store) {
  const Profile* profile = find_profile(settings.profile);
  if (profile == nullptr) {
    return base::fail(
        base::ErrorKind::kInput,
        "no simulated validator for profile '" + base::printable(settings.profile) + "'",
        "`idpwatch profiles` lists the known ones");
  }
  auto compiled = profile->compile(settings);
  if (!compiled) {
    return base::fail(compiled.error());
  }
  auto validator = std::make_shared<Validator>();
  validator->profile_ = settings.profile;
  validator->version_ = compiled->version;
  validator->variant_ = settings.variant;
  validator->settings_digest_ = model::digest_but_audience(settings);
  validator->notes_ = std::move(compiled->notes);
  validator->values_ = std::move(compiled->values);
  validator->rules_ = std::move(compiled->rules);
  validator->store_ = store ? std::move(store) : std::make_shared<DocumentStore>();
  return std::shared_ptr<const Validator>(std::move(validator));
}

std::shared_ptr<const Validator> Validator::asking(std::string key_set_url) const {
  auto made = std::make_shared<Validator>(*this);
  made->values_.addresses.keys = std::move(key_set_url);
  return made;
}

Simulation::Simulation(std::shared_ptr<const Validator> validator, Draws draws,
                       const SignatureOracle& oracle)
    : validator_(std::move(validator)),
      state_(validator_->rules_->start(validator_->addresses())),
      draws_(draws),
      oracle_(&oracle) {}

Simulation::Simulation(const Simulation& other)
    : validator_(other.validator_),
      state_(other.state_->clone()),
      draws_(other.draws_),
      oracle_(other.oracle_) {}

Simulation& Simulation::operator=(const Simulation& other) {
  if (this != &other) {
    *this = Simulation(other);
  }
  return *this;
}

Simulation::Simulation(Simulation&&) noexcept = default;
Simulation& Simulation::operator=(Simulation&&) noexcept = default;
Simulation::~Simulation() = default;

Answer Simulation::request(const World& world, const Request& request, bool explain) {
  validator_->store_->count_request();
  Turn turn{world, *validator_->store_, *oracle_, request.at, request.local, draws_, {}};
  return state_->answer(turn, request.credentials, explain);
}

bool Simulation::has_configuration() const { return state_->has_keys(); }

std::vector<std::string> Simulation::key_thumbprints() const { return state_->key_thumbprints(); }

base::Instant Simulation::refresh_due_at() const { return state_->refresh_due_at(); }

base::Instant Simulation::forced_refresh_allowed_at() const {
  return state_->forced_refresh_allowed_at();
}

}  // namespace idpwatch::validators
