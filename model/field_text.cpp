#include "model/field_text.hpp"

#include "base/digest.hpp"

namespace idpwatch::model {

std::string digest_but_audience(const ValidatorSettings& s) {
  FieldText text;
  text.add(s.profile).add(s.version).add(s.variant);
  text.add(s.framework).add(s.library).add(s.protocols).add(s.validators);
  text.add(s.version_origin).add(s.protocols_origin).add(static_cast<std::int64_t>(s.binding));
  for (const auto* fault : {&s.start_fault, &s.options_fault}) {
    if (!*fault) {
      text.add("-");
    } else {
      text.add((*fault)->message).add((*fault)->origin);
    }
  }
  for (const auto* one :
       {&s.authority, &s.metadata_url, &s.jwks_url, &s.tenant_id, &s.instance, &s.user_flow}) {
    text.add(*one);
  }
  for (const auto* one : {&s.issuers, &s.algorithms, &s.types, &s.pinned_keys}) text.add(*one);
  for (const auto* one : {&s.clock_skew, &s.automatic_refresh, &s.min_refresh, &s.fetch_timeout,
                          &s.last_known_good}) {
    text.add(*one);
  }
  for (const auto* one :
       {&s.require_https, &s.refresh_on_unknown_kid, &s.try_all_keys, &s.validate_issuer,
        &s.validate_audience, &s.validate_lifetime, &s.validate_signing_key, &s.require_expiration,
        &s.use_cache_control, &s.include_error_details, &s.allow_acl}) {
    text.add(*one);
  }
  return base::sha256_hex(text.take());
}

}  // namespace idpwatch::model
