#include "validators/dotnet/words.hpp"

namespace idpwatch::validators {
namespace {

constexpr const char* kValidIssuers = "ValidIssuers";
constexpr const char* kInCode = "TokenValidationParameters.ValidIssuers in code";
constexpr const char* kValidAudiences = "the valid audiences";

// Which version of which package does not fit the others.
void name_packages(Vocabulary& words, const model::ValidatorSettings& settings) {
  const std::string& tokens = settings.library.empty() ? settings.version : settings.library;
  words.unfit_packages = "Microsoft.IdentityModel.Protocols.OpenIdConnect " + settings.protocols +
                         " beside Microsoft.IdentityModel.Tokens " + tokens +
                         " reads no keys, so it rejects every token";
  words.fit_packages = "Reference Microsoft.IdentityModel.Protocols.OpenIdConnect " + tokens +
                       " in the project, so that all Microsoft.IdentityModel packages have one "
                       "version";
}

bool is_bound(const model::ValidatorSettings& settings) {
  return settings.binding == model::Binding::kFrameworkBinder;
}

Vocabulary jwt_bearer_words(const model::ValidatorSettings& settings) {
  Vocabulary words;
  words.authority = "Authority";
  words.metadata_url = "MetadataAddress";
  words.issuer_list = kValidIssuers;
  words.about_templates = "; Microsoft.Identity.Web fills in {tenantid} itself";
  words.audiences = kValidAudiences;
  if (is_bound(settings)) {
    words.audience = "ValidAudience";
    words.unread_audience = "Audience";
    words.read_audiences = "ValidAudience and ValidAudiences";
  }
  words.no_audience_check = "ValidateAudience: false";
  words.algorithms = "ValidAlgorithms";
  words.fetch_timeout = "BackchannelTimeout";
  words.require_https = "RequireHttpsMetadata";
  words.automatic_refresh = "AutomaticRefreshInterval";
  words.refresh_on_unknown_kid = "RefreshOnIssuerKeyNotFound";
  words.validate_signing_key = "TokenValidationParameters.ValidateIssuerSigningKey";
  name_packages(words, settings);
  return words;
}

}  // namespace

Vocabulary aspnet_words(const model::ValidatorSettings& settings) {
  Vocabulary words = jwt_bearer_words(settings);
  words.issuers_in_code = !is_bound(settings);
  words.issuers = is_bound(settings) ? kValidIssuers : kInCode;
  return words;
}

Vocabulary identity_web_words(const model::ValidatorSettings& settings) {
  Vocabulary words = jwt_bearer_words(settings);
  words.issuers = is_bound(settings) ? kValidIssuers : "TokenValidationParameters:ValidIssuers";
  return words;
}

Vocabulary openiddict_words() {
  Vocabulary words;
  words.authority = "Issuer";
  words.metadata_url = "ConfigurationEndpoint";
  words.issuers = kInCode;
  words.issuers_in_code = true;
  words.issuer_list = kValidIssuers;
  words.about_templates = "; Microsoft.Identity.Web fills in {tenantid} itself";
  words.audiences = kValidAudiences;
  words.algorithms = "ValidAlgorithms";
  words.fetch_timeout = "the timeout of its HttpClient";
  words.automatic_refresh = "AutomaticRefreshInterval";
  return words;
}

}  // namespace idpwatch::validators
