#include "watch/trusted_authority.hpp"

#include "base/url.hpp"

#include <algorithm>

namespace idpwatch::watch {

namespace {

// A service with keys pinned in its settings asks no authority, and yet is one's: that whose issuer
// it takes.
bool is_trusted(const model::AuthoritySpec& spec, const WatchedValidator& validator) {
  if (!validator.metadata_url.empty()) return metadata_url_of(spec) == validator.metadata_url;
  const std::vector<std::string>& issuers = validator.settings.issuers.value();
  return std::find(issuers.begin(), issuers.end(), spec.issuer) != issuers.end();
}

model::AuthoritySpec named_by_file(const config::Config& config,
                                   const WatchedValidator& validator) {
  const std::string& issuer = validator.settings.authority.value();
  model::AuthoritySpec spec = config.authority_of(issuer.empty() ? validator.metadata_url : issuer);
  spec.issuer_configured = false;
  // It is only a name here; the address below is what is asked.
  spec.issuer = base::without_url_secrets(spec.issuer);
  if (metadata_url_of(spec) != validator.metadata_url) spec.metadata_url = validator.metadata_url;
  return spec;
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
  if (validator.metadata_url.empty()) return std::nullopt;
  TrustedAuthority fresh{named_by_file(config, validator), false};
  // One issuer by two addresses: each is watched, under a name of its own.
  const bool taken = config.find_authority(fresh.spec.name) != nullptr ||
                     std::any_of(others.begin(), others.end(),
                                 [&](const auto& spec) { return spec.name == fresh.spec.name; });
  if (taken) fresh.spec.name = base::without_url_secrets(validator.metadata_url);
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
