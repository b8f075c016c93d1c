#include "validators/node/express_bearer.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "validators/node/express_discovery.hpp"
#include "validators/node/javascript.hpp"
#include "validators/node/jose_claims.hpp"
#include "validators/node/jose_remote_set.hpp"
#include "validators/node/node_transport.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::validators {
namespace {

constexpr Version kNewest{1, 10, 0};
constexpr Version kOldest{1, 6, 0};
constexpr Version kStrictFrom{1, 7, 0};  // RFC 6750's 400 for a header that is malformed; DPoP
constexpr Version kListsFrom{1, 8, 0};
constexpr Version kInside{4, 15, 9};  // jose
constexpr std::size_t kMaxHeader = std::size_t{16} * 1024 - 64;
constexpr base::Duration kTolerance = base::seconds(5);
constexpr std::string_view kSource = "packages 1.6.1 and 1.10.0; recordings of real runs";
constexpr std::string_view kAlgorithms =
    "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES256K, ES384, ES512, EdDSA";

struct ExpressRules final : ProfileRules {
  JoseTraits traits;
  bool strict_header = true;
  bool follows_lists = true;  // what the document says of algorithms, after the first one
  std::optional<std::string> issuer;
  std::vector<std::string> audiences;
  std::optional<std::vector<std::string>> algorithms;
  RemoteSetOptions remote;
  base::Duration tolerance = kTolerance;
  base::Duration discovery_age = base::minutes(10);
  std::optional<model::StartFault> start_fault;

  [[nodiscard]] std::unique_ptr<ProfileState> start(const Addresses& addresses) const override;
};

JoseError invalid(std::string id, std::string message, Cause cause) {
  return {std::move(id), "InvalidTokenError", std::move(message), cause};
}

class ExpressState final : public ProfileState {
 public:
  ExpressState(const ExpressRules& rules, const Addresses& addresses)
      : rules_(&rules), addresses_(&addresses) {}

  [[nodiscard]] std::unique_ptr<ProfileState> clone() const override {
    return std::make_unique<ExpressState>(*this);
  }

  Answer answer(Turn& turn, const Credentials& credentials, bool explain) override {
    if (rules_->start_fault) return start_failed(*rules_->start_fault);
    std::string_view token;
    if (auto refusal = read_header(credentials, token)) return *refusal;
    JoseTokenReading reading;
    std::optional<JoseError> error;
    const bool synthetic = credentials.token() != nullptr;
    if (!synthetic && rules_->strict_header) error = check_form(token);
    if (!error) error = discover(turn);
    if (discovery_.hangs()) return no_answer(turn);
    if (!error && synthetic) reading.token = synthetic_jose_token(*credentials.token());
    if (!error && !synthetic) {
      reading = read_jose_token(token, rules_->traits);
      error = std::move(reading.error);
    }
    if (!error) error = verify(turn, reading.token);
    Answer made;
    if (error) {
      made = refused(*error, explain);
    } else if (explain) {
      made.because = "signature, times, issuer and audience hold";
    }
    made.fetches = turn.fetches;
    return made;
  }

  [[nodiscard]] bool has_keys() const override { return remote_.held() != nullptr; }
  [[nodiscard]] std::vector<std::string> key_thumbprints() const override {
    std::vector<std::string> thumbprints;
    if (!has_keys()) return thumbprints;
    for (const JoseKey& key : remote_.held()->keys) thumbprints.push_back(key.material.thumbprint);
    return thumbprints;
  }
  [[nodiscard]] base::Instant refresh_due_at() const override {
    return after_fetch(std::min(rules_->remote.max_age, rules_->discovery_age));
  }
  [[nodiscard]] base::Instant forced_refresh_allowed_at() const override {
    return after_fetch(rules_->remote.cooldown);
  }

 private:
  [[nodiscard]] base::Instant after_fetch(base::Duration wait) const {
    const base::Instant at = remote_.fetched_at();
    if (at == base::Instant::min()) return at;
    return at > base::Instant::max() - wait ? base::Instant::max() : at + wait;
  }

