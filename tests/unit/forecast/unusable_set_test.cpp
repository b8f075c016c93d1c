// A service that started while its authority published nothing it can use: what it cached then is
// what refuses the first tokens, however good the next key set is.
#include "fixture.hpp"
#include "forecast/history/observed_world.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <array>

namespace idpwatch::forecast {

using base::minutes;
using base::seconds;

namespace {

// Key sets of which no .NET service can use anything.
const std::vector<std::pair<std::string, std::string>> kUnusable{
    {"no key", R"({"keys":[]})"},
    {"an unknown kty",
     R"({"keys":[{"kty":"AKP","kid":"m","alg":"ML-DSA-44","use":"sig","pub":"AA"}]})"},
    {"EdDSA", R"({"keys":[{"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":"ed",)"
              R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})"},
    {"a shared secret", R"({"keys":[{"kty":"oct","kid":"o","use":"sig","alg":"HS256"}]})"},
    {"encryption alone", R"({"keys":[)" +
                             [] {
                               auto key = nlohmann::json::parse(jwk("e"));
                               key["use"] = "enc";
                               key["alg"] = "RSA-OAEP";
                               return key.dump();
                             }() +
                             "]}"},
    {"an unreadable modulus",
     R"({"keys":[{"kty":"RSA","kid":"r","use":"sig","alg":"RS256","e":"AQAB","n":"!"}]})"},
    {"an unknown curve", R"({"keys":[{"kty":"EC","crv":"P-999","kid":"c","use":"sig",)"
                         R"("alg":"ES256","x":"AA","y":"AA"}]})"},
};

struct Story {
  Fixture world;
  base::Instant started = kNoon + seconds(5), good = kNoon + seconds(60);

  Story(const char* version, const std::string& first) : world(version) {
    world.looks = seconds(0);
    world.history = AuthorityHistory();
    world.serve(kNoon, kMetadata, body(document(kIssuer)));
    world.serve(kNoon, kKeys, body(first));
    world.serve(good, kKeys, body(key_set({"new"})));
    world.started_at = started;
  }

  // Asked all the time or at its start alone, and then with a token of the new key.
  [[nodiscard]] bool takes(base::Instant at, base::Duration between) const {
    validators::Simulation service(*validators::Validator::compile(world.settings));
    validators::Answer answer;
    for (base::Instant when = started; when <= at;
         when = when + between < at || when == at ? when + between : at) {
      auto token = std::make_shared<validators::TokenView>();
      token->alg = "RS256";
      token->kid = "new";
      token->typ = "JWT";
      token->issuer = std::string(kIssuer);
      token->audiences = {"orders"};
      token->not_before = base::to_unix_seconds(kNoon);
      token->expires = base::to_unix_seconds(kNoon + base::hours(48));
      token->parts.signed_by = thumbprint_of("new");
      answer = service.request(
          ObservedWorld(world.history, {std::string(kMetadata), std::string(kKeys)}, When::kLate),
          {when, when, validators::Credentials::synthetic(token)});
    }
    return answer.accepted();
  }
};

}  // namespace

TEST_CASE("What a service cached of a set without a usable key is told while it refuses",
          "[forecast]") {
  constexpr std::array kVersions{"5.5.0", "6.10.0", "6.35.0", "7.1.2", "8.0.1", "8.23.0"};
  const std::vector<base::Duration> after_good{seconds(10), minutes(4), minutes(30), minutes(600)};
  int refusals = 0;
  for (const auto& [name, set] : kUnusable) {
    for (const char* version : kVersions) {
      for (const base::Duration since : after_good) {
        Story story(version, set);
        const base::Instant at = story.good + since;
        INFO(name << ", " << version << ", " << base::describe_duration(since) << " after");
        const bool busy = story.takes(at, seconds(20));
        if (busy && story.takes(at, base::hours(48))) continue;
        ++refusals;
        bool told = false;
        for (const model::CheckResult& one : story.world.judge(at).results) {
          if (one.health != model::Health::kFailing) continue;
          told = told || (one.finding.condition == model::Condition::kRunning &&
                          (busy || one.finding.severity >= model::Severity::kWarning));
        }
        CHECK(told);
      }
    }
  }
  CHECK(refusals > 40);
}

}  // namespace idpwatch::forecast
