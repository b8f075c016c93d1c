#include "validators/core/simulation.hpp"

#include "base/text.hpp"
#include "validators/core/profile.hpp"
#include "validators/core/profiles.hpp"
#include "validators/dotnet/aspnet.hpp"

#include <algorithm>

namespace idpwatch::validators {

Credentials Credentials::header(std::string authorization) {
  Credentials made;
  made.authorization_ = std::move(authorization);
  return made;
}

Credentials Credentials::imagined(std::shared_ptr<const TokenView> token) {
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
  validator->notes_ = std::move(compiled->notes);
  validator->rules_ = std::move(compiled->rules);
  validator->store_ = store ? std::move(store) : std::make_shared<DocumentStore>();
  return std::shared_ptr<const Validator>(std::move(validator));
}

std::vector<std::string> Validator::metadata_urls() const {
  const ManagerRules* cache = rules_->cache_rules();
  return cache == nullptr ? std::vector<std::string>()
                          : std::vector<std::string>{cache->metadata_address};
}

base::Duration Validator::clock_skew() const { return rules_->clock_skew(); }

base::Duration Validator::refresh_after() const {
  const ManagerRules* cache = rules_->cache_rules();
  return cache == nullptr ? base::Duration(0) : cache->automatic;
}

base::Duration Validator::refresh_after_most() const {
  const ManagerRules* cache = rules_->cache_rules();
  if (cache == nullptr) {
    return base::Duration(0);
  }
  switch (cache->policy.jitter) {
    case CachePolicy::Jitter::kNone:
      break;
    case CachePolicy::Jitter::kOnceMinutes:
    case CachePolicy::Jitter::kEachMinutes:
      return cache->automatic + base::minutes(59);
    case CachePolicy::Jitter::kEachTwentieth: {
      // Random.Next(bound): whole seconds, below the bound.
      const auto bound = std::chrono::floor<base::seconds>(cache->automatic) / 20;
      return cache->automatic + std::max(bound - base::seconds(1), base::seconds(0));
    }
  }
  return cache->automatic;
}

base::Duration Validator::forced_refresh_gap() const {
  const ManagerRules* cache = rules_->cache_rules();
  return cache == nullptr ? base::Duration(0) : cache->refresh;
}

base::Duration Validator::last_known_good() const {
  const ManagerRules* cache = rules_->cache_rules();
  return cache != nullptr && cache->use_last_known_good ? cache->last_known_good
                                                        : base::Duration(0);
}

base::Duration Validator::fetch_timeout() const {
  const ManagerRules* cache = rules_->cache_rules();
  return cache == nullptr ? base::Duration(0) : cache->retriever.timeout;
}

Simulation::Simulation(std::shared_ptr<const Validator> validator, Draws draws,
                       const SignatureOracle& oracle)
    : validator_(std::move(validator)),
      state_(validator_->rules_->start()),
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

bool Simulation::has_configuration() const {
  const ConfigurationManager* cache = state_->cache();
  return cache != nullptr && cache->current().has_value();
}

std::vector<std::string> Simulation::key_thumbprints() const {
  std::vector<std::string> thumbprints;
  const ConfigurationManager* cache = state_->cache();
  if (cache == nullptr) {
    return thumbprints;
  }
  if (const auto& current = cache->current()) {
    for (const SigningKey& key : current->signing_keys()) {
      thumbprints.push_back(key.thumbprint);
    }
  }
  return thumbprints;
}

base::Instant Simulation::refresh_due_at() const {
  const ConfigurationManager* cache = state_->cache();
  return cache == nullptr ? base::Instant::max() : cache->due_at();
}

base::Instant Simulation::forced_refresh_allowed_at() const {
  const ConfigurationManager* cache = state_->cache();
  return cache == nullptr ? base::Instant::max()
                          : cache->refresh_allowed_at(*validator_->rules_->cache_rules());
}

}  // namespace idpwatch::validators
