#include "tests/unit/checks/authority_scene.hpp"

#include "base/json.hpp"
#include "tests/fakes/own_tls.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::checks {

AuthorityScene::AuthorityScene() : now(*base::parse_rfc3339("2026-11-24T12:00:00Z")) {
  spec.name = "entra";
  spec.issuer = kIssuer;
  observation.at = now;
  observation.authority = spec.name;
  observation.issuer = spec.issuer;
  observation.discovery =
      good_fetch(std::string(kIssuer) + "/.well-known/openid-configuration", now);
  observation.jwks = good_fetch(kKeysUrl, now);
  const auto in_json = [](std::string_view text) {
    return base::canonical_json(std::string(text));
  };
  document.emplace();
  document->issuer = kIssuer;
  document->jwks_uri = kKeysUrl;
  document->members["issuer"] = in_json(kIssuer);
  document->members["jwks_uri"] = in_json(kKeysUrl);
  keys = model::KeySet{.keys = {rsa_key("2026-a", "thumb-a")}, .entries_not_objects = 0};
}

AuthorityView AuthorityScene::view() const {
  return {.spec = spec,
          .observation = observation,
          .discovery = document ? &*document : nullptr,
          .key_set = keys ? &*keys : nullptr,
          .discovery_error = discovery_error,
          .jwks_error = jwks_error,
          .discovery_last_good = now - base::minutes(5),
          .jwks_last_good = now - base::minutes(6),
          .events = events,
          .inconsistent = inconsistent,
          .flapped = flapped,
          .had_keys = had_keys,
          .tls = tls,
          .vantage = "vm-17"};
}

std::vector<model::CheckResult> AuthorityScene::judge() const { return checks::judge(view(), now); }

model::CheckResult AuthorityScene::result(std::string_view rule) const {
  std::vector<model::CheckResult> found;
  for (model::CheckResult& result : judge()) {
    if (result.finding.rule == rule) found.push_back(std::move(result));
  }
  INFO("rule " << rule);
  REQUIRE(found.size() == 1);
  return std::move(found.front());
}

bool AuthorityScene::silent_about(std::string_view rule) const {
  const std::vector<model::CheckResult> all = judge();
  return std::none_of(all.begin(), all.end(), [rule](const model::CheckResult& result) {
    return result.finding.rule == rule;
  });
}

void AuthorityScene::fail(std::optional<model::Fetch>& part, model::FailureKind kind,
                          model::FailureDetail detail, std::string message) {
  part->failure = model::Failure{.kind = kind, .detail = detail, .message = std::move(message)};
  part->status = 0;
  part->body = nullptr;
  if (kind != model::FailureKind::kTls) part->tls.reset();
}

void AuthorityScene::answer(std::optional<model::Fetch>& part, int status) {
  part->status = status;
}

void AuthorityScene::publish_issuer(std::string_view issuer) { document->issuer = issuer; }

model::Event& AuthorityScene::add_event(model::EventType type) {
  model::Event event;
  event.type = type;
  event.at = now;
  event.authority = spec.name;
  events.push_back(std::move(event));
  return events.back();
}

model::Jwk rsa_key(std::optional<std::string> kid, std::string thumbprint) {
  model::Jwk key;
  key.type = model::KeyType::kRsa;
  key.kty = "RSA";
  key.kid = std::move(kid);
  key.alg = "RS256";
  key.use = "sig";
  key.bits = 2048;
  key.thumbprint = std::move(thumbprint);
  key.members = R"({"kty":"RSA"})";
  return key;
}

model::Fetch good_fetch(std::string_view url, base::Instant now) {
  model::Fetch fetch;
  fetch.url = url;
  fetch.status = 200;
  fetch.headers = {{"content-type", "application/json"}};
  fetch.body = std::make_shared<const std::string>("{}");
  fetch.sha256 = "00";
  fetch.address = "192.0.2.7:443";
  fakes::own_tls(fetch) = {.protocol = "TLSv1.3",
                           .leaf_sha256 = "aa",
                           .subject = "CN=login.example.com",
                           .issuer = "CN=Example CA",
                           .names = {"login.example.com"},
                           .not_before = now - std::chrono::days(30),
                           .not_after = now + std::chrono::days(60),
                           .suite = {}};
  return fetch;
}

std::string everything(const model::Finding& finding) {
  std::string out = finding.summary + "\n" + finding.remedy + "\n";
  for (const model::Evidence& row : finding.evidence) {
    out += row.fact + ": " + row.value + " (" + row.source + ")\n";
  }
  return out;
}

}  // namespace idpwatch::checks
