#include "validators/dotnet/identity_web.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "model/authority_family.hpp"
#include "validators/dotnet/aspnet.hpp"
#include "validators/dotnet/dotnet_transport.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/token_reading.hpp"
#include "validators/dotnet/words.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::validators {
namespace {

using Kind = Failure::Kind;
using Outcome = TokenReading::Outcome;

constexpr Version kLibrary{8, 23, 0};  // under Microsoft.Identity.Web 4.15 and 4.18
constexpr Version kNewest{4, 18, 0};
constexpr Version kOldest{4, 15, 0};
constexpr std::string_view kTemplate = "{tenantid}";
constexpr std::size_t kEditions = 3;  // of authorities and tokens: v1, v1.1, v2

struct IdentityWebRules final : ProfileRules {
  std::shared_ptr<const AspnetRules> base;
  std::string client_id;
  bool checks_issuer = true;
  bool own_audience_check = false;  // no audience configured: by client id and version
  bool b2c = false;                 // a user flow is configured: the bare client id, always
  bool forgives_slash = true;       // of the token's issuer, when its edition is told by its end
  bool needs_scope_or_role = true;
  std::array<ManagerRules, kEditions> issuers;  // AadIssuerValidator's own managers

  [[nodiscard]] std::unique_ptr<ProfileState> start(const Addresses& addresses) const override;
};

Failure issuer_failure(std::string_view id) {
  Failure failure;
  failure.kind = Kind::kIssuer;  // InvalidIssuer is never set: the header says (null)
  failure.id = id;
  return failure;
}

std::string filled(std::string text, const std::string& tenant) {
  for (std::size_t at = text.find(kTemplate); at != std::string::npos;
       at = text.find(kTemplate, at)) {
    text.replace(at, kTemplate.size(), tenant);
    at += tenant.size();
  }
  return text;
}

// The place of the template alone is replaced, once, and all is compared ordinally.
bool issuer_fits(const std::string& valid, const std::string& tenant, const std::string& issuer) {
  if (valid.empty() || tenant.empty() || issuer.empty()) {
    return false;
  }
  const std::size_t at = valid.find(kTemplate);
  if (at == std::string::npos || issuer.size() <= at) {
    return valid == issuer;
  }
  return issuer == valid.substr(0, at) + tenant + valid.substr(at + kTemplate.size());
}

// tid, tenantid, or the middle segment of https://host/tenant/v2.0. nullopt: no URL.
std::optional<std::string> tenant_of(const TokenView& token) {
  if (token.tenant_id) {
    return token.tenant_id;
  }
  const std::string issuer = token.issuer.value_or("");
  if (issuer.empty()) {
    return std::string();
  }
  const auto url = base::parse_url(issuer);
  if (!url) {
    return std::nullopt;
  }
  const std::string_view path = std::string_view(url->path).substr(1);
  const std::size_t slash = path.find('/');
  const bool two = slash != std::string_view::npos && slash + 1 < path.size() &&
                   path.find('/', slash + 1) >= path.size() - 1;
  return two ? std::string(path.substr(0, slash)) : std::string();
}

// https://host/tfp/tenant/flow/v2.0 of Azure AD B2C.
bool is_user_flow(std::string_view issuer) {
  const auto url = base::parse_url(issuer);
  return url && url->path.starts_with("/tfp/") &&
         std::count(url->path.begin(), url->path.end() - 1, '/') == 4;
}

bool ends_with(std::string_view text, std::string_view suffix, bool forgives_slash) {
  if (forgives_slash && text.ends_with('/')) {
    text.remove_suffix(1);
  }
  return text.size() >= suffix.size() &&
         base::iequals(text.substr(text.size() - suffix.size()), suffix);
}

std::size_t edition_of(std::string_view issuer, bool forgives_slash) {
  return ends_with(issuer, "/v2.0", forgives_slash)   ? 2
         : ends_with(issuer, "/v1.1", forgives_slash) ? 1
                                                      : 0;
}

// IssuerSigningKeyValidator of EnableAadSigningKeyIssuerValidation.
std::optional<Failure> check_key_issuer(const SigningKey& key, const TokenView& token,
                                        const Configuration& configuration) {
  if (base::trim(key.issuer).empty()) {
    return std::nullopt;
  }
  const std::string tenant = token.tenant_id.value_or("");
  if (tenant.empty()) {
    return issuer_failure("IDX40009");
  }
  const std::string issuer = token.issuer.value_or("");
  if (!issuer.empty() && issuer.find(tenant) == std::string::npos) {
    return issuer_failure("IDX40004");
  }
  const std::string key_issuer = filled(key.issuer, tenant);
  return key_issuer == issuer || key_issuer == filled(configuration.issuer(), tenant)
             ? std::nullopt
             : std::optional(issuer_failure("IDX40005"));
}

class IdentityWebState final : public ManagedState {
 public:
  explicit IdentityWebState(const IdentityWebRules& rules) : rules_(&rules) {}

