#include "validators/node/jose.hpp"

#include "base/text.hpp"
#include "validators/node/jose_claims.hpp"
#include "validators/node/jose_remote_set.hpp"
#include "validators/node/node_transport.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::validators {
namespace {

constexpr Version kNewest{6, 2, 18};
constexpr Version kOldest{4, 0, 0};
constexpr std::array kRecorded{Version{4, 15, 9}, Version{5, 10, 0}, kNewest};
// Of all headers together: --max-http-header-size of Node.js, of which the others take some.
constexpr std::size_t kMaxHeader = std::size_t{16} * 1024 - 64;
constexpr std::string_view kSource = "packages 4.0.0 to 6.2.18; recording of a real run";

struct JoseRules final : ProfileRules {
  JoseTraits traits;
  JoseOptions options;
  RemoteSetOptions remote;
  std::optional<JoseKeySet> pinned;  // createLocalJWKSet in place of a remote one
  std::optional<model::StartFault> start_fault;

  [[nodiscard]] std::unique_ptr<ProfileState> start(const Addresses& addresses) const override;
};

Answer refused(const JoseError& error, std::string because) {
  Answer made;
  made.status = 401;
  made.error = error.id;
  made.code = error.code;
  made.cause = error.cause;
  made.message = error.message;
  made.because = std::move(because);
  return made;
}

class JoseState final : public ProfileState {
 public:
  JoseState(const JoseRules& rules, const Addresses& addresses)
      : rules_(&rules), addresses_(&addresses) {}

  [[nodiscard]] std::unique_ptr<ProfileState> clone() const override {
    return std::make_unique<JoseState>(*this);
  }

  Answer answer(Turn& turn, const Credentials& credentials, bool explain) override {
    if (rules_->start_fault) return start_failed(*rules_->start_fault);
    const BearerToken bearer = bearer_token(credentials, kMaxHeader);
    if (bearer.refusal) return *bearer.refusal;
    // "Bearer", white space, and one word.
    if (bearer.token.find(' ') != std::string_view::npos) return no_credentials();
    Answer made = ask(turn, bearer, explain);
    made.fetches = turn.fetches;
    return made;
  }

  [[nodiscard]] bool has_keys() const override { return keys() != nullptr; }

  [[nodiscard]] std::vector<std::string> key_thumbprints() const override {
    std::vector<std::string> thumbprints;
    if (keys() == nullptr) return thumbprints;
    for (const JoseKey& key : keys()->keys) thumbprints.push_back(key.material.thumbprint);
    return thumbprints;
  }

  [[nodiscard]] base::Instant refresh_due_at() const override {
    return after_fetch(rules_->remote.max_age);
  }
  [[nodiscard]] base::Instant forced_refresh_allowed_at() const override {
    return after_fetch(rules_->remote.cooldown);
  }

 private:
  [[nodiscard]] const JoseKeySet* keys() const {
    return rules_->pinned ? &*rules_->pinned : remote_.held();
  }

  [[nodiscard]] base::Instant after_fetch(base::Duration wait) const {
    if (rules_->pinned) return base::Instant::max();
    const base::Instant at = remote_.fetched_at();
    if (at == base::Instant::min()) return at;
    return at > base::Instant::max() - wait ? base::Instant::max() : at + wait;
  }

  Answer ask(Turn& turn, const BearerToken& bearer, bool explain) {
    JoseTokenReading reading;
    if (bearer.synthetic) {
      reading.token = synthetic_jose_token(*bearer.synthetic);
    } else {
      reading = read_jose_token(bearer.token, rules_->traits);
    }
    const JoseToken& token = reading.token;
    auto error = reading.error ? std::move(reading.error) : verify(turn, token);
    if (!error) error = check_jose_claims(token, rules_->options, rules_->traits, turn.local);
    if (error) return refused(*error, explain ? reason(*error, token, turn) : std::string());
    Answer made;
    if (explain) made.because = "signature, issuer, audience and times hold";
    return made;
  }

  std::optional<JoseError> verify(Turn& turn, const JoseToken& token) {
    const JoseTraits& traits = rules_->traits;
    const auto& allowed = rules_->options.algorithms;
    if (allowed && std::find(allowed->begin(), allowed->end(), token.alg) == allowed->end()) {
      return JoseError{"algorithm-not-allowed", "ERR_JOSE_ALG_NOT_ALLOWED",
                       R"("alg" (Algorithm) Header Parameter value not allowed)",
                       Cause::kAlgorithm};
    }
    JoseChoice choice = rules_->pinned ? rules_->pinned->choose(token.alg, token.kid, traits)
                                       : remote_.key(turn, addresses_->keys, token.alg, token.kid,
                                                     rules_->remote, traits);
    if (auto* error = std::get_if<JoseError>(&choice)) return std::move(*error);
    return verify_with(*std::get<const JoseKey*>(choice), token, turn);
  }

