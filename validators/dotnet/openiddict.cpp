#include "validators/dotnet/openiddict.hpp"

#include "base/text.hpp"
#include "validators/dotnet/dotnet_documents.hpp"
#include "validators/dotnet/dotnet_transport.hpp"
#include "validators/dotnet/dotnet_uri.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/managed_state.hpp"
#include "validators/dotnet/response_text.hpp"
#include "validators/dotnet/token_checks.hpp"
#include "validators/dotnet/token_reading.hpp"
#include "validators/dotnet/words.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::validators {
namespace {

using Kind = Failure::Kind;
using Outcome = TokenReading::Outcome;

constexpr Version kNewest{7, 8, 0};
constexpr Version kLibrary{8, 23, 0};
constexpr unsigned kReaderId = 1U << 12;  // beyond all readers of the library itself

struct ErrorText {
  std::string_view id, text;
};
constexpr std::array<ErrorText, 9> kErrors{{
    {"ID2004", "The specified token is invalid."},
    {"ID2019", "The specified token is no longer valid."},
    {"ID2088", "The issuer associated to the specified token is not valid."},
    {"ID2089", "The specified token is not of the expected type."},
    {"ID2090", "The signing key associated to the specified token was not found."},
    {"ID2091", "The signature associated to the specified token is not valid."},
    {"ID2093", "The specified token doesn't contain any audience."},
    {"ID2094",
     "The specified token doesn't contain any valid audience, which may indicate that it was "
     "issued to be used with another application."},
    {"ID2170",
     "The remote authorization server is currently unavailable or returned an invalid "
     "configuration."},
}};

std::string_view text_of(std::string_view id) {
  for (const ErrorText& error : kErrors) {
    if (error.id == id) {
      return error.text;
    }
  }
  return {};
}

// Uri.AbsoluteUri; "" for what is no absolute URL.
std::string absolute_uri(std::string_view text) {
  const auto uri = parse_dotnet_uri(text);
  return uri ? uri->absolute_uri : std::string();
}

struct OpenIddictRules final : ProfileRules {
  LibraryTraits library;
  ManagerRules manager;
  CheckRules checks;  // issuers are the configuration's, filled in for each token
  std::vector<std::string> audiences;
  base::Duration skew{0};
  std::optional<model::StartFault> start_fault, options_fault;

  [[nodiscard]] std::unique_ptr<ProfileState> start(const Addresses& addresses) const override;
};

const DocumentReader& reader() {
  static constexpr DocumentReader kReader{kReaderId, read_openiddict_discovery,
                                          read_openiddict_key_set};
  return kReader;
}

// ExtractJsonHttpResponse: application/json, application/*+json.
bool is_json(std::string_view content_type) {
  const std::string type =
      base::to_lower(base::trim(content_type.substr(0, content_type.find(';'))));
  return type == "application/json" ||
         (type.size() >= 18 && type.starts_with("application/") && type.ends_with("+json"));
}

// HttpContent.ReadFromJsonAsync: by the charset, else as UTF-8, whatever mark it begins with.
std::string charset_for_json(const Retrieved& retrieved) {
  return charset_of(retrieved.content_type).empty() ? "application/json; charset=utf-8"
                                                    : retrieved.content_type;
}

// Uri equality: "https://host" and "https://host/" are one, "https://host/a" and ".../a/" are two.
bool same_issuer(std::string_view document, std::string_view configured) {
  std::string expected = absolute_uri(configured);
  const std::string found = absolute_uri(document);
  return !found.empty() && found == expected;
}

std::optional<Configuration> refuse_fetch(FetchFailure& failure, const Retrieved& retrieved,
                                          std::string_view url) {
  const bool came = retrieved.error.empty();
  failure = {"ID2170", retrieved.reason, std::string(url),
             came ? Cause::kDocument : Cause::kTransport};
  return std::nullopt;
}

std::optional<Configuration> fetch_openiddict(Turn& turn, const ManagerRules& rules,
                                              FetchFailure& failure) {
  const std::string& address = rules.metadata_address;
  Configuration configuration;
  Retrieved document = retrieve(turn, address, rules.retriever, turn.fetches.discovery);
  if (!document.error.empty() || !is_json(document.content_type)) {
    return refuse_fetch(failure, document, address);
  }
  configuration.document =
      discovery_of(turn.store, document.body, charset_for_json(document), *rules.library, reader());
  const DiscoveryDocument& read = *configuration.document;
  if (!read.error.empty() || !same_issuer(read.issuer, rules.expected_issuer)) {
    const bool foreign = read.error.empty();
    failure = {"ID2170",
               foreign ? "the document's issuer is not the configured one (ID2098)"
                       : "the discovery document cannot be used (" + read.error + ")",
               address, Cause::kDocument,
               foreign ? CauseDetail::kDocumentIssuer : CauseDetail::kNone};
    return std::nullopt;
  }
  const Retrieved keys = retrieve(turn, read.jwks_uri, rules.retriever, turn.fetches.keys);
  if (!keys.error.empty() || !is_json(keys.content_type)) {
    return refuse_fetch(failure, keys, read.jwks_uri);
  }
  configuration.keys =
      key_set_of(turn.store, keys.body, charset_for_json(keys), *rules.library, reader());
  if (!configuration.keys->error.empty()) {
    failure = {"ID2170", "the key set cannot be used (" + configuration.keys->error + ")",
               read.jwks_uri, Cause::kDocument};
    return std::nullopt;
  }
  return configuration;
}

class OpenIddictState final : public ManagedState {
 public:
  explicit OpenIddictState(const OpenIddictRules& rules) : rules_(&rules) {}