  [[nodiscard]] std::unique_ptr<ProfileState> clone() const override {
    return std::make_unique<IdentityWebState>(*this);
  }

 protected:
  [[nodiscard]] const ManagerRules* manager_rules() const override {
    return rules_->base->manager_rules();
  }
  [[nodiscard]] const ConfigurationManager& manager() const override { return manager_; }

  Answer respond(Turn& turn, const Credentials& credentials, bool explain) override {
    if (const auto& fault = rules_->base->start_fault) {
      return start_failed(*fault);
    }
    const BearerToken bearer = bearer_token(credentials, kKestrelHeaders);
    if (bearer.refusal && bearer.refusal->status != 401) {
      return *bearer.refusal;
    }
    if (!rules_->base->options_error.empty()) {
      return options_failed(rules_->base->options_error, rules_->base->options_message);
    }
    if (bearer.refusal) {
      return *bearer.refusal;
    }
    Answer made = ask(turn, bearer, explain);
    manager_.finish(turn, rules_->base->manager);
    for (std::size_t i = 0; i < kEditions; ++i) {
      issuers_[i].finish(turn, rules_->issuers[i]);
    }
    made.fetches = turn.fetches;
    return made;
  }

 private:
  Answer ask(Turn& turn, const BearerToken& bearer, bool explain) {
    const AspnetRules& base = *rules_->base;
    TokenReading reading = bearer.synthetic ? TokenReading{Outcome::kRead, {}, *bearer.synthetic}
                                            : read_json_web_token(bearer.token, base.library);
    if (reading.outcome != Outcome::kRead) {
      Failure failure;
      failure.id = reading.error;
      return refuse(failure, base, nullptr, manager_, turn, explain);
    }
    const auto failure = check(turn, reading.token);
    if (failure) {
      if (failure->kind == Kind::kKeyNotFound && base.refresh_on_unknown_key) {
        manager_.request_refresh(turn, base.manager);
      }
      return refuse(*failure, base, &reading.token, manager_, turn, explain);
    }
    if (rules_->needs_scope_or_role && !reading.token.has_scope_or_role) {
      Failure missing;
      missing.id = "IDW10201";
      Answer made = refuse(missing, base, &reading.token, manager_, turn, explain);
      made.because = "the token has neither scp nor roles";
      return made;
    }
    Answer made;
    if (explain) {
      made.because = "signature, key issuer, lifetime, audience, issuer and scope or role hold";
    }
    return made;
  }

  std::optional<Failure> check(Turn& turn, const TokenView& token) {
    ValidationStage stage;
    CheckInput input{rules_->base->checks, rules_->base->library, token};
    input.stage = &stage;
    const std::function<std::optional<Failure>()> issuer = [&] {
      return check_issuer(turn, token, stage);
    };
    const std::function<std::optional<Failure>()> audience = [&] {
      return check_own_audience(token);
    };
    const std::function<std::optional<Failure>(const SigningKey&, const Configuration*)> key =
        [&](const SigningKey& signer, const Configuration* configuration) {
          return configuration == nullptr ? std::nullopt
                                          : check_key_issuer(signer, token, *configuration);
        };
    input.issuer_check = rules_->checks_issuer ? &issuer : nullptr;
    input.audience_check = rules_->own_audience_check ? &audience : nullptr;
    input.key_check = &key;
    return check_with_manager(input, manager_, rules_->base->manager, turn);
  }