  [[nodiscard]] std::optional<JoseError> verify_with(const JoseKey& key, const JoseToken& token,
                                                     const Turn& turn) const {
    constexpr unsigned kLeastBits = 2048;
    if (!verifies_with(token.alg, rules_->traits)) {
      return JoseError{"algorithm-not-allowed", "ERR_JOSE_NOT_SUPPORTED",
                       "alg " + base::printable(token.alg, 64) +
                           " is not supported either by JOSE or your javascript runtime",
                       Cause::kAlgorithm};
    }
    if (token.signature_broken) {
      return malformed_token("ERR_JWS_INVALID", "Failed to base64url decode the signature");
    }
    if (key.material.kind == SigningKey::Kind::kRsa && key.material.bits < kLeastBits) {
      const std::string message =
          token.alg + " requires key modulusLength to be 2048 bits or larger";
      return JoseError{"keys-invalid", "TypeError: " + message, message, Cause::kKey};
    }
    if (!turn.oracle.verify(key.material, token.alg, token.parts)) {
      return JoseError{"bad-signature", "ERR_JWS_SIGNATURE_VERIFICATION_FAILED",
                       "signature verification failed", Cause::kKey};
    }
    if (!token.payload) {
      return malformed_token("ERR_JWS_INVALID", "Failed to base64url decode the payload");
    }
    if (token.encoded) return std::nullopt;
    return malformed_token("ERR_JWT_INVALID", "JWTs MUST NOT use unencoded payload");
  }

  [[nodiscard]] std::string reason(const JoseError& error, const JoseToken& token,
                                   const Turn& turn) const {
    const std::string kid =
        token.kid.has_text() ? "'" + base::printable(token.kid.text, 64) + "'" : "(none)";
    if (error.cause == Cause::kKey) return key_reason(error, kid, turn);
    if (error.cause == Cause::kTransport || error.cause == Cause::kDocument) {
      return (remote_.held() == nullptr ? std::string("there is no key set yet")
                                        : "the key set is too old, or knows no kid " + kid) +
             ", and fetching it fails (" + error.message + ")";
    }
    if (error.cause != Cause::kLifetime) return error.message;
    return error.message + ", and the service's clock says " +
           base::format_rfc3339(std::chrono::floor<base::seconds>(turn.local));
  }

  [[nodiscard]] std::string key_reason(const JoseError& error, const std::string& kid,
                                       const Turn& turn) const {
    std::string text = is_unknown_kid(error) ? "no key of the cached set fits kid " + kid
                                             : error.message + ", for kid " + kid;
    if (rules_->pinned) return text;
    text += ", fetched " + base::describe_duration(turn.local - remote_.fetched_at()) + " ago";
    const base::Instant allowed = forced_refresh_allowed_at();
    if (!is_unknown_kid(error) || allowed <= turn.local) return text;
    return text + "; not fetched again before " +
           base::format_rfc3339(std::chrono::floor<base::seconds>(allowed));
  }