  [[nodiscard]] std::unique_ptr<ProfileState> clone() const override {
    return std::make_unique<OpenIddictState>(*this);
  }

 protected:
  [[nodiscard]] const ManagerRules* manager_rules() const override { return &rules_->manager; }
  [[nodiscard]] const ConfigurationManager& manager() const override { return manager_; }

  Answer respond(Turn& turn, const Credentials& credentials, bool explain) override {
    if (rules_->start_fault) {
      return start_failed(*rules_->start_fault);
    }
    if (rules_->options_fault) {
      return options_failed(fault_id(*rules_->options_fault), rules_->options_fault->message);
    }
    const BearerToken bearer = bearer_token(credentials, kKestrelHeaders);
    if (bearer.refusal) {
      return *bearer.refusal;
    }
    Answer made = ask(turn, bearer, explain);
    manager_.finish(turn, rules_->manager);
    made.fetches = turn.fetches;
    return made;
  }

 private:
  static Answer refused(std::string_view id, std::string because) {
    Answer made;
    const bool server = id == "ID2170";
    made.status = server ? 500 : 401;
    made.error = id;
    made.message = std::string(id) + ": " + std::string(text_of(id));
    made.challenge = "Bearer error=\"" + std::string(server ? "server_error" : "invalid_token") +
                     "\", error_description=\"" + std::string(text_of(id)) +
                     "\", error_uri=\"https://documentation.openiddict.com/errors/" +
                     std::string(id) + '"';
    made.because = std::move(because);
    return made;
  }

  // DateTimeOffset.FromUnixTimeSeconds in MapInternalClaims; nobody catches it.
  static Answer out_of_dates() {
    Answer made;
    made.status = 500;
    made.error = "malformed-token";
    made.because = "exp or iat lies outside the years 1 to 9999, which OpenIddict does not expect";
    return made;
  }

  Answer ask(Turn& turn, const BearerToken& bearer, bool explain) {
    const Configuration* configuration = manager_.get(turn, rules_->manager);
    if (configuration == nullptr) {
      return refused("ID2170", "there is no configuration yet and fetching it fails (" +
                                   manager_.last_failure().reason + ")");
    }
    TokenReading reading;
    if (!bearer.synthetic) {
      reading = read_json_web_token(bearer.token, rules_->library);
    }
    const TokenView& token = bearer.synthetic ? *bearer.synthetic : reading.token;
    if (reading.outcome != Outcome::kRead) {
      return refused("ID2004", "the token cannot be read (" + reading.error + ")");
    }
    if (const auto failure = check(turn, token, *configuration)) {
      return refuse_check(*failure, token, turn);
    }
    if (token.beyond_dates) {
      return out_of_dates();
    }
    return last_checks(turn, token, explain);
  }

