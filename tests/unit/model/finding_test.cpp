#include "model/finding.hpp"

#include "base/json.hpp"
#include "model/alert.hpp"
#include "model/batch.hpp"
#include "model/rules.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <set>

namespace model = idpwatch::model;
namespace base = idpwatch::base;

namespace {

model::Finding full_finding() {
  model::Finding finding;
  finding.rule = "refusal-rotation";
  finding.severity = model::Severity::kCritical;
  finding.subject.authority = "entra";
  finding.subject.deployment = "orders-api#Bearer";
  finding.id = model::finding_id(finding.rule, finding.subject);
  finding.validator = model::ValidatorRef{"aspnetcore-jwtbearer", "8.0.1", std::nullopt};
  finding.condition = model::Condition::kRunning;
  finding.certainty = model::Certainty::kCertain;
  finding.window = model::Window{base::from_unix_seconds(1'772'323'200), std::nullopt,
                                 base::from_unix_seconds(1'772'323'500), 300};
  finding.status = 401;
  finding.error_id = "IDX10503";
  finding.error_message = "Signature validation failed";
  finding.summary = "orders-api#Bearer will answer 401";
  finding.evidence = {{"kid", "k7", "jwks"}};
  finding.remedy = "Restart it";
  finding.source = model::SourceRef{"/srv/orders/appsettings.json", 12, "Authority"};
  finding.vantage = "vm-17";
  finding.first_seen = finding.last_seen = base::from_unix_seconds(1'772'323'100);
  return finding;
}

}  // namespace

TEST_CASE("a finding's id depends on rule and subject, and on nothing else", "[model]") {
  const model::Finding one = full_finding();
  CHECK(one.id.size() == 32);
  CHECK(one.id == model::finding_id("refusal-rotation", one.subject));
  std::set<std::string> ids{one.id};
  ids.insert(model::finding_id("refusal-clock", one.subject));
  for (const model::Subject& other :
       {model::Subject{"entra", "", ""}, model::Subject{"", "entra", ""},
        model::Subject{"", "", "entra"}, model::Subject{"entr", "a", ""},
        model::Subject{"", "", "vm-17", "oncall"}}) {
    ids.insert(model::finding_id("refusal-rotation", other));
  }
  CHECK(ids.size() == 7);
}

TEST_CASE("a finding survives JSON, and the window keeps its four members", "[model]") {
  const model::Finding finding = full_finding();
  const nlohmann::json value = model::to_json(finding);
  CHECK(value.at("window").size() == 4);
  CHECK(value.at("window").at("latest").is_null());
  CHECK(value.at("validator").at("variant").is_null());
  CHECK(value.at("if") == "running");
  CHECK(value.at("error").at("id") == "IDX10503");
  CHECK(model::to_json(model::finding_from_json(value)) == value);
}

TEST_CASE("members that do not apply to a finding are absent", "[model]") {
  model::Finding finding;
  finding.rule = "keyset-empty";
  finding.subject.authority = "entra";
  const nlohmann::json value = model::to_json(finding);
  for (const char* member : {"window", "validator", "if", "certainty", "status", "error", "source",
                             "remedy", "vantage"}) {
    CHECK_FALSE(value.contains(member));
  }
  CHECK(value.at("subject") == nlohmann::json{{"authority", "entra"}});
}

TEST_CASE("a damaged row of the store gives defaults instead of an exception", "[model]") {
  for (const char* text : {"null", "[]", "7", R"({"finding": 3, "notified": {}, "since": "x"})",
                           R"({"finding": {"evidence": "no", "window": 4, "status": "401"}})"}) {
    const model::Alert alert = model::alert_from_json(nlohmann::json::parse(text));
    CHECK(alert.state == model::AlertState::kPending);
    CHECK(alert.finding.evidence.empty());
  }
}

TEST_CASE("an alert survives JSON with all that a restart needs", "[model]") {
  model::Alert alert;
  alert.finding = full_finding();
  alert.state = model::AlertState::kFiring;
  alert.since = alert.finding.first_seen;
  alert.firing_since = alert.updated_at = alert.closes_at = alert.since + base::seconds(1);
  alert.bad_count = 3;
  alert.good_count = 1;
  alert.notified = {{"oncall", alert.since, model::Severity::kWarning, true},
                    {"chat", alert.since, model::Severity::kError, false}};
  const nlohmann::json value = model::to_json(alert);
  CHECK(value.at("silenced_by").is_null());
  const model::Alert read = model::alert_from_json(value);
  CHECK(model::to_json(read) == value);
  CHECK(read.notified.at(0).dropped);
}

TEST_CASE("every rule stands once, and lint ids share the family's entry", "[model]") {
  std::set<std::string_view> ids;
  for (const model::Rule& rule : model::rules()) {
    CHECK(ids.insert(rule.id).second);
    CHECK(rule.open_after >= 1);
    CHECK(rule.close_after >= 1);
    CHECK_FALSE(rule.meaning.empty());
    CHECK(model::find_rule(rule.id) == &rule);
  }
  REQUIRE(model::find_rule("lint-JWK-07") != nullptr);
  CHECK(model::find_rule("lint-JWK-07")->id == "lint-");
  CHECK(model::find_rule("no-such-rule") == nullptr);
  CHECK(model::find_rule("authority-unreachable")->open_after == 3);
  CHECK(model::find_rule("keyset-inconsistent")->close_after == 20);
  CHECK(model::find_rule("keyset-replaced")->event_hold == base::hours(24));
}

TEST_CASE("a batch that removes an alert and inserts it again keeps it", "[model]") {
  model::Batch first, second;
  first.alerts_removed = {"a", "b"};
  model::Alert alert;
  alert.finding.id = "a";
  second.alerts = {alert};
  CHECK_FALSE(first.empty());
  first.append(std::move(second));
  CHECK(first.alerts_removed == std::vector<std::string>{"b"});
  CHECK(first.alerts.size() == 1);
}