  const JoseRules* rules_;
  const Addresses* addresses_;
  RemoteJoseSet remote_;
};

std::unique_ptr<ProfileState> JoseRules::start(const Addresses& addresses) const {
  return std::make_unique<JoseState>(*this, addresses);
}

std::optional<std::vector<std::string>> option_of(const model::ListSetting& setting, bool checked) {
  if (!checked || !setting.has_value()) return std::nullopt;
  return setting.value();
}

JoseOptions options_of(const model::ValidatorSettings& settings) {
  JoseOptions options;
  options.issuers = option_of(settings.issuers, settings.validate_issuer.value_or(true));
  options.audiences = option_of(settings.audiences, settings.validate_audience.value_or(true));
  options.algorithms = option_of(settings.algorithms, true);
  if (!settings.types.value().empty()) options.type = settings.types.value().front();
  options.tolerance = settings.clock_skew.value_or(base::Duration(0));
  return options;
}

RemoteSetOptions remote_options_of(const model::ValidatorSettings& settings,
                                   const JoseTraits& traits) {
  RemoteSetOptions remote;
  remote.timeout = settings.fetch_timeout.value_or(remote.timeout);
  remote.cooldown = settings.min_refresh.value_or(remote.cooldown);
  // What has no such option keeps the set whatever is written.
  remote.max_age =
      traits.max_age == kForEver ? kForEver : settings.automatic_refresh.value_or(traits.max_age);
  return remote;
}

CachePolicy cache_policy_of(const RemoteSetOptions& remote) {
  CachePolicy policy;
  policy.holds = CachePolicy::Holds::kKeys;
  policy.lasts = {remote.max_age, remote.max_age};
  policy.unknown_kid = CachePolicy::Fetcher::kRequest;
  policy.throttle.gap = remote.cooldown;
  policy.fetch.timeout = remote.timeout;
  policy.fetch.ok_alone = true;
  return policy;
}

Vocabulary jose_words() {
  Vocabulary words;
  words.authority = "URL of createRemoteJWKSet";
  words.issuers = words.issuer_list = "the option issuer of jwtVerify";
  words.issuers_in_code = true;
  words.audiences = "the option audience of jwtVerify";
  words.no_audience_check = "leave out the option audience of jwtVerify";
  words.algorithms = "the option algorithms of jwtVerify";
  words.fetch_timeout = "timeoutDuration of createRemoteJWKSet";
  words.automatic_refresh = "cacheMaxAge of createRemoteJWKSet";
  return words;
}

base::Result<Version> library_version(const model::ValidatorSettings& settings,
                                      std::vector<std::string>& notes) {
  const auto judged = judged_version(
      settings.version, {kOldest, kNewest, "give the version of jose, as 5.10.0"}, notes);
  if (judged && parse_version(settings.version) == *judged &&
      std::find(kRecorded.begin(), kRecorded.end(), *judged) == kRecorded.end()) {
    notes.push_back(judged->text() + " is modelled from source, not recorded");
  }
  return judged;
}

// Settings that jose has not.
void note_ignored(const model::ValidatorSettings& settings, std::vector<std::string>& notes) {
  for (const auto& [name, absent] :
       {std::pair{"metadata_url", settings.metadata_url.absent()},
        std::pair{"last_known_good_s", settings.last_known_good.absent()},
        std::pair{"require_https", settings.require_https.absent()},
        std::pair{"refresh_on_unknown_kid", settings.refresh_on_unknown_kid.absent()},
        std::pair{"try_all_keys", settings.try_all_keys.absent()},
        std::pair{"use_cache_control", settings.use_cache_control.absent()},
        std::pair{"validate_lifetime", settings.validate_lifetime.absent()}}) {
    if (!absent) notes.push_back(std::string(name) + " is not a setting of jose: ignored");
  }
}

}  // namespace

base::Result<CompiledProfile> compile_jose(const model::ValidatorSettings& settings) {
  CompiledProfile compiled;
  const auto version = library_version(settings, compiled.notes);
  if (!version) return base::fail(version.error());
  compiled.version = settings.version.empty() ? version->text() : settings.version;
  auto rules = std::make_shared<JoseRules>();
  rules->traits = jose_traits(*version);
  rules->options = options_of(settings);
  rules->remote = remote_options_of(settings, rules->traits);
  rules->start_fault = settings.start_fault ? settings.start_fault : settings.options_fault;
  ProfileValues& values = compiled.values;
  if (settings.pinned_keys.has_value()) {
    rules->pinned = read_pinned_jose_keys(settings.pinned_keys.value(), rules->traits);
  } else {
    values.cache = cache_policy_of(rules->remote);
    values.addresses.keys = settings.jwks_url.value();
    if (settings.jwks_url.value().empty()) {
      compiled.notes.emplace_back(
          "jwks_url is not set: the key set that the authority's document names is used");
    }
  }
  values.transport = jose_transport(compiled.version);
  values.words = jose_words();
  if (rules->options.type) values.tokens.type = *rules->options.type;
  if (rules->options.algorithms && !rules->options.algorithms->empty()) {
    values.tokens.algorithm = rules->options.algorithms->front();
  }
  values.clock_skew = rules->options.tolerance;
  note_ignored(settings, compiled.notes);
  compiled.rules = std::move(rules);
  return compiled;
}

std::vector<ProfileVersion> jose_versions() {
  std::vector<ProfileVersion> versions;
  for (const Version version : kRecorded) {
    const JoseTraits traits = jose_traits(version);
    const RemoteSetOptions remote{.max_age = traits.max_age};
    const std::string source(kSource);
    versions.push_back(
        {version.text(),
         {""},
         {{"automatic_refresh_s", base::describe_duration(remote.max_age) + " (cacheMaxAge)",
           source},
          {"min_refresh_s",
           base::describe_duration(remote.cooldown) + " since a good fetch (cooldownDuration)",
           source},
          {"fetch_timeout_s",
           base::describe_duration(remote.timeout) +
               (traits.web_crypto ? " for the whole answer (timeoutDuration)"
                                  : " until the answer's headers (timeoutDuration)"),
           source},
          {"refresh", "by the request that meets it; a set that is too old is not used", source},
          {"unknown kid", "fetches in the same request", source},
          {"redirects", "not followed: only 200 is accepted", source},
          {"discovery", "none: the address of the key set is set in code", source},
          {"clock_skew_s", "0", source},
          {"key types", traits.web_crypto ? "no ES256K, no Ed448" : "all of Node's crypto",
           source}}});
  }
  return versions;
}

}  // namespace idpwatch::validators
