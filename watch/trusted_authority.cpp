#include "watch/trusted_authority.hpp"

#include "base/url.hpp"

#include <string>
#include <vector>

namespace idpwatch::watch {

namespace {

void earliest(std::optional<std::size_t>& place,
              const std::unordered_map<std::string, std::size_t>& places, const std::string& name) {
  const auto found = places.find(name);
  if (found != places.end() && (!place || found->second < *place)) place = found->second;
}

// Of a service that asks for no document: its keys stand at an address of their own.
model::AuthoritySpec named_by_keys(const config::Config& config,
                                   const WatchedValidator& validator) {
  const std::string& keys = validator.validator->addresses().keys;
  const std::vector<std::string>& issuers = validator.settings.issuers.value();
  const std::string& authority = validator.settings.authority.value();
  const std::string& issuer = !authority.empty() ? authority
                              : issuers.empty()  ? keys
                                                 : issuers.front();
  model::AuthoritySpec spec = config.authority_of(base::without_url_secrets(issuer));
  spec.issuer_configured = false;
  if (!authority.empty()) {
    spec.metadata_url = base::discovery_url(authority);
  } else if (!keys.empty()) {
    spec.jwks_url = keys;
  }
  return spec;
}

model::AuthoritySpec named_by_file(const config::Config& config,
                                   const WatchedValidator& validator) {
  if (validator.metadata_url.empty()) return named_by_keys(config, validator);
  const std::string& issuer = validator.settings.authority.value();
  model::AuthoritySpec spec = config.authority_of(issuer.empty() ? validator.metadata_url : issuer);
  spec.issuer_configured = false;
  // It is only a name here; the address below is what is asked.
  spec.issuer = base::without_url_secrets(spec.issuer);
  if (metadata_url_of(spec) != validator.metadata_url) spec.metadata_url = validator.metadata_url;
  return spec;
}

std::string address_of(const model::AuthoritySpec& spec) {
  return spec.metadata_url.value_or(spec.jwks_url.value_or(base::discovery_url(spec.issuer)));
}

// Its document or its keys, or who issues the tokens that it takes.
bool names_authority(const WatchedValidator& validator) {
  const model::ValidatorSettings& settings = validator.settings;
  if (!validator.metadata_url.empty()) return true;
  return validator.validator->fetches() &&
         (!validator.validator->addresses().keys.empty() || !settings.authority.value().empty() ||
          !settings.issuers.value().empty());
}

}  // namespace

std::string metadata_url_of(const model::AuthoritySpec& spec) {
  return spec.metadata_url.value_or(base::discovery_url(spec.issuer));
}

TrustedAuthorities::TrustedAuthorities(const config::Config& config) : config_(config) {
  for (std::size_t i = 0; i < config.authorities.size(); ++i) {
    index(config.authorities[i].spec, i);
  }
}

void TrustedAuthorities::add(const model::AuthoritySpec& spec) {
  others_.push_back(spec);
  index(spec, config_.authorities.size() + others_.size() - 1);
}

void TrustedAuthorities::index(const model::AuthoritySpec& spec, std::size_t place) {
  by_metadata_.try_emplace(metadata_url_of(spec), place);
  if (spec.jwks_url) by_keys_.try_emplace(*spec.jwks_url, place);
  by_issuer_.try_emplace(spec.issuer, place);
  names_.insert(spec.name);
}

// A service that asks no authority for its document is one's all the same: that whose keys it
// fetches, that which its settings name, or that whose issuer it takes.
std::optional<std::size_t> TrustedAuthorities::place_of(const WatchedValidator& validator) const {
  std::optional<std::size_t> place;
  if (!validator.metadata_url.empty()) {
    earliest(place, by_metadata_, validator.metadata_url);
    return place;
  }
  if (const std::string& keys = validator.validator->addresses().keys; !keys.empty()) {
    earliest(place, by_keys_, keys);
  }
  const std::string& authority = validator.settings.authority.value();
  if (validator.validator->fetches() && !authority.empty()) {
    earliest(place, by_metadata_, base::discovery_url(authority));
    return place;
  }
  for (const std::string& issuer : validator.settings.issuers.value()) {
    earliest(place, by_issuer_, issuer);
  }
  return place;
}

std::optional<TrustedAuthority> TrustedAuthorities::of(const WatchedValidator& validator) const {
  if (const auto place = place_of(validator)) {
    const std::size_t configured = config_.authorities.size();
    return TrustedAuthority{*place < configured ? config_.authorities[*place].spec
                                                : others_[*place - configured]};
  }
  if (!names_authority(validator)) return std::nullopt;
  return fresh(validator);
}

TrustedAuthority TrustedAuthorities::fresh(const WatchedValidator& validator) const {
  TrustedAuthority fresh{named_by_file(config_, validator), false};
  std::string& name = fresh.spec.name;
  // One issuer by two addresses: each is watched, under a name of its own.
  if (names_.contains(name) || config_.find_authority(name) != nullptr) {
    name = base::without_url_secrets(address_of(fresh.spec));
  }
  // Two that differ in a value of their queries alone: the names cannot tell them apart.
  const std::string first = name;
  for (int n = 2; names_.contains(name); ++n) name = first + " (" + std::to_string(n) + ")";
  return fresh;
}

}  // namespace idpwatch::watch
