#include "fixture.hpp"
#include "model/rules.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <set>
#include <string>

namespace idpwatch::forecast {

using base::seconds;
using model::Certainty;
using model::Severity;

namespace {

const std::string kTenant = "11111111-2222-3333-4444-555555555555";
const std::string kV1 = "https://sts.windows.net/" + kTenant + "/";
const std::string kV2 = "https://login.microsoftonline.com/" + kTenant + "/v2.0";
const std::string kApp = "99999999-2222-3333-4444-555555555555";

}  // namespace

// A finding closes by a passing result alone.
TEST_CASE("Each rule about a refusal is judged each time", "[forecast]") {
  // What a token or the API itself shows is judged elsewhere.
  const std::set<std::string, std::less<>> elsewhere{"refusal-contradiction", "refusal-lifetime"};
  Fixture world("8.23.0");
  std::set<std::string, std::less<>> judged;
  for (const model::CheckResult& result : world.judge(kNoon).results) {
    CHECK(model::find_rule(result.finding.rule) != nullptr);
    judged.insert(result.finding.rule);
  }
  REQUIRE(judged.size() > 10);
  for (const model::Rule& rule : model::rules()) {
    if (!rule.id.starts_with("refusal-") || elsewhere.contains(rule.id)) continue;
    CAPTURE(rule.id);
    CHECK(judged.contains(rule.id));
  }
}

TEST_CASE("Tokens of another issuer than the authority's are refused", "[forecast]") {
  Fixture world("8.23.0");
  world.tokens.issuer = "https://staging.example.com";
  const model::Finding finding = world.finding("refusal-issuer", kNoon);
  CHECK(finding.error_id == "IDX10205");
  CHECK(finding.certainty == Certainty::kCertain);
  CHECK(finding.severity == Severity::kCritical);
  CHECK(finding.summary.find("staging.example.com") != std::string::npos);
}

TEST_CASE("Tokens of another authority have its keys: old libraries miss the key first",
          "[forecast]") {
  struct Row {
    const char *version, *error, *without_issuer_check;
  };
  for (const Row& row :
       {Row{"5.7.2", "IDX10501", "IDX10501"}, Row{"6.10.0", "IDX10516", "IDX10501"},
        Row{"6.27.0", "IDX10516", "IDX10501"}, Row{"6.35.0", "IDX10205", "IDX10503"},
        Row{"8.23.0", "IDX10205", "IDX10503"}}) {
    CAPTURE(row.version);
    Fixture world(row.version);
    world.tokens.issuer = "https://staging.example.com/tenant";
    CHECK(world.finding("refusal-issuer", kNoon).error_id == row.error);
    world.settings.validate_issuer = model::FlagSetting(false);
    CHECK(world.finding("refusal-issuer", kNoon).error_id == row.without_issuer_check);
    // The public name of an authority that is asked by an internal one: the same keys.
    world.settings.validate_issuer = {};
    world.tokens.issuer = "https://idp/";
    CHECK(world.finding("refusal-issuer", kNoon).error_id == "IDX10205");
  }
}

TEST_CASE("Tokens of version 1 at an authority of version 2, and the reverse", "[forecast]") {
  for (const auto& [authority, brought] : {std::pair{kV2, kV1}, std::pair{kV1, kV2}}) {
    Fixture world("6.10.0", authority);
    CHECK(world.finding("refusal-issuer", kNoon).certainty == Certainty::kPossible);
    CHECK(world.finding("refusal-issuer", kNoon).severity == Severity::kWarning);
    world.tokens.issuer = brought;
    CHECK(world.finding("refusal-issuer", kNoon).certainty == Certainty::kCertain);
    CHECK(world.finding("refusal-issuer", kNoon).error_id == "IDX10205");
    world.settings.issuers = model::ListSetting({kV1, kV2});
    CHECK(world.good("refusal-issuer", kNoon));
  }
}

TEST_CASE("An audience off by a prefix is refused; one off by a slash only where it counts",
          "[forecast]") {
  Fixture world("8.23.0", kV2);
  world.settings.audiences = model::ListSetting({kApp}, {"appsettings.json", 4, "Audience"});
  CHECK(world.finding("refusal-audience", kNoon).certainty == Certainty::kPossible);
  world.tokens.audience = "api://" + kApp;
  const model::Finding finding = world.finding("refusal-audience", kNoon);
  CHECK(finding.certainty == Certainty::kCertain);
  CHECK(finding.error_id == "IDX10214");
  CHECK(finding.source->line == 4);
  world.tokens.audience = kApp;
  CHECK(world.good("refusal-audience", kNoon));
  world.tokens.audience = kApp + "/";
  CHECK(world.good("refusal-audience", kNoon));  // one trailing slash is ignored
  world.tokens.audience = kApp + "//";
  CHECK_FALSE(world.good("refusal-audience", kNoon));
}

TEST_CASE("An algorithm that is not allowed is told from a key that is not known", "[forecast]") {
  Fixture world("8.23.0");
  world.settings.algorithms = model::ListSetting({"ES256"}, {"appsettings.json", 8, "Alg"});
  CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-algorithm"});
}

TEST_CASE("A key pinned in code is compared with what the authority publishes", "[forecast]") {
  Fixture world("8.23.0");
  world.settings.authority = {};
  world.settings.issuers = model::ListSetting({std::string(kIssuer)});
  world.settings.pinned_keys = model::ListSetting({jwk("old")}, {"appsettings.json", 6, "Key"});
  CHECK(world.bad_rules(kNoon).empty());
  world.keys(kNoon, {"old", "new"});
  CHECK(world.finding("refusal-pinned-key", kNoon).certainty == Certainty::kPossible);
  world.keys(kNoon + base::minutes(5), {"new"});
  const model::Finding finding = world.finding("refusal-pinned-key", kNoon + base::minutes(5));
  CHECK(finding.certainty == Certainty::kCertain);
  CHECK(finding.severity == Severity::kCritical);
  CHECK(finding.error_id.starts_with("IDX105"));
  CHECK(finding.source->line == 6);
}

TEST_CASE("A clock that is off beyond the tolerance refuses at one end or the other",
          "[forecast]") {
  Fixture world("8.23.0");
  world.clock = ClockBounds{seconds(250), seconds(251)};
  CHECK(world.bad_rules(kNoon).empty());
  world.clock = ClockBounds{seconds(400), seconds(401)};
  CHECK(world.finding("refusal-clock", kNoon).error_id == "IDX10222");
  world.clock = ClockBounds{seconds(-4001), seconds(-4000)};
  CHECK(world.finding("refusal-clock", kNoon).error_id == "IDX10223");
  world.clock = ClockBounds{seconds(360), std::nullopt};
  CHECK(world.finding("refusal-clock", kNoon).severity == Severity::kCritical);
  world.clock = ClockBounds{seconds(-4001), std::nullopt};
  CHECK(world.bad_rules(kNoon).empty());  // nothing is proven
}

TEST_CASE("Where tokens usually have no nbf, a clock ahead refuses them possibly", "[forecast]") {
  const auto keycloak = [](std::optional<bool> not_before, base::Duration ahead) {
    Fixture world("7.1.2");
    world.serve(kNoon - base::hours(100), kMetadata,
                body(R"({"issuer":")" + std::string(kIssuer) + R"(","jwks_uri":)" +
                     R"("https://id.example.com/realms/x/protocol/openid-connect/certs"})"));
    world.serve(kNoon - base::hours(100),
                "https://id.example.com/realms/x/protocol/openid-connect/certs",
                body(key_set({"old"})));
    world.tokens.not_before = not_before;
    world.clock = ClockBounds{ahead, ahead + seconds(1)};
    return world;
  };
  Fixture untold = keycloak(std::nullopt, seconds(400));
  const model::Finding finding = untold.finding("refusal-clock", kNoon);
  CHECK(finding.certainty == Certainty::kPossible);
  CHECK(finding.severity == Severity::kWarning);
  CHECK(finding.summary.find("the clock of id is ahead of this host's by 6 min 40 s") !=
        std::string::npos);
  CHECK(finding.remedy.find("nbf: false") != std::string::npos);
  CHECK(keycloak(true, seconds(400)).finding("refusal-clock", kNoon).severity ==
        Severity::kCritical);
  CHECK(keycloak(false, seconds(400)).bad_rules(kNoon).empty());
  // Every token has exp.
  CHECK(keycloak(false, seconds(-4000)).finding("refusal-clock", kNoon).error_id == "IDX10223");
}

TEST_CASE("Tokens without a kid are refused where no other key is tried", "[forecast]") {
  Fixture world("8.0.1");
  world.tokens.kid = false;
  CHECK(world.bad_rules(kNoon).empty());
  world.settings.try_all_keys = model::FlagSetting(false);
  const model::Finding finding = world.finding("refusal-keys", kNoon);
  CHECK(finding.severity == Severity::kCritical);
  CHECK(finding.remedy.find("kid") != std::string::npos);
}

TEST_CASE("Tokens without scp and roles are refused by Microsoft.Identity.Web alone",
          "[forecast]") {
  Fixture plain("8.0.1");
  plain.tokens.scope = false;
  CHECK(plain.bad_rules(kNoon).empty());
  Fixture world("4.18.0", kV2);
  world.settings.profile = "microsoft-identity-web";
  world.settings.authority = model::TextSetting(kV2, {"appsettings.json", 3, "Instance"});
  world.settings.audiences = {};
  world.settings.client_id = model::TextSetting(kApp, {"appsettings.json", 5, "ClientId"});
  world.history = AuthorityHistory();
  world.serve(kNoon, kV2 + "/.well-known/openid-configuration", body(document(kV2)));
  world.serve(kNoon, kKeys, body(key_set({"old"})));
  CHECK(world.bad_rules(kNoon).empty());
  world.tokens.scope = false;
  const model::Finding finding = world.finding("refusal-audience", kNoon);
  CHECK(finding.error_id == "IDW10201");
  CHECK(finding.summary.find("neither scp nor roles") != std::string::npos);
  CHECK(finding.remedy.find("scope") != std::string::npos);
  world.settings.allow_acl = model::FlagSetting(true);
  CHECK(world.bad_rules(kNoon).empty());
}

TEST_CASE("A clock that drifts is told before it is beyond the tolerance", "[forecast]") {
  Fixture world("8.23.0");  // tolerates 300 s
  world.clock = ClockBounds{seconds(280), seconds(281), checks::RateBounds{40e-6, 60e-6}};
  const model::Finding finding = world.finding("refusal-clock", kNoon);
  CHECK(finding.error_id == "IDX10222");
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK(finding.severity == Severity::kWarning);
  // 19 s at 60 ppm, and at the latest 22 s at 40 ppm: six and a half days from now.
  const base::Duration ahead = *finding.window->earliest - kNoon;
  CHECK(ahead >= base::hours(87));
  CHECK(ahead <= base::hours(88));
  CHECK(finding.summary.find("4.3 s more every day") != std::string::npos);
  world.clock->rate = checks::RateBounds{400e-6, 600e-6};
  CHECK(world.finding("refusal-clock", kNoon).severity == Severity::kError);
  world.clock = ClockBounds{seconds(-281), seconds(-280), checks::RateBounds{-600e-6, -400e-6}};
  CHECK(world.finding("refusal-clock", kNoon).error_id == "IDX10223");
  // Towards the truth, perhaps not at all, or weeks away.
  world.clock->rate = checks::RateBounds{400e-6, 600e-6};
  CHECK(world.bad_rules(kNoon).empty());
  world.clock->rate = checks::RateBounds{-600e-6, 1e-6};
  CHECK(world.bad_rules(kNoon).empty());
  world.clock = ClockBounds{seconds(10), seconds(11), checks::RateBounds{40e-6, 60e-6}};
  CHECK(world.bad_rules(kNoon).empty());
  world.foresight.reset();
  CHECK_FALSE(world.bad_rules(kNoon).empty());
}

TEST_CASE("Microsoft.Identity.Web takes api:// from tokens of version 1, and the bare id from 2",
          "[forecast]") {
  Fixture world("4.18.0", kV2);
  world.settings.profile = "microsoft-identity-web";
  world.settings.authority = model::TextSetting(kV2, {"appsettings.json", 3, "Instance"});
  world.settings.audiences = {};
  world.settings.client_id = model::TextSetting(kApp, {"appsettings.json", 5, "ClientId"});
  const std::string url = kV2 + "/.well-known/openid-configuration";
  world.history = AuthorityHistory();
  world.serve(kNoon, url, body(document(kV2)));
  world.serve(kNoon, kKeys, body(key_set({"old"})));
  world.tokens.audience = kApp;
  CHECK(world.good("refusal-audience", kNoon));
  world.tokens.audience = "api://" + kApp;
  CHECK(world.finding("refusal-audience", kNoon).certainty == Certainty::kPossible);
  CHECK(world.finding("refusal-audience", kNoon, true).severity == Severity::kWarning);
  world.tokens.issuer = kV2;  // and version 2 they are
  CHECK(world.finding("refusal-audience", kNoon).certainty == Certainty::kCertain);
  world.tokens.issuer.reset();
  world.tokens.audience = "api://orders";
  CHECK(world.finding("refusal-audience", kNoon).certainty == Certainty::kCertain);
}

TEST_CASE("The tenant that stands in for any tenant is shown to nobody", "[forecast]") {
  Fixture world("8.23.0", "https://login.microsoftonline.com/{tenantid}/v2.0");
  const model::Finding finding = world.finding("refusal-issuer", kNoon);
  std::string all = finding.summary + finding.remedy + finding.error_message;
  for (const auto& row : finding.evidence) all += row.value;
  CHECK(all.find("f0ca") == std::string::npos);
  CHECK(finding.error_message.find("/TENANT/v2.0") != std::string::npos);
  CHECK(finding.summary.find(
            "their own tenant, as in 'https://login.microsoftonline.com/{tenantid}/v2.0'") !=
        std::string::npos);
  CHECK(finding.remedy.find("instead of common or organizations") != std::string::npos);
}

TEST_CASE("Keys that cannot be used are told beside a wrong audience", "[forecast]") {
  Fixture world("8.23.0");
  world.history = AuthorityHistory();
  world.serve(kNoon, kMetadata, body(document(kIssuer)));
  world.serve(kNoon, kKeys, body(R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","use":"sig",
      "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})"));
  CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-keys"});
  CHECK(world.finding("refusal-keys", kNoon).remedy.find("sign with an algorithm") !=
        std::string::npos);
  world.tokens.audience = "another";
  CHECK(world.bad_rules(kNoon) == std::vector<std::string>{"refusal-keys", "refusal-audience"});
}

TEST_CASE("An Audience that the framework does not read is what is to be renamed", "[forecast]") {
  Fixture world("8.23.0");
  world.settings.binding = model::Binding::kFrameworkBinder;
  const std::string section = "Authentication:Schemes:Bearer";
  world.settings.audiences =
      model::ListSetting(std::vector<std::string>{}, {"a.json", 5, section + ":Audience"});
  for (const auto& audience :
       {std::optional<std::string>(), std::optional<std::string>("orders")}) {
    world.tokens.audience = audience;
    const model::Finding finding = world.finding("refusal-audience", kNoon);
    CHECK(finding.source->line == 5);
    CHECK(finding.summary.find("reads ValidAudience and ValidAudiences, not Audience") !=
          std::string::npos);
    CHECK(finding.remedy.starts_with("Rename \"Audience\" at a.json:5"));
  }
  world.settings.audiences = model::ListSetting(std::vector<std::string>{}, {"a.json", 2, section});
  CHECK(world.finding("refusal-audience", kNoon).remedy.starts_with("Name the audience"));
}

}  // namespace idpwatch::forecast