  [[nodiscard]] std::optional<Failure> check_own_audience(const TokenView& token) const {
    std::optional<std::vector<std::string>> valid;
    if (rules_->b2c || token.version == "2.0") {
      valid = {rules_->client_id};
    } else if (token.version == "1.0") {
      valid = {"api://" + rules_->client_id};
    }
    return check_audience(token, valid, rules_->base->library);
  }

  // AadIssuerValidator.
  std::optional<Failure> check_issuer(Turn& turn, const TokenView& token,
                                      const ValidationStage& stage) {
    const std::string issuer = token.issuer.value_or("");
    const auto tenant = tenant_of(token);
    if (!tenant) {
      return Failure{};
    }
    if (base::trim(*tenant).empty()) {
      return issuer_failure(is_user_flow(issuer) ? "IDX40002" : "IDX40003");
    }
    const auto& own = rules_->base->checks.issuers;
    if (own && std::any_of(own->begin(), own->end(), [&](const std::string& valid) {
          return issuer_fits(valid, *tenant, issuer);
        })) {
      return std::nullopt;
    }
    // Up to .NET 7 the handler has put the document's issuer among the valid ones.
    const auto& fetched = manager_.current();
    if (rules_->base->host <= 7 && fetched && issuer_fits(fetched->issuer(), *tenant, issuer)) {
      return std::nullopt;
    }
    const std::size_t edition = edition_of(issuer, rules_->forgives_slash);
    const auto known = known_issuer(turn, edition, stage);
    if (!known || !issuer_fits(*known, *tenant, issuer)) {
      return issuer_failure("IDX40001");
    }
    if (!stage.with_last_known_good) {
      good_issuers_[edition] = {*known, turn.local + base::hours(24)};
    }
    return std::nullopt;
  }

  std::optional<std::string> known_issuer(Turn& turn, std::size_t edition,
                                          const ValidationStage& stage) {
    if (stage.with_last_known_good) {
      const GoodIssuer& good = good_issuers_[edition];
      return good.until > turn.local ? std::optional(good.issuer) : std::nullopt;
    }
    if (stage.refresh_before) {
      issuers_[edition].request_refresh(turn, rules_->issuers[edition]);
    }
    const Configuration* configuration = issuers_[edition].get(turn, rules_->issuers[edition]);
    return configuration == nullptr ? std::nullopt : std::optional(configuration->issuer());
  }

  struct GoodIssuer {
    std::string issuer;
    base::Instant until = base::Instant::min();
  };
  const IdentityWebRules* rules_;
  ConfigurationManager manager_;
  std::array<ConfigurationManager, kEditions> issuers_;
  std::array<GoodIssuer, kEditions> good_issuers_;
};

std::string without_slashes(std::string text) {
  while (text.ends_with('/')) {
    text.pop_back();
  }
  return text;
}

std::string authority_of(const model::ValidatorSettings& settings) {
  std::string authority = settings.authority.value();
  if (base::trim(authority).empty()) {
    authority =
        without_slashes(settings.instance.value()) + '/' + settings.tenant_id.value() + "/v2.0";
  }
  authority = without_slashes(authority);
  return authority.ends_with("v2.0") ? authority : authority + "/v2.0";
}

// As AadIssuerValidator derives the other two from one authority.
std::array<std::string, kEditions> authorities(const std::string& authority) {
  constexpr std::string_view kV2 = "/v2.0";
  std::string first = authority;
  if (const std::size_t at = first.find("organizations/v2.0"); at != std::string::npos) {
    first.replace(at, std::string_view("organizations/v2.0").size(), "common");
  }
  if (const std::size_t at = first.find(kV2); at != std::string::npos) {
    first.erase(at, kV2.size());
  }
  return {first, first + "/v1.1", authority};
}

// Without a client id (a story's settings): the guid among the audiences. A bare guid alone is not
// an audience then, but what the library derives its audience from.
void derive_client_id(const model::ValidatorSettings& settings, IdentityWebRules& rules,
                      CheckRules& checks) {
  rules.client_id = settings.client_id.value();
  if (!settings.client_id.absent()) {
    return;
  }
  for (const std::string& audience : settings.audiences.value()) {
    const std::string_view bare =
        audience.starts_with("api://") ? std::string_view(audience).substr(6) : audience;
    if (model::is_guid(bare)) {
      rules.client_id = bare;
    }
  }
  if (settings.audiences.value() == std::vector{rules.client_id}) {
    checks.audiences = std::nullopt;
  }
}

// Microsoft.IdentityModel.Validators before 7.0.3 (pull request 2361), and of 6.x before 6.34.0
// (2415), ask the document of version 1 for an issuer that ends in /v2.0/, as B2C's does.
bool forgives_slash(const model::ValidatorSettings& settings, Version library) {
  const Version used = parse_version(settings.validators).value_or(library);
  return used >= Version{7, 0, 3} || (used.major == 6 && used >= Version{6, 34, 0});
}

base::Result<Version> library_of(const model::ValidatorSettings& settings,
                                 std::vector<std::string>& notes) {
  const auto judged = judged_version(
      settings.version, {kOldest, kNewest, "give the version of Microsoft.Identity.Web, as 3.5.0"},
      notes);
  if (!judged) return judged;
  if (settings.library.empty()) return kLibrary;
  const auto library = parse_version(settings.library);
  if (!library) {
    return base::fail(base::ErrorKind::kInput,
                      "'" + base::printable(settings.library) + "' is not a version");
  }
  return *library;
}

}  // namespace