  std::optional<Failure> check(Turn& turn, const TokenView& token,
                               const Configuration& configuration) const {
    CheckRules checks = rules_->checks;
    const std::string issuer = absolute_uri(configuration.issuer());
    checks.issuers = {{issuer}};
    const std::size_t host = issuer.find("://") + 3;
    if (issuer.find('/', host) + 1 == issuer.size()) {
      checks.issuers->push_back(issuer.substr(0, issuer.size() - 1));
    }
    // The issuer is compared with its own normal forms alone, not with the document's text.
    Configuration keys_alone = configuration;
    keys_alone.document = std::make_shared<const DiscoveryDocument>();
    CheckInput input{checks, rules_->library, token};
    input.configuration = &keys_alone;
    if (auto failure = check_token(input, turn)) {
      return failure;
    }
    const std::string typ = token.typ.value_or("");
    if (base::iequals(typ, "at+jwt") || base::iequals(typ, "application/at+jwt")) {
      return std::nullopt;
    }
    Failure wrong_type;
    wrong_type.id = "ID2089";
    return wrong_type;
  }

  Answer refuse_check(const Failure& failure, const TokenView& token, const Turn& turn) {
    const std::string kid = "'" + base::printable(token.kid.value_or(""), 64) + "'";
    if (failure.kind == Kind::kKeyNotFound) {
      manager_.request_refresh(turn, rules_->manager);
      return refused("ID2090", "no cached key fits kid " + kid);
    }
    if (failure.kind == Kind::kBadSignature) {
      return refused("ID2091", "the signature does not fit kid " + kid);
    }
    if (failure.kind == Kind::kIssuer) {
      return refused("ID2088", "the token's issuer is not that of the document");
    }
    return failure.id == "ID2089"
               ? refused("ID2089", "the token's typ is not at+jwt")
               : refused("ID2004", "the token cannot be validated (" + failure.id + ")");
  }

  // Done by OpenIddict itself, after the token handler; nbf and iat never are.
  [[nodiscard]] Answer last_checks(const Turn& turn, const TokenView& token, bool explain) const {
    if (token.expires && base::from_unix_seconds(*token.expires) + rules_->skew < turn.local) {
      return refused("ID2019", "the token ended at " +
                                   base::format_rfc3339(base::from_unix_seconds(*token.expires)));
    }
    if (!rules_->audiences.empty()) {
      if (token.audiences.empty()) {
        return refused("ID2093", "the token has no audience");
      }
      const bool any =
          std::any_of(token.audiences.begin(), token.audiences.end(), [&](const std::string& one) {
            return std::find(rules_->audiences.begin(), rules_->audiences.end(), one) !=
                   rules_->audiences.end();
          });
      if (!any) {
        return refused("ID2094", "none of the token's audiences is a valid one");
      }
    }
    Answer made;
    if (explain) {
      made.because = "signature, issuer, type, lifetime and audience hold";
    }
    return made;
  }

  const OpenIddictRules* rules_;
  ConfigurationManager manager_;
};

// ValidateWellKnownConfigurationParameters: null is no string either.
bool well_known_types_hold(const JsonNode& root) {
  for (const std::string_view name :
       {"error", "error_description", "error_uri", "introspection_endpoint", "issuer"}) {
    const JsonNode* value = root.find(name);
    if (value != nullptr && !value->is(JsonNode::Kind::kString)) {
      return false;
    }
  }
  const JsonNode* methods = root.find("introspection_endpoint_auth_methods_supported");
  return methods == nullptr ||
         (methods->is(JsonNode::Kind::kArray) &&
          std::all_of(methods->items.begin(), methods->items.end(),
                      [](const JsonNode& item) { return item.is(JsonNode::Kind::kString); }));
}

// What OpenIddictValidationBuilder throws while the app starts (AddAudiences, SetIssuer).
std::optional<model::StartFault> builder_fault(const model::ValidatorSettings& settings) {
  const auto& audiences = settings.audiences.value();
  if (std::find(audiences.begin(), audiences.end(), "") != audiences.end()) {
    return model::StartFault{"ID0123: Audiences cannot be null or empty.", {}};
  }
  const std::string& authority = settings.authority.value();
  const auto issuer = parse_dotnet_uri(authority);
  if (!authority.empty() && !issuer) {
    return model::StartFault{"ID0023: The issuer must be an absolute URI.", {}};
  }
  if (issuer && authority.find_first_of("?#") != std::string::npos) {
    return model::StartFault{"ID0137: The issuer cannot have a query or a fragment.", {}};
  }
  return std::nullopt;
}

std::string discovery_address(const model::ValidatorSettings& settings) {
  if (settings.metadata_url.has_value()) {
    return settings.metadata_url.value();
  }
  std::string authority = absolute_uri(settings.authority.value());
  return (authority.ends_with('/') ? authority : authority + '/') +
         ".well-known/openid-configuration";
}

}  // namespace