  [[nodiscard]] std::string realm() const { return std::string(R"(Bearer realm="api")"); }
  [[nodiscard]] std::string dpop() const {
    if (!rules_->strict_header) return {};
    std::string names(kAlgorithms);
    std::erase(names, ',');
    return ", DPoP algs=\"" + names + '"';
  }

  // The Authorization header; a refusal, or what is taken for the token.
  std::optional<Answer> read_header(const Credentials& credentials, std::string_view& token) const {
    if (credentials.token()) return std::nullopt;
    const auto& header = credentials.authorization();
    if (header && header->size() > kMaxHeader) return bearer_token(credentials, kMaxHeader).refusal;
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view value = header ? base::trim(*header) : std::string_view();
    const bool bearer =
        value.size() > kScheme.size() && base::iequals(value.substr(0, kScheme.size()), kScheme);
    if (bearer) token = value.substr(kScheme.size());
    const bool one_word = bearer && token.find_first_of(" \t") == std::string_view::npos;
    if (bearer && (one_word || !rules_->strict_header)) return std::nullopt;
    Answer answer = no_credentials();
    answer.challenge = realm() + dpop();
    if (rules_->strict_header && !value.empty()) answer.status = 400;
    return answer;
  }

  // From 1.7 on the header is read before jose reads it.
  [[nodiscard]] std::optional<JoseError> check_form(std::string_view token) const {
    const auto parts = base::split(token, '.');
    const auto header = parts.size() == 3 || parts.size() == 5
                            ? parse_javascript_json(decoded_utf8(buffer_from_base64(parts[0])))
                            : std::nullopt;
    if (!header || !header->is(JsonNode::Kind::kObject)) {
      return invalid("malformed-token", "Invalid Token or Protected Header formatting",
                     Cause::kOther);
    }
    const JsonNode* alg = header->find("alg");
    if (alg == nullptr || !alg->is(JsonNode::Kind::kString) || alg->text.empty()) {
      return invalid("malformed-token", R"(Token header missing or invalid "alg" claim)",
                     Cause::kOther);
    }
    for (const std::string_view known : base::split(kAlgorithms, ',')) {
      if (base::trim(known) == alg->text) return std::nullopt;
    }
    return invalid("algorithm-not-allowed",
                   "Unsupported algorithm \"" + alg->text +
                       "\" for JWKS-based verification. Supported: " + std::string(kAlgorithms),
                   Cause::kAlgorithm);
  }

  std::optional<JoseError> discover(Turn& turn) {
    if (addresses_->metadata.empty() || discovery_.hangs()) return std::nullopt;
    return discovery_.refresh(turn, addresses_->metadata, rules_->discovery_age,
                              !rules_->follows_lists);
  }

  static Answer no_answer(const Turn& turn) {
    Answer answer;
    answer.status = 0;
    answer.error = "no-answer";
    answer.cause = Cause::kTransport;
    answer.because = "the discovery document does not come, and nothing limits the wait for it";
    answer.fetches = turn.fetches;
    return answer;
  }

  std::optional<JoseError> verify(Turn& turn, const JoseToken& token) {
    const std::string& url = addresses_->keys.empty() ? discovery_.jwks_uri() : addresses_->keys;
    JoseChoice choice =
        remote_.key(turn, url, token.alg, token.kid, rules_->remote, rules_->traits);
    if (auto* error = std::get_if<JoseError>(&choice)) return std::move(*error);
    if (auto error = fits(*std::get<const JoseKey*>(choice), token, turn)) return error;
    JoseOptions times;
    times.tolerance = rules_->tolerance;
    if (auto error = check_jose_claims(token, times, rules_->traits, turn.local)) return error;
    const auto claims =
        token.claims ? token.claims : read_jose_claims(*token.payload, rules_->traits);
    return check_own(token, *claims);
  }

