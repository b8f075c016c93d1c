#include "explain/asked_validator.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "forecast/claims/claims.hpp"
#include "forecast/history/key_set_history.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::explain {
namespace {

using base::Json;
using validators::Answer;
using validators::Cause;
using validators::TokenView;

constexpr std::string_view kOurKid = "idpwatch-explains-";

// Public keys of nobody: any odd number is a modulus to those who verify nothing with it, and the
// base points of the curves are on them (SEC 2, RFC 8032).
Json our_key(std::string_view algorithm) {
  const std::string kid = std::string(kOurKid) + std::string(algorithm.substr(0, 2));
  Json key{{"use", "sig"}, {"kid", kid}};
  if (algorithm.starts_with("ES")) {
    const bool large = algorithm == "ES384";
    const bool bitcoin = algorithm == "ES256K";
    key["kid"] = std::string(kOurKid) + std::string(algorithm);
    key["kty"] = "EC";
    key["crv"] = large ? "P-384" : bitcoin ? "secp256k1" : "P-256";
    key["x"] = large     ? "qofKIr6LBTeOscce8yCtdG4dO2KLp5uYWfdB4IJUKjhVAvJdv1UpbDpUXjhydgq3"
               : bitcoin ? "eb5mfvncu6xVoGKVzocLBwKb_NstzijZWfKBWxb4F5g"
                         : "axfR8uEsQkf4vOblY6RA8ncDfYEt6zOg9KE5RdiYwpY";
    key["y"] = large     ? "NhfeSpYmLG9dnpi_kpLcKfj0Hb0omhR86doxE7XwuMAKYLHOHX6BnXpDHXyQ6g5f"
               : bitcoin ? "SDradyajxGVdpPv8DhEIqP0XtEimhVQZnEfQj_sQ1Lg"
                         : "T-NC4v4af5uO5-tKfA-eFivOM1drMV7Oy7ZAaDe_UfU";
    return key;
  }
  if (algorithm.starts_with("Ed")) {
    key["kty"] = "OKP";
    key["crv"] = "Ed25519";
    key["x"] = "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY";
    return key;
  }
  constexpr std::size_t kModulus = 256;
  key["kty"] = "RSA";
  key["e"] = "AQAB";
  key["n"] = base::base64url_encode(std::string(kModulus, '\xC5'));
  return key;
}

constexpr std::array<std::string_view, 5> kAlgorithms{"RS256", "ES256", "ES384", "ES256K", "EdDSA"};

std::string_view like(std::string_view algorithm) {
  if (algorithm.starts_with("RS") || algorithm.starts_with("PS")) return "RS256";
  if (algorithm.starts_with("Ed")) return "EdDSA";
  return algorithm;
}

validators::Body with_our_keys(const validators::Body& jwks) {
  Json document{{"keys", Json::array()}};
  if (jwks) {
    auto parsed = base::parse_json(*jwks);
    if (parsed && parsed->value->is_object() && parsed->value->contains("keys") &&
        (*parsed->value)["keys"].is_array()) {
      document = std::move(*parsed->value);
    }
  }
  for (const std::string_view algorithm : kAlgorithms) {
    document["keys"].push_back(our_key(algorithm));
  }
  return std::make_shared<const std::string>(
      document.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void serve(forecast::AuthorityHistory& history, const std::string& url,
           const validators::Body& body, base::Instant now) {
  if (url.empty()) return;
  validators::Served served;
  served.body = body;
  if (body == nullptr) served.fault = validators::Fault::kRefused;
  history.add(url, {now, now, served});
}

model::Jwk parsed_key(const std::string& text) {
  const auto document = base::parse_json(text);
  return document ? model::parse_jwk(*document->value) : model::Jwk{};
}

// The other end of its lifetime than a valid one has.
constexpr base::Duration kHour = base::hours(1);

TokenView spoilt(TokenView token, Aspect aspect, base::Instant now) {
  switch (aspect) {
    case Aspect::kAlgorithm:
      token.alg = "none of those";
      break;
    case Aspect::kKey:
      token.kid = "nobodys";
      token.parts.signed_by = "nobodys";
      break;
    case Aspect::kType:
      token.typ = "nobodys";
      break;
    case Aspect::kIssuer:
      token.issuer = "https://nobody.invalid/";
      break;
    case Aspect::kAudience:
      token.audiences = {"nobody.invalid"};
      break;
    case Aspect::kLifetime:
      token.expires = base::to_unix_seconds(now - base::hours(48));
      token.not_before = base::to_unix_seconds(now - base::hours(49));
      break;
    case Aspect::kScope:
      token.has_scope_or_role = false;
      break;
  }
  return token;
}

// That aspect of `own`, and what a validator reads together with it.
TokenView taken_over(TokenView token, Aspect aspect, const TokenView& own) {
  switch (aspect) {
    case Aspect::kAlgorithm:
      token.alg = own.alg;
      break;
    case Aspect::kKey:
      token.kid = own.kid;
      token.parts.signed_by = own.parts.signed_by;
      break;
    case Aspect::kType:
      token.typ = own.typ;
      break;
    case Aspect::kIssuer:
      token.issuer = own.issuer;
      if (own.tenant_id) token.tenant_id = own.tenant_id;
      break;
    case Aspect::kAudience:
      token.audiences = own.audiences;
      if (own.version) token.version = own.version;
      break;
    case Aspect::kLifetime:
      token.expires = own.expires;
      token.not_before = own.not_before;
      break;
    case Aspect::kScope:
      token.has_scope_or_role = own.has_scope_or_role;
      break;
  }
  return token;
}

bool comes_from(const Answer& answer, Aspect aspect) {
  switch (aspect) {
    case Aspect::kAlgorithm:
      return answer.cause == Cause::kAlgorithm;
    case Aspect::kKey:
      return answer.cause == Cause::kKey;
    case Aspect::kType:
      return answer.cause == Cause::kType;
    case Aspect::kIssuer:
      return answer.cause == Cause::kIssuer;
    case Aspect::kAudience:
      return answer.cause == Cause::kAudience;
    case Aspect::kLifetime:
      return answer.cause == Cause::kLifetime;
    case Aspect::kScope:
      return answer.cause == Cause::kOther;
  }
  return false;
}

// Of a document that stands in for one that is not known.
constexpr std::string_view kUnknownIssuer = "https://unknown.invalid";

constexpr std::array kAspects{Aspect::kAlgorithm, Aspect::kKey,      Aspect::kType, Aspect::kIssuer,
                              Aspect::kAudience,  Aspect::kLifetime, Aspect::kScope};

}  // namespace

std::vector<model::Jwk> keys_in(const validators::Body& jwks) {
  if (!jwks) return {};
  const auto document = base::parse_json(*jwks);
  if (!document) return {};
  auto set = model::parse_key_set(*document->value);
  return set ? std::move(set->keys) : std::vector<model::Jwk>{};
}

AskedValidator::AskedValidator(const model::ValidatorSettings& settings,
                               std::shared_ptr<const validators::Validator> validator,
                               const KnownAuthority* authority, base::Instant now)
    : validator_(std::move(validator)), now_(now), pinned_(settings.pinned_keys.has_value()) {
  validators::Addresses addresses = validator_->addresses();
  if (authority != nullptr) {
    // What a validator without discovery asks is the set that is known, by whatever address.
    const std::string jwks_url = addresses.keys.empty() ? authority->jwks_url : addresses.keys;
    if (addresses.metadata.empty() && addresses.keys.empty() && validator_->fetches()) {
      validator_ = validator_->asking(jwks_url);
      addresses = validator_->addresses();
    }
    for (const std::string& url : {addresses.metadata, authority->metadata_url}) {
      serve(served_, url, authority->metadata, now);
      serve(with_our_keys_, url, authority->metadata, now);
    }
    for (const std::string& url : {authority->jwks_url, jwks_url}) {
      serve(served_, url, authority->jwks, now);
      if (authority->jwks != nullptr) {
        serve(with_our_keys_, url, with_our_keys(authority->jwks), now);
      }
    }
  }
  if (validator_->fetches()) serve_stand_ins(settings, addresses, authority, now);
  world_.emplace(served_, addresses, forecast::When::kHealthy);
  our_world_.emplace(with_our_keys_, addresses, forecast::When::kHealthy);
  find_acceptable(settings, authority);
}

// The document names an issuer of the deployed file, so that it adds none to those.
void AskedValidator::serve_stand_ins(const model::ValidatorSettings& settings,
                                     const validators::Addresses& addresses,
                                     const KnownAuthority* authority, base::Instant now) {
  const bool no_document =
      !addresses.metadata.empty() && (authority == nullptr || authority->metadata == nullptr);
  const bool no_keys = authority == nullptr || authority->jwks == nullptr;
  if (!no_keys || (!no_document && !addresses.metadata.empty())) return;
  std::string keys_url = addresses.keys;
  if (no_document) {
    const bool named = !settings.issuers.value().empty();
    issuer_unknown_ = !named;
    if (keys_url.empty()) keys_url = addresses.metadata + "/keys";
    const Json document{
        {"issuer", named ? settings.issuers.value().front() : std::string(kUnknownIssuer)},
        {"jwks_uri", keys_url}};
    serve(with_our_keys_, addresses.metadata, std::make_shared<const std::string>(document.dump()),
          now);
  }
  serve(with_our_keys_, keys_url, with_our_keys(nullptr), now);
}

void AskedValidator::find_acceptable(const model::ValidatorSettings& settings,
                                     const KnownAuthority* authority) {
  const forecast::KeySetHistory line = forecast::key_set_history(*our_world_, {now_});
  forecast::AuthorityFacts facts;
  if (authority != nullptr) {
    facts.name = authority->name;
    facts.issuer = authority->issuer;
  }
  facts.history = &with_our_keys_;
  facts.observed_at = now_;
  forecast::DeploymentView view{.name = {},
                                .settings = settings,
                                .validator = validator_,
                                .started_at = now_,
                                .tokens = {},
                                .authority = &facts,
                                .clock = std::nullopt,
                                .vantage = {},
                                .restarted_only = true};
  forecast::KeySetVersion own;
  if (pinned_) {
    auto keys = std::make_shared<std::vector<model::Jwk>>();
    for (const std::string& text : settings.pinned_keys.value()) {
      model::Jwk key = parsed_key(text);
      if (key.decodable()) keys->push_back(std::move(key));
    }
    if (keys->empty()) return;
    own.at = now_;
    own.issuer = facts.issuer;
    own.keys = forecast::SharedKeys(keys);
    signer_ = forecast::signer_of(own.keys.front(), std::nullopt);
  } else {
    if (line.empty()) return;
    const std::string algorithm = validator_->tokens().algorithm;
    signer_ = signer_for(algorithm);
  }
  const forecast::KeySetVersion& published = pinned_ ? own : line.front();
  acceptable_ = forecast::judge_claims(view, *our_world_, &published, now_).accepted;
}

forecast::Signer AskedValidator::signer_for(const std::string& algorithm) const {
  forecast::Signer signer =
      forecast::signer_of(model::parse_jwk(our_key(like(algorithm))), algorithm);
  return signer;
}

Answer AskedValidator::request(const std::string& authorization) const {
  validators::Simulation service(validator_);
  return service.request(*world_, {now_, now_, validators::Credentials::header(authorization)});
}

Answer AskedValidator::ask(TokenView token) const {
  validators::Simulation service(validator_);
  return service.request(
      *our_world_,
      {now_, now_,
       validators::Credentials::synthetic(std::make_shared<const TokenView>(std::move(token)))});
}

TokenView AskedValidator::acceptable() const {
  return *forecast::synthetic_token(*acceptable_, *signer_,
                                    {now_ - base::minutes(1), now_ + kHour});
}

Answer AskedValidator::with(Aspect aspect, const TokenView& own) const {
  TokenView token = acceptable();
  if (aspect == Aspect::kAlgorithm && !pinned_) {
    // A key that this algorithm goes with: whether it is there is another question.
    const forecast::Signer signer = signer_for(own.alg.value_or(""));
    token.kid = signer.kid;
    token.parts.signed_by = signer.thumbprint;
  }
  return ask(taken_over(std::move(token), aspect, own));
}

std::vector<Aspect> AskedValidator::order(bool key_known) const {
  std::vector<Aspect> in_order, left(kAspects.begin(), kAspects.end());
  while (!left.empty()) {
    TokenView token = acceptable();
    const auto known_kid = token.kid;
    for (const Aspect aspect : left) token = spoilt(std::move(token), aspect, now_);
    if (key_known) token.kid = known_kid;
    const Answer answer = ask(std::move(token));
    if (answer.accepted()) break;
    // It is the first that is checked, and good from here on. To some libraries, a key that does
    // not go with the algorithm is one that does not fit.
    const bool key_is_good = std::find(left.begin(), left.end(), Aspect::kKey) == left.end();
    const auto found = std::find_if(left.begin(), left.end(), [&](Aspect aspect) {
      const bool as_key =
          aspect == Aspect::kAlgorithm && key_is_good && answer.cause == Cause::kKey;
      return as_key || comes_from(answer, aspect);
    });
    if (found == left.end()) break;
    in_order.push_back(*found);
    left.erase(found);
  }
  return in_order;
}

}  // namespace idpwatch::explain