std::unique_ptr<ProfileState> IdentityWebRules::start(const Addresses& /*addresses*/) const {
  return std::make_unique<IdentityWebState>(*this);
}

base::Result<CompiledProfile> compile_identity_web(const model::ValidatorSettings& settings) {
  CompiledProfile compiled;
  const auto library = library_of(settings, compiled.notes);
  if (!library) {
    return base::fail(library.error());
  }
  compiled.version = settings.version.empty() ? kNewest.text() : settings.version;
  model::ValidatorSettings own = settings;
  const std::string authority = authority_of(settings);
  own.authority = model::TextSetting(authority, settings.authority.origin());
  own.framework = settings.framework.empty() ? "10.0" : settings.framework;
  auto base = compile_aspnet_rules(own, *library, compiled.notes);
  if (!base) {
    return base::fail(base.error());
  }
  AspnetRules& shared = **base;
  auto rules = std::make_shared<IdentityWebRules>();
  derive_client_id(settings, *rules, shared.checks);
  rules->own_audience_check = !shared.checks.audiences;
  rules->b2c = settings.user_flow.has_value();
  rules->forgives_slash = forgives_slash(settings, *library);
  rules->needs_scope_or_role = !settings.allow_acl.value_or(false);
  if (!settings.client_id.absent() && rules->client_id.empty()) {
    shared.options_error = "IDW10106";
    shared.options_message = "IDW10106: The 'ClientId' option must be provided.";
  }
  // The issuer validator is only put in where the configuration's ValidateIssuer holds; a delegate
  // asks no flag that code sets later.
  const auto& validate = settings.validate_issuer;
  rules->checks_issuer = validate.value_or(true) || !validate.origin().known();
  const auto urls = authorities(authority);
  for (std::size_t i = 0; i < kEditions; ++i) {
    ManagerRules& manager = rules->issuers[i];
    manager.metadata_address = urls[i] + "/.well-known/openid-configuration";
    manager.library = &shared.library;
    manager.policy = shared.library.cache;
    manager.automatic = manager.policy.automatic;
    manager.refresh = manager.policy.refresh;
    manager.retriever = shared.manager.retriever;
    manager.retriever.require_https = true;
    manager.retriever.timeout = base::seconds(100);
  }
  rules->base = *base;
  ProfileValues& values = compiled.values;
  values.addresses.metadata = shared.has_manager ? shared.manager.metadata_address : "";
  values.cache = shared.cache_policy();
  values.transport = jwt_bearer_transport(shared.library.version.text(), shared.host);
  values.words = identity_web_words(settings);
  // Whatever the host is called.
  values.tokens.family = rules->b2c ? model::AuthorityFamily::kB2c : model::AuthorityFamily::kEntra;
  values.tokens.audience_by_version = settings.audiences.value().empty();
  if (!settings.types.value().empty()) values.tokens.type = settings.types.value().front();
  values.clock_skew = shared.checks.clock_skew;
  compiled.rules = std::move(rules);
  return compiled;
}

}  // namespace idpwatch::validators