DiscoveryDocument read_openiddict_discovery(std::string_view text, const LibraryTraits& traits) {
  const auto root = parse_dotnet_json(text, traits.json);
  if (!root || !root->is(JsonNode::Kind::kObject)) {
    return {"ID2137", {}, {}};
  }
  const auto text_member = [&](std::string_view name) {
    const JsonNode* value = root->find(name);
    return value != nullptr && value->is(JsonNode::Kind::kString) ? value->text : std::string();
  };
  DiscoveryDocument document{{}, text_member("issuer"), text_member("jwks_uri")};
  if (!well_known_types_hold(*root)) {
    document.error = "ID2107";
  } else if (!text_member("error").empty()) {
    document.error = "ID2144";
  } else if (document.issuer.empty()) {
    document.error = "ID2096";
  } else if (!parse_dotnet_uri(document.issuer)) {
    document.error = "ID2097";
  } else if (document.jwks_uri.empty()) {
    document.error = "ID2099";
  } else if (!parse_dotnet_uri(document.jwks_uri) ||
             (!text_member("introspection_endpoint").empty() &&
              !parse_dotnet_uri(text_member("introspection_endpoint")))) {
    document.error = "ID2100";
  }
  return document;
}

std::unique_ptr<ProfileState> OpenIddictRules::start(const Addresses& /*addresses*/) const {
  return std::make_unique<OpenIddictState>(*this);
}

base::Result<CompiledProfile> compile_openiddict(const model::ValidatorSettings& settings) {
  CompiledProfile compiled;
  const auto judged = judged_version(
      settings.version, {kNewest, kNewest, "give the version of OpenIddict.Validation, as 7.8.0"},
      compiled.notes);
  if (!judged) return base::fail(judged.error());
  compiled.version = settings.version.empty() ? kNewest.text() : settings.version;
  auto rules = std::make_shared<OpenIddictRules>();
  rules->library = library_traits(kLibrary, false);
  rules->start_fault = settings.start_fault ? settings.start_fault : builder_fault(settings);
  rules->options_fault = settings.options_fault;
  rules->audiences = settings.audiences.value();
  rules->skew = settings.clock_skew.value_or(base::Duration(0));
  rules->checks.validate_audience = false;
  rules->checks.validate_lifetime = false;
  rules->checks.try_all_keys = settings.try_all_keys.value_or(true);
  rules->checks.algorithms = settings.algorithms.value();
  rules->checks.pinned = read_pinned_keys(settings.pinned_keys.value(), rules->library);
  ManagerRules& manager = rules->manager;
  manager.metadata_address = discovery_address(settings);
  manager.expected_issuer = settings.authority.value();
  manager.library = &rules->library;
  manager.fetch = fetch_openiddict;
  manager.policy = rules->library.cache;
  manager.automatic = settings.automatic_refresh.value_or(manager.policy.automatic);
  manager.refresh = settings.min_refresh.value_or(manager.policy.refresh);
  manager.use_last_known_good = false;
  manager.retriever = {false, RetrieverRules::Retry::kFive,
                       settings.fetch_timeout.value_or(base::minutes(1))};
  for (const auto& [name, absent] :
       {std::pair{"last_known_good_s", settings.last_known_good.absent()},
        std::pair{"refresh_on_unknown_kid", settings.refresh_on_unknown_kid.absent()},
        std::pair{"validate_lifetime", settings.validate_lifetime.absent()}}) {
    if (!absent) {
      compiled.notes.push_back(std::string(name) + " is not a setting of OpenIddict: ignored");
    }
  }
  compiled.values.addresses.metadata = manager.metadata_address;
  compiled.values.cache = cache_policy_of(&manager, CachePolicy::Fetcher::kBackground);
  compiled.values.transport = dotnet_transport("OpenIddict.Validation " + compiled.version);
  compiled.values.words = openiddict_words();
  compiled.values.tokens.type = "at+jwt";
  compiled.values.clock_skew = rules->skew;
  compiled.rules = std::move(rules);
  return compiled;
}

}  // namespace idpwatch::validators
