#include "deployed/dotnet/bearer_options.hpp"

namespace idpwatch::deployed {

namespace {

// A value in the file over what was there.
template <class T>
void take(T& into, T value) {
  if (!value.absent()) into = std::move(value);
}

}  // namespace

void read_bearer_options(model::ValidatorSettings& settings, Section& section) {
  take(settings.metadata_url, section.text({"MetadataAddress", "MetadataUrl"}));
  take(settings.require_https, section.flag("RequireHttpsMetadata"));
  take(settings.fetch_timeout, section.time_span("BackchannelTimeout"));
  take(settings.min_refresh, section.time_span("RefreshInterval"));
  take(settings.automatic_refresh, section.time_span("AutomaticRefreshInterval"));
  take(settings.refresh_on_unknown_kid, section.flag("RefreshOnIssuerKeyNotFound"));
  take(settings.include_error_details, section.flag("IncludeErrorDetails"));
  if (section.flag("UseSecurityTokenValidators").value()) settings.variant = "legacy-handler";
  if (section.fault()) settings.options_fault = section.fault();
}

void read_validation_parameters(model::ValidatorSettings& settings, Section& section,
                                const model::TextSetting& audience) {
  Section parameters = section.child("TokenValidationParameters");
  model::TextSetting first = parameters.text("ValidAudience");
  if (!first.has_value()) first = audience;
  take(settings.audiences, join_lists(as_list(first), parameters.list("ValidAudiences")));
  take(settings.issuers,
       join_lists(as_list(parameters.text("ValidIssuer")), parameters.list("ValidIssuers")));
  take(settings.algorithms, parameters.list("ValidAlgorithms"));
  take(settings.types, parameters.list("ValidTypes"));
  take(settings.clock_skew, parameters.time_span("ClockSkew"));
  take(settings.validate_issuer, parameters.flag("ValidateIssuer"));
  take(settings.validate_audience, parameters.flag("ValidateAudience"));
  take(settings.validate_lifetime, parameters.flag("ValidateLifetime"));
  take(settings.validate_signing_key, parameters.flag("ValidateIssuerSigningKey"));
  take(settings.require_expiration, parameters.flag("RequireExpirationTime"));
  take(settings.try_all_keys, parameters.flag("TryAllIssuerSigningKeys"));
  if (parameters.fault()) settings.options_fault = parameters.fault();
}

}  // namespace idpwatch::deployed
