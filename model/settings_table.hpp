// The one table of a validator's settings: name, member and meaning of each. Whatever has to go
// through all of them (stories, our own `settings:`, overlays, comparisons, digests) asks here, so
// that a new setting is one new row. Names follow the `settings` of stories (docs/stories.md).
#pragma once

#include "model/validator_settings.hpp"

namespace idpwatch::model {

// Calls visit(name, &ValidatorSettings::member, help) for each, in the order in which people read
// them. Members are Setting<T> of a text, a list, a duration (its name ends in _s) or a flag.
template <class Visit>
void for_each_setting(const Visit& visit) {
  using S = ValidatorSettings;
  visit("authority", &S::authority, "The authority it trusts.");
  visit("metadata_url", &S::metadata_url, "Its discovery document.");
  visit("jwks_url", &S::jwks_url, "Its key set.");
  visit("issuers", &S::issuers, "Issuers that it accepts.");
  visit("audiences", &S::audiences, "Audiences that it accepts.");
  visit("algorithms", &S::algorithms, "Signature algorithms that it accepts.");
  visit("types", &S::types, "Values of the `typ` header that it accepts.");
  visit("clock_skew_s", &S::clock_skew, "Seconds that clocks may differ by.");
  visit("automatic_refresh_s", &S::automatic_refresh, "Seconds between its regular refetches.");
  visit("min_refresh_s", &S::min_refresh, "Minimum seconds between two forced refetches.");
  visit("fetch_timeout_s", &S::fetch_timeout, "Seconds that a fetch may take.");
  visit("last_known_good_s", &S::last_known_good,
        "Seconds that the last good configuration may still be used; 0 = off.");
  visit("require_https", &S::require_https, "Whether plain http is refused.");
  visit("refresh_on_unknown_kid", &S::refresh_on_unknown_kid,
        "Whether a token with an unknown kid makes it fetch the keys again.");
  visit("try_all_keys", &S::try_all_keys, "Whether every key is tried when no kid matches.");
  visit("validate_issuer", &S::validate_issuer, "Whether `iss` is checked.");
  visit("validate_audience", &S::validate_audience, "Whether `aud` is checked.");
  visit("validate_lifetime", &S::validate_lifetime, "Whether `exp` and `nbf` are checked.");
  visit("validate_signing_key", &S::validate_signing_key,
        "Whether the signing key's own certificate is checked.");
  visit("require_expiration", &S::require_expiration, "Whether a token must carry `exp`.");
  visit("use_cache_control", &S::use_cache_control,
        "Whether Cache-Control of the key set decides how long it is kept.");
  visit("include_error_details", &S::include_error_details,
        "Whether a 401 names the error in WWW-Authenticate.");
  visit("pinned_keys", &S::pinned_keys, "Keys (JWK) written into the code.");
  visit("client_id", &S::client_id, "Microsoft.Identity.Web: the application's id.");
  visit("tenant_id", &S::tenant_id, "Microsoft.Identity.Web: the tenant.");
  visit("instance", &S::instance, "Microsoft.Identity.Web: the host of the authority.");
  visit("user_flow", &S::user_flow, "Microsoft.Identity.Web: the policy of Azure AD B2C.");
  visit("allow_acl", &S::allow_acl,
        "Microsoft.Identity.Web: whether tokens without scope and role are accepted.");
}

}  // namespace idpwatch::model
