#include "base/text.hpp"
#include "validators/dotnet/aspnet.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/dotnet_transport.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/recorded_versions.hpp"
#include "validators/dotnet/words.hpp"

namespace idpwatch::validators {
namespace {

constexpr Version kNewest{8, 23, 0};
constexpr Version kOldest{5, 3, 0};

// By the packages' own dependencies (facts, aspnetcore-jwtbearer section 0.1).
constexpr Since<Version> kFrameworks[] = {
    {{2, 0, 0}, {5, 3, 0}},    {{3, 0, 0}, {5, 5, 0}},   {{3, 1, 0}, {5, 5, 0}},
    {{5, 0, 0}, {6, 7, 1}},    {{6, 0, 0}, {6, 10, 0}},  {{7, 0, 0}, {6, 15, 1}},
    {{8, 0, 0}, {7, 0, 3}},    {{8, 0, 11}, {7, 1, 2}},  {{8, 0, 34}, {7, 7, 3}},
    {{9, 0, 0}, {8, 0, 1}},    {{9, 0, 23}, {8, 19, 2}}, {{10, 0, 0}, {8, 0, 1}},
    {{10, 0, 13}, {8, 19, 2}},
};
// The framework that a library usually stands in.
constexpr Since<int> kHosts[] = {{{5, 3, 0}, 3}, {{6, 9, 0}, 6}, {{7, 0, 0}, 8}};

struct Variant {
  bool blocking = false;
  bool legacy_handler = false;
  std::optional<int> host;
};

base::Result<Variant> parse_variant(std::string_view text) {
  Variant variant;
  if (text.empty()) {
    return variant;
  }
  for (const std::string_view part : base::split(text, '+')) {
    if (part == "blocking") {
      variant.blocking = true;
    } else if (part == "legacy-handler") {
      variant.legacy_handler = true;
    } else if (const auto host =
                   part.starts_with("host") ? parse_version(part.substr(4)) : std::nullopt) {
      variant.host = host->major;
    } else {
      return base::fail(base::ErrorKind::kInput, "unknown variant '" + base::printable(part) + "'",
                        "known: blocking, legacy-handler, host2, host3, host6, host7, host8");
    }
  }
  return variant;
}

// Protocols.OpenIdConnect 7.0 to 7.3 uses what Tokens 7.4 took away, so that it never hands the
// keys on (Microsoft.IdentityModel, issues 2510 and 2523; 7.3.1 beside 7.1.2 works).
bool hands_on_no_keys(const model::ValidatorSettings& settings, Version library) {
  const auto protocols = parse_version(settings.protocols);
  return protocols && *protocols >= Version{7, 0, 0} && *protocols < Version{7, 4, 0} &&
         library >= Version{7, 4, 0};
}

std::string with_slash(const std::string& authority) {
  return authority.ends_with('/') ? authority : authority + '/';
}

std::string metadata_address(const model::ValidatorSettings& settings) {
  if (settings.metadata_url.has_value() && !settings.metadata_url.value().empty()) {
    return settings.metadata_url.value();
  }
  return settings.authority.value().empty()
             ? std::string()
             : with_slash(settings.authority.value()) + ".well-known/openid-configuration";
}

std::optional<std::vector<std::string>> list_of(const model::ListSetting& setting) {
  return setting.has_value() ? std::optional(setting.value()) : std::nullopt;
}

void compile_checks(const model::ValidatorSettings& settings, AspnetRules& rules) {
  CheckRules& checks = rules.checks;
  checks.issuers = list_of(settings.issuers);
  checks.audiences = list_of(settings.audiences);
  checks.algorithms = settings.algorithms.value();
  checks.types = settings.types.value();
  checks.clock_skew = settings.clock_skew.value_or(base::minutes(5));
  checks.validate_issuer = settings.validate_issuer.value_or(true);
  checks.validate_audience = settings.validate_audience.value_or(true);
  checks.validate_lifetime = settings.validate_lifetime.value_or(true);
  checks.validate_signing_key = settings.validate_signing_key.value_or(false);
  checks.require_expiration = settings.require_expiration.value_or(true);
  checks.try_all_keys = !rules.library.has_try_all_keys || settings.try_all_keys.value_or(true);
  checks.pinned = read_pinned_keys(settings.pinned_keys.value(), rules.library);
  if (settings.binding != model::Binding::kFrameworkBinder) {
    return;
  }
  // JwtBearerConfigureOptions: lists instead of null, the signing key validated; the one of .NET 7
  // checks issuer and audience only where some are configured.
  const bool old_binder = rules.host <= 7;
  checks.validate_signing_key = settings.validate_signing_key.value_or(true);
  if (old_binder && settings.validate_issuer.absent()) {
    checks.validate_issuer = !settings.issuers.value().empty();
  }
  if (old_binder && settings.validate_audience.absent()) {
    checks.validate_audience = !settings.audiences.value().empty();
  }
  checks.issuers = settings.issuers.value();
  checks.audiences = settings.audiences.value();
}

void compile_manager(const model::ValidatorSettings& settings, AspnetRules& rules) {
  ManagerRules& manager = rules.manager;
  manager.metadata_address = metadata_address(settings);
  rules.has_manager = !manager.metadata_address.empty();
  manager.library = &rules.library;
  manager.reads_no_keys = hands_on_no_keys(settings, rules.library.version);
  manager.policy = rules.library.cache;
  manager.automatic = settings.automatic_refresh.value_or(manager.policy.automatic);
  manager.refresh = settings.min_refresh.value_or(manager.policy.refresh);
  manager.last_known_good = settings.last_known_good.value_or(base::hours(1));
  manager.use_last_known_good = manager.last_known_good > base::Duration(0);
  manager.retriever.require_https = settings.require_https.value_or(true);
  manager.retriever.retry =
      rules.library.retries_503 ? RetrieverRules::Retry::kOnce : RetrieverRules::Retry::kNone;
  manager.retriever.timeout = settings.fetch_timeout.value_or(base::minutes(1));
}

// Options that throw when they are made: then every request does.
void compile_option_errors(AspnetRules& rules) {
  const ManagerRules& manager = rules.manager;
  const std::string& address = manager.metadata_address;
  if (!rules.has_manager) {
    return;
  }
  if (manager.retriever.require_https && !base::iequals(address.substr(0, 8), "https://")) {
    rules.options_error = "metadata-not-https";
    rules.options_message =
        "The MetadataAddress or Authority must use HTTPS unless disabled for development by "
        "setting "
        "RequireHttpsMetadata=false.";
  } else if (manager.refresh < base::seconds(1)) {
    rules.options_error = rules.library.refresh_interval_error;
    rules.options_message =
        rules.options_error + ": RefreshInterval is below its minimum of 00:00:01";
  } else if (manager.automatic < base::minutes(5)) {
    rules.options_error = rules.library.automatic_interval_error;
    rules.options_message =
        rules.options_error + ": AutomaticRefreshInterval is below its minimum of 00:05:00";
  }
}

// The version to judge by, and what to say about it.
base::Result<Version> library_version(const model::ValidatorSettings& settings,
                                      std::vector<std::string>& notes) {
  const auto framework = parse_version(settings.framework);
  if (settings.version.empty() && framework) {
    const Version library = library_of_framework(*framework);
    notes.push_back("ASP.NET Core " + settings.framework + " comes with Microsoft.IdentityModel " +
                    library.text());
    return library;
  }
  const auto judged = judged_version(
      settings.version,
      {kOldest, kNewest, "give the version of Microsoft.IdentityModel.Tokens, as 8.0.1"}, notes);
  if (judged && parse_version(settings.version) == *judged && !is_recorded(*judged)) {
    notes.push_back(judged->text() +
                    " is modelled from source, not recorded; the nearest recorded " +
                    "version below it is " + nearest_recorded(*judged).text());
  }
  return judged;
}

}  // namespace

Version library_of_framework(Version framework) { return at_version(kFrameworks, framework); }

std::string usual_framework(std::string_view library, std::string_view variant) {
  const auto parsed = parse_variant(variant);
  const auto version = parse_version(library);
  const int usual = at_version(kHosts, version.value_or(kNewest));
  return std::to_string(parsed ? parsed->host.value_or(usual) : usual) + ".0";
}

base::Result<std::shared_ptr<AspnetRules>> compile_aspnet_rules(
    const model::ValidatorSettings& settings, Version library, std::vector<std::string>& notes) {
  const auto variant = parse_variant(settings.variant);
  if (!variant) {
    return base::fail(variant.error());
  }
  auto rules = std::make_shared<AspnetRules>();
  rules->library = library_traits(library, variant->blocking);
  const auto framework = parse_version(settings.framework);
  rules->host = variant->host.value_or(framework ? framework->major : at_version(kHosts, library));
  if (rules->host >= 8 && library.major < 7) {
    notes.push_back("ASP.NET Core 8 needs Microsoft.IdentityModel 7; judged as ASP.NET Core 7");
    rules->host = 7;
  }
  rules->legacy_handler = variant->legacy_handler;
  rules->start_fault = settings.start_fault;
  rules->refresh_on_unknown_key = settings.refresh_on_unknown_kid.value_or(true);
  rules->error_details = settings.include_error_details.value_or(true);
  compile_checks(settings, *rules);
  compile_manager(settings, *rules);
  compile_option_errors(*rules);
  if (settings.options_fault) {
    rules->options_error = fault_id(*settings.options_fault);
    rules->options_message = settings.options_fault->message;
  }
  return rules;
}

base::Result<CompiledProfile> compile_aspnet(const model::ValidatorSettings& settings) {
  CompiledProfile compiled;
  const auto library = library_version(settings, compiled.notes);
  if (!library) {
    return base::fail(library.error());
  }
  compiled.version = settings.version.empty() ? library->text() : settings.version;
  auto rules = compile_aspnet_rules(settings, *library, compiled.notes);
  if (!rules) {
    return base::fail(rules.error());
  }
  for (const auto& [name, absent] :
       {std::pair{"jwks_url", settings.jwks_url.absent()},
        std::pair{"use_cache_control", settings.use_cache_control.absent()}}) {
    if (!absent) {
      compiled.notes.push_back(std::string(name) + " is not a setting of JwtBearer: ignored");
    }
  }
  const AspnetRules& made = **rules;
  ProfileValues& values = compiled.values;
  values.addresses.metadata = made.has_manager ? made.manager.metadata_address : "";
  values.cache = made.cache_policy();
  values.transport = jwt_bearer_transport(compiled.version, made.host);
  values.words = aspnet_words(settings);
  if (!settings.types.value().empty()) values.tokens.type = settings.types.value().front();
  values.clock_skew = made.checks.clock_skew;
  compiled.rules = *rules;
  return compiled;
}

}  // namespace idpwatch::validators
