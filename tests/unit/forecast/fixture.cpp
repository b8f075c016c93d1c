#include "fixture.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "validators/core/simulation.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::forecast {

base::Instant time_of(std::string_view text) { return *base::parse_rfc3339(text); }

std::string jwk(const std::string& kid) {
  std::string modulus(256, '\x5a');
  modulus[0] = '\xdf';
  for (std::size_t i = 0; i < kid.size() && i < 64; ++i) modulus[i + 1] = kid[i];
  return nlohmann::json{{"kty", "RSA"}, {"use", "sig"}, {"alg", "RS256"},
                        {"kid", kid},   {"e", "AQAB"},  {"n", base::base64url_encode(modulus)}}
      .dump();
}

std::string key_set(const std::vector<std::string>& kids) {
  std::vector<std::string> keys;
  keys.reserve(kids.size());
  for (const std::string& kid : kids) keys.push_back(jwk(kid));
  return R"({"keys":[)" + base::join(keys, ",") + "]}";
}

std::string document(std::string_view issuer) {
  return nlohmann::json{{"issuer", issuer}, {"jwks_uri", kKeys}}.dump();
}

validators::Served body(std::string text) {
  validators::Served served;
  served.body = std::make_shared<const std::string>(std::move(text));
  return served;
}

validators::Served fault(validators::Fault fault) {
  validators::Served served;
  served.fault = fault;
  return served;
}

std::string thumbprint_of(const std::string& kid) {
  return model::parse_jwk(nlohmann::json::parse(jwk(kid))).thumbprint;
}

Fixture::Fixture(std::string version, std::string issuer) {
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = std::move(version);
  settings.authority =
      model::TextSetting(std::string(kIssuer), {"appsettings.json", 3, "Authority"});
  settings.audiences = model::ListSetting({"orders"}, {"appsettings.json", 4, "Audience"});
  facts.name = "id";
  facts.issuer = issuer;
  const base::Instant first = kNoon - std::chrono::hours(24 * 7);
  history.add(kMetadata, {first, first, body(document(issuer))});
  history.add(kKeys, {first, first, body(key_set({"old"}))});
}

void Fixture::serve(base::Instant at, std::string_view url, const validators::Served& served) {
  history.add(url, {at - looks, at, served});
}

void Fixture::keys(base::Instant at, const std::vector<std::string>& kids) {
  serve(at, kKeys, body(key_set(kids)));
}

void Fixture::rotates(base::Instant last, base::Duration cadence, base::Duration overlap,
                      int times) {
  const auto name = [&](int i) { return i == 0 ? std::string("old") : "k" + std::to_string(i); };
  facts.rotations.clear();
  for (int i = times - 1; i >= 0; --i) {
    checks::Rotation rotation;
    rotation.authority = facts.name;
    rotation.old_key = {name(i + 1), thumbprint_of(name(i + 1))};
    rotation.new_key = {name(i), thumbprint_of(name(i))};
    rotation.published_at = last - cadence * i;
    rotation.withdrawn_at = rotation.published_at + overlap;
    rotation.overlap = overlap;
    facts.rotations.push_back(rotation);
  }
  checks::Learned learned;
  learned.authority = facts.name;
  learned.cadence = cadence;
  learned.last = last;
  learned.regular = times >= 4;
  if (learned.regular) learned.next_earliest = learned.next_latest = last + cadence;
  facts.learned = learned;
}

namespace {

std::shared_ptr<const ServiceRoute> route_of(const validators::Validator& validator,
                                             const std::optional<deployed::RouteFacts>& facts) {
  if (!facts) return nullptr;
  return std::make_shared<const ServiceRoute>(
      service_route(validator.transport(), validator.cache().fetch, *facts));
}

}  // namespace

Forecast Fixture::judge(base::Instant now, bool restarted_only) {
  auto validator = validators::Validator::compile(settings, documents);
  REQUIRE(validator);
  facts.history = &history;
  facts.observed_at = now;
  facts.keys.clear();
  const DeploymentView view{.name = "orders-api",
                            .settings = settings,
                            .validator = *validator,
                            .started_at = started_at,
                            .tokens = tokens,
                            .authority = &facts,
                            .clock = clock,
                            .vantage = "vm-17",
                            .restarted_only = restarted_only,
                            .foresight = foresight,
                            .other_callers = {},
                            .route = route_of(**validator, route),
                            .signer = signer};
  Forecaster judge;
  return judge.judge(view, now);
}

model::Finding Fixture::finding(std::string_view rule, base::Instant now, bool restarted_only) {
  Forecast told = judge(now, restarted_only);
  const auto found = std::find_if(told.results.begin(), told.results.end(),
                                  [&](const auto& one) { return one.finding.rule == rule; });
  REQUIRE(found != told.results.end());
  INFO(rule);
  REQUIRE(found->health == model::Health::kFailing);
  return found->finding;
}

std::vector<std::string> Fixture::bad_rules(base::Instant now) {
  std::vector<std::string> bad;
  for (const model::CheckResult& one : judge(now).results) {
    if (one.health == model::Health::kFailing) bad.push_back(one.finding.rule);
  }
  return bad;
}

bool Fixture::good(std::string_view rule, base::Instant now) {
  const auto bad = bad_rules(now);
  return std::find(bad.begin(), bad.end(), rule) == bad.end();
}

}  // namespace idpwatch::forecast