  [[nodiscard]] std::optional<JoseError> fits(const JoseKey& key, const JoseToken& token,
                                              const Turn& turn) const {
    constexpr unsigned kLeastBits = 2048;
    if (key.material.kind == SigningKey::Kind::kRsa && key.material.bits < kLeastBits) {
      return invalid("keys-invalid",
                     token.alg + " requires key modulusLength to be 2048 bits or larger",
                     Cause::kKey);
    }
    if (!turn.oracle.verify(key.material, token.alg, token.parts)) {
      return invalid("bad-signature", "signature verification failed", Cause::kKey);
    }
    if (!token.payload) {
      return invalid("malformed-token", "JWT Claims Set must be a top-level JSON object",
                     Cause::kOther);
    }
    return std::nullopt;
  }

  // validate.ts, in its order.
  [[nodiscard]] std::optional<JoseError> check_own(const JoseToken& token,
                                                   const JoseClaims& claims) const {
    const auto contains = [](const std::vector<std::string>& list, const std::string& one) {
      return std::find(list.begin(), list.end(), one) != list.end();
    };
    const auto& advertised = discovery_.algorithms();
    const bool allowed = (advertised.empty() || contains(advertised, token.alg)) &&
                         (!rules_->algorithms || contains(*rules_->algorithms, token.alg));
    if (!allowed) {
      return invalid("algorithm-not-allowed", "Unexpected 'alg' value", Cause::kAlgorithm);
    }
    const std::string& issuer = rules_->issuer ? *rules_->issuer : discovery_.issuer();
    if (!claims.issuer.says(issuer)) {
      return invalid("wrong-issuer", "Unexpected 'iss' value", Cause::kIssuer);
    }
    const bool meant =
        std::any_of(claims.audiences.begin(), claims.audiences.end(),
                    [&](const auto& one) { return contains(rules_->audiences, one); });
    if (!meant) return invalid("wrong-audience", "Unexpected 'aud' value", Cause::kAudience);
    if (claims.expires.is == JoseTime::Is::kAbsent) {
      return invalid("missing-expiry", "Unexpected 'exp' value", Cause::kLifetime);
    }
    if (token.payload && !token.claims) {
      const auto payload = parse_javascript_json(decoded_utf8(*token.payload));
      const JsonNode* subject = payload ? payload->find("sub") : nullptr;
      if (subject != nullptr && !subject->is(JsonNode::Kind::kString)) {
        return invalid("malformed-token", "Unexpected 'sub' value", Cause::kOther);
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] Answer refused(const JoseError& error, bool explain) const {
    Answer made;
    made.status = 401;
    made.error = error.id;
    made.code = "InvalidTokenError";
    made.cause = error.cause;
    made.message = error.message;
    std::string described = error.message;
    std::replace(described.begin(), described.end(), '"', '\'');
    made.challenge =
        realm() + R"(, error="invalid_token", error_description=")" + described + '"' + dpop();
    if (explain) made.because = error.message;
    return made;
  }

  const ExpressRules* rules_;
  const Addresses* addresses_;
  ExpressDiscovery discovery_;
  RemoteJoseSet remote_;
};

std::unique_ptr<ProfileState> ExpressRules::start(const Addresses& addresses) const {
  return std::make_unique<ExpressState>(*this, addresses);
}

CachePolicy cache_policy_of(const ExpressRules& rules) {
  CachePolicy policy;
  policy.holds = CachePolicy::Holds::kDocumentAndKeys;
  const base::Duration age = std::min(rules.remote.max_age, rules.discovery_age);
  policy.lasts = {age, age};
  policy.unknown_kid = CachePolicy::Fetcher::kRequest;
  policy.throttle.gap = rules.remote.cooldown;
  policy.fetch.timeout = rules.remote.timeout;
  policy.fetch.ok_alone = true;
  return policy;
}

Vocabulary express_words() {
  Vocabulary words;
  words.authority = "ISSUER_BASE_URL (issuerBaseURL)";
  words.issuers = words.issuer_list = "ISSUER (issuer)";
  words.audiences = "AUDIENCE (audience)";
  words.audience = "AUDIENCE";
  words.algorithms = "tokenSigningAlg";
  words.fetch_timeout = "timeoutDuration";
  words.automatic_refresh = "cacheMaxAge";
  return words;
}

// With an issuer and an address of keys it discovers nothing.
std::string metadata_of(const model::ValidatorSettings& settings) {
  const std::string& base = settings.authority.value();
  if (!settings.metadata_url.value().empty()) return settings.metadata_url.value();
  if (base.empty() || base.find("/.well-known/") != std::string::npos) return base;
  return base::discovery_url(base);
}

}  // namespace

base::Result<CompiledProfile> compile_express_bearer(const model::ValidatorSettings& settings) {
  CompiledProfile compiled;
  const auto version =
      judged_version(settings.version,
                     {kOldest, kNewest, "give the version of express-oauth2-jwt-bearer, as 1.6.1"},
                     compiled.notes);
  if (!version) return base::fail(version.error());
  compiled.version = settings.version.empty() ? version->text() : settings.version;
  auto rules = std::make_shared<ExpressRules>();
  rules->traits = jose_traits(kInside);
  rules->strict_header = *version >= kStrictFrom;
  rules->follows_lists = *version >= kListsFrom;
  const auto& issuers = settings.issuers.value();
  if (!issuers.empty() && !issuers.front().empty()) {
    rules->issuer = settings.issuers.value().front();
  }
  rules->audiences = settings.audiences.value();
  if (settings.algorithms.has_value() && !settings.algorithms.value().empty()) {
    rules->algorithms = settings.algorithms.value();
  }
  rules->tolerance = settings.clock_skew.value_or(kTolerance);
  rules->remote.max_age = settings.automatic_refresh.value_or(base::minutes(10));
  rules->discovery_age = rules->remote.max_age;
  rules->remote.cooldown = settings.min_refresh.value_or(rules->remote.cooldown);
  rules->remote.timeout = settings.fetch_timeout.value_or(rules->remote.timeout);
  rules->start_fault = settings.start_fault ? settings.start_fault : settings.options_fault;
  const bool fails = rules->audiences.empty() && !rules->start_fault;
  if (fails) {
    rules->start_fault = model::StartFault{"An 'audience' is required to validate the 'aud' claim",
                                           settings.audiences.origin()};
  }
  ProfileValues& values = compiled.values;
  values.addresses.keys = settings.jwks_url.value();
  if (values.addresses.keys.empty()) values.addresses.metadata = metadata_of(settings);
  values.cache = cache_policy_of(*rules);
  values.transport = node_transport("express-oauth2-jwt-bearer " + compiled.version);
  values.words = express_words();
  if (rules->algorithms) values.tokens.algorithm = rules->algorithms->front();
  values.clock_skew = rules->tolerance;
  compiled.rules = std::move(rules);
  return compiled;
}

std::vector<ProfileVersion> express_bearer_versions() {
  std::vector<ProfileVersion> versions;
  const std::string source(kSource);
  for (const Version version : {Version{1, 6, 1}, kNewest}) {
    const bool strict = version >= kStrictFrom;
    versions.push_back(
        {version.text(),
         {""},
         {{"automatic_refresh_s", "10 min (cacheMaxAge), for the document and for the keys",
           source},
          {"min_refresh_s", "30 s since a good fetch (cooldownDuration)", source},
          {"fetch_timeout_s", "5 s for the keys (timeoutDuration), none for the document", source},
          {"unknown kid", "fetches in the same request", source},
          {"discovery", "by the first request; issuer and jwks_uri are kept until a restart",
           source},
          {"clock_skew_s", "5", source},
          {"malformed header", strict ? "400" : "401", source}}});
  }
  return versions;
}

}  // namespace idpwatch::validators
