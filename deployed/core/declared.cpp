#include "deployed/core/declared.hpp"

namespace idpwatch::deployed {

namespace {

template <class T>
void replace(T& into, const T& with) {
  if (!with.absent()) into = with;
}

}  // namespace

void lay_over(model::ValidatorSettings& settings, const model::ValidatorSettings& declared) {
  replace(settings.authority, declared.authority);
  replace(settings.metadata_url, declared.metadata_url);
  replace(settings.jwks_url, declared.jwks_url);
  replace(settings.issuers, declared.issuers);
  replace(settings.audiences, declared.audiences);
  replace(settings.algorithms, declared.algorithms);
  replace(settings.types, declared.types);
  replace(settings.clock_skew, declared.clock_skew);
  replace(settings.automatic_refresh, declared.automatic_refresh);
  replace(settings.min_refresh, declared.min_refresh);
  replace(settings.fetch_timeout, declared.fetch_timeout);
  replace(settings.last_known_good, declared.last_known_good);
  replace(settings.require_https, declared.require_https);
  replace(settings.refresh_on_unknown_kid, declared.refresh_on_unknown_kid);
  replace(settings.try_all_keys, declared.try_all_keys);
  replace(settings.validate_issuer, declared.validate_issuer);
  replace(settings.validate_audience, declared.validate_audience);
  replace(settings.validate_lifetime, declared.validate_lifetime);
  replace(settings.validate_signing_key, declared.validate_signing_key);
  replace(settings.require_expiration, declared.require_expiration);
  replace(settings.use_cache_control, declared.use_cache_control);
  replace(settings.include_error_details, declared.include_error_details);
  replace(settings.pinned_keys, declared.pinned_keys);
  replace(settings.client_id, declared.client_id);
  replace(settings.tenant_id, declared.tenant_id);
  replace(settings.instance, declared.instance);
  replace(settings.user_flow, declared.user_flow);
  replace(settings.allow_acl, declared.allow_acl);
}

bool declares_authority(const Declared& declared) {
  return declared.settings.authority.has_value() || declared.settings.metadata_url.has_value() ||
         declared.settings.jwks_url.has_value();
}

}  // namespace idpwatch::deployed
