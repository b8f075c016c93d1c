#include "validators/dotnet/configuration_manager.hpp"

#include <algorithm>
#include <cmath>

namespace idpwatch::validators {
namespace {

using Mode = ManagerPolicy::Mode;
using Jitter = ManagerPolicy::Jitter;
using Bootstrap = ManagerPolicy::Bootstrap;

// Random.Next(bound): whole, from 0 to below bound.
base::seconds draw(double where, double bound) {
  return base::seconds(static_cast<std::int64_t>(std::floor(where * std::floor(bound))));
}

double in_seconds(base::Duration duration) {
  return std::floor(std::chrono::duration<double>(duration).count());
}

base::Instant after(base::Instant now, base::Duration wait) {
  return now > base::Instant::max() - wait ? base::Instant::max() : now + wait;
}

}  // namespace

const std::vector<SigningKey>& Configuration::signing_keys() const {
  static const std::vector<SigningKey> none;
  return keys ? keys->keys : none;
}

bool Configuration::same_as(const Configuration& other) const {
  const auto& mine = signing_keys();
  const auto& theirs = other.signing_keys();
  return issuer() == other.issuer() &&
         std::equal(mine.begin(), mine.end(), theirs.begin(), theirs.end(),
                    [](const SigningKey& a, const SigningKey& b) {
                      return a.kind == b.kind && a.thumbprint == b.thumbprint;
                    });
}

std::optional<Configuration> fetch_openid_connect(Turn& turn, const ManagerRules& rules,
                                                  FetchFailure& failure) {
  Configuration configuration;
  const Retrieved document =
      retrieve(turn, rules.metadata_address, rules.retriever, turn.fetches.discovery);
  if (!document.error.empty()) {
    failure = {document.error, document.reason, rules.metadata_address, Cause::kTransport};
    return std::nullopt;
  }
  configuration.document =
      discovery_of(turn.store, document.body, document.content_type, *rules.library);
  if (!configuration.document->error.empty()) {
    failure = {configuration.document->error, "the discovery document cannot be read",
               rules.metadata_address, Cause::kDocument};
    return std::nullopt;
  }
  const std::string& jwks_uri = configuration.document->jwks_uri;
  if (jwks_uri.empty()) {
    return configuration;
  }
  const Retrieved keys = retrieve(turn, jwks_uri, rules.retriever, turn.fetches.keys);
  if (!keys.error.empty()) {
    failure = {keys.error, keys.reason, jwks_uri, Cause::kTransport};
    return std::nullopt;
  }
  if (rules.reads_no_keys) {
    configuration.keys = std::make_shared<const KeyDocument>();
    return configuration;
  }
  configuration.keys = key_set_of(turn.store, keys.body, keys.content_type, *rules.library);
  if (!configuration.keys->error.empty()) {
    failure = {configuration.keys->error, "the key set cannot be read", jwks_uri, Cause::kDocument};
    return std::nullopt;
  }
  return configuration;
}

std::optional<Configuration> ConfigurationManager::fetch(Turn& turn, const ManagerRules& rules) {
  auto configuration = rules.fetch(turn, rules, failure_);
  if (configuration) {
    configuration->fetched_at = turn.local;
    configuration->generation = ++fetched_;
  }
  return configuration;
}

void ConfigurationManager::adopt(Configuration configuration, const Turn& turn,
                                 const ManagerRules& rules) {
  base::Duration interval = rules.automatic;
  switch (rules.policy.jitter) {
    case Jitter::kNone:
      break;
    case Jitter::kOnceMinutes:
      if (!drawn_once_) {
        drawn_once_ = draw(turn.draws.jitter, 60) * 60;
      }
      interval += *drawn_once_;
      break;
    case Jitter::kEachMinutes:
      interval += draw(turn.draws.jitter, 60) * 60;
      break;
    case Jitter::kEachTwentieth:
      interval += draw(turn.draws.jitter, in_seconds(rules.automatic) / 20);
      break;
  }
  current_ = std::move(configuration);
  sync_after_ = after(turn.local, interval);
}

// A first fetch failed.
void ConfigurationManager::back_off(const Turn& turn, const ManagerRules& rules) {
  if (rules.policy.bootstrap == Bootstrap::kExponential && bootstrap_ < rules.refresh) {
    sync_after_ = after(turn.local, draw(turn.draws.backoff, in_seconds(bootstrap_)));
    bootstrap_ += bootstrap_;
  } else {
    sync_after_ = after(turn.local, std::min(rules.automatic, rules.refresh));
  }
}

const Configuration* ConfigurationManager::get(Turn& turn, const ManagerRules& rules) {
  if (current_ && sync_after_ > turn.local) {
    return &*current_;
  }
  return rules.policy.mode == Mode::kBlocking ? get_blocking(turn, rules)
                                              : get_background(turn, rules);
}

const Configuration* ConfigurationManager::get_blocking(Turn& turn, const ManagerRules& rules) {
  if (sync_after_ <= turn.local) {
    if (auto fetched = fetch(turn, rules)) {
      last_refresh_ = turn.local;
      adopt(std::move(*fetched), turn, rules);
    } else if (current_) {
      sync_after_ = after(turn.local, std::min(rules.automatic, rules.refresh));  // IDX20806
    } else {
      back_off(turn, rules);
    }
  }
  return current_ ? &*current_ : nullptr;
}

const Configuration* ConfigurationManager::get_background(Turn& turn, const ManagerRules& rules) {
  if (current_) {
    start_task(rules);
    return &*current_;
  }
  if (auto fetched = fetch(turn, rules)) {
    adopt(std::move(*fetched), turn, rules);
  }
  return current_ ? &*current_ : nullptr;
}

void ConfigurationManager::start_task(const ManagerRules& rules) {
  if (tasks_ == 0 || rules.policy.mode == Mode::kBackgroundFaulty) {
    ++tasks_;
  }
}

base::Instant ConfigurationManager::refresh_allowed_at(const ManagerRules& rules) const {
  if ((first_request_ && rules.policy.first_forced_free) || last_refresh_ == base::Instant::min()) {
    return base::Instant::min();
  }
  return after(last_refresh_, rules.refresh);
}

void ConfigurationManager::request_refresh(const Turn& turn, const ManagerRules& rules) {
  if (turn.local < refresh_allowed_at(rules)) {
    return;
  }
  first_request_ = false;
  if (rules.policy.mode == Mode::kBlocking) {
    sync_after_ = turn.local;
    return;
  }
  if (tasks_ == 0 || rules.policy.mode == Mode::kBackgroundFaulty) {
    last_refresh_ = turn.local;
  }
  start_task(rules);
}

void ConfigurationManager::finish(Turn& turn, const ManagerRules& rules) {
  for (; tasks_ > 0; --tasks_) {
    auto fetched = fetch(turn, rules);
    if (rules.policy.mode == Mode::kBackgroundFaulty) {
      if (fetched) {
        current_ = std::move(*fetched);
      }
      sync_after_ = after(turn.local, std::min(rules.automatic, rules.refresh));
    } else if (fetched) {
      adopt(std::move(*fetched), turn, rules);
    }
  }
}

void ConfigurationManager::remember_good(const Configuration& configuration, base::Instant now,
                                         const ManagerRules& rules) {
  const base::Instant until = after(now, rules.last_known_good);
  for (Good& good : good_) {
    if (good.configuration.generation == configuration.generation ||
        good.configuration.same_as(configuration)) {
      good.until = until;
      return;
    }
  }
  if (good_.size() == kGoodConfigurationsMax) {
    good_.erase(good_.begin());
  }
  good_.push_back({configuration, until});
}

std::vector<Configuration> ConfigurationManager::last_known_good(base::Instant now) const {
  std::vector<Configuration> valid;
  for (auto good = good_.rbegin(); good != good_.rend(); ++good) {
    if (good->until > now) {
      valid.push_back(good->configuration);
    }
  }
  return valid;
}

}  // namespace idpwatch::validators
