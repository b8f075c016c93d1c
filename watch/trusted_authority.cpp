#include "watch/trusted_authority.hpp"

#include "base/url.hpp"

#include <algorithm>

namespace idpwatch::watch {

namespace {

// A service that asks no authority for its document is one's all the same: that whose keys it
// fetches, that which its settings name, or that whose issuer it takes.
bool is_trusted(const model::AuthoritySpec& spec, const WatchedValidator& validator) {
  if (!validator.metadata_url.empty()) return metadata_url_of(spec) == validator.metadata_url;
  const std::string& keys = validator.validator->addresses().keys;
  if (!keys.empty() && spec.jwks_url == keys) return true;
  const std::string& authority = validator.settings.authority.value();
  if (validator.validator->fetches() && !authority.empty()) {
    return metadata_url_of(spec) == base::discovery_url(authority);
  }
  const std::vector<std::string>& issuers = validator.settings.issuers.value();
  return std::find(issuers.begin(), issuers.end(), spec.issuer) != issuers.end();
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

std::optional<TrustedAuthority> trusted_authority(const config::Config& config,
                                                  const std::vector<model::AuthoritySpec>& others,
                                                  const WatchedValidator& validator) {
  for (const config::AuthorityConfig& authority : config.authorities) {
    if (is_trusted(authority.spec, validator)) return TrustedAuthority{authority.spec};
  }
  for (const model::AuthoritySpec& spec : others) {
    if (is_trusted(spec, validator)) return TrustedAuthority{spec};
  }
  if (!names_authority(validator)) return std::nullopt;
  TrustedAuthority fresh{named_by_file(config, validator), false};
  // One issuer by two addresses: each is watched, under a name of its own.
  const bool taken = config.find_authority(fresh.spec.name) != nullptr ||
                     std::any_of(others.begin(), others.end(),
                                 [&](const auto& spec) { return spec.name == fresh.spec.name; });
  if (taken) fresh.spec.name = base::without_url_secrets(address_of(fresh.spec));
  // Two that differ in a value of their queries alone: the names cannot tell them apart.
  const auto same_name = [&](const model::AuthoritySpec& spec) {
    return spec.name == fresh.spec.name;
  };
  const std::string name = fresh.spec.name;
  for (int n = 2; std::ranges::any_of(others, same_name); ++n) {
    fresh.spec.name = name + " (" + std::to_string(n) + ")";
  }
  return fresh;
}

}  // namespace idpwatch::watch
