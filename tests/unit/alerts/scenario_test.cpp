// Alerting as a whole: results in, webhooks out, with receivers that are down, slow or hostile.
#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using fakes::http_answer;
using fakes::http_failure;
using model::Severity;
using Texts = std::vector<std::string>;

namespace {

bool firing(const House& house, std::string_view rule) {
  for (const auto& [id, alert] : house.stored_alerts) {
    if (alert.finding.rule == rule && alert.state == model::AlertState::kFiring) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("one rotation that hits forty services is one message, thirty seconds later",
          "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(refusals(40, Severity::kCritical));
  house.advance(base::seconds(29));
  CHECK(house.types("oncall").empty());
  house.advance(base::seconds(1));
  REQUIRE(house.types("oncall") == Texts{"alert.firing"});
  const auto& data = house.got["oncall"].at(0).body.at("data");
  CHECK(data.at("findings").size() == 40);
  CHECK(data.at("group") ==
        nlohmann::json{{"authority", "entra"}, {"cause", "keys"}, {"rule", "refusal-rotation"}});
  CHECK(data.at("findings").at(0).at("state") == "opened");
  CHECK(house.stored_outbox.empty());
}

TEST_CASE("an update waits for the interval, a part resolved is an update, all is a resolve",
          "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(refusals(2, Severity::kCritical));
  house.advance(base::seconds(30));
  house.see({bad("refusal-rotation", about("entra", "service-0"), Severity::kError)});
  house.advance(base::minutes(4));
  CHECK(house.types("oncall").size() == 1);
  house.see({good("refusal-rotation", about("entra", "service-1"))});
  house.advance(base::minutes(1));
  REQUIRE(house.types("oncall") == Texts{"alert.firing", "alert.updated"});
  const auto& findings = house.got["oncall"].at(1).body.at("data").at("findings");
  REQUIRE(findings.size() == 2);
  CHECK(findings.at(0).at("state") == "updated");
  CHECK(findings.at(0).at("severity") == "error");
  CHECK(findings.at(1).at("state") == "resolved");
  CHECK(findings.at(1).at("duration_s") == 30 + 240);
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.advance(base::minutes(5));
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.updated", "alert.resolved"});
  CHECK(house.stored_alerts.empty());
}

TEST_CASE("what one cause changes within moments is one message, however long all was calm",
          "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(refusals(3, Severity::kError));
  house.advance(base::hours(1));
  REQUIRE(house.types("oncall") == Texts{"alert.firing"});
  // Deployments are judged one after the other.
  for (int i = 0; i < 3; ++i) {
    house.see({bad("refusal-rotation", about("entra", "service-" + std::to_string(i)),
                   Severity::kWarning)});
    house.advance(base::seconds(1));
  }
  house.advance(base::minutes(10));
  REQUIRE(house.types("oncall") == Texts{"alert.firing", "alert.updated"});
  for (const auto& one : house.got["oncall"].at(1).body.at("data").at("findings")) {
    CHECK(one.at("state") == "updated");
  }
}

TEST_CASE("what opens and closes before its first notice is told to nobody", "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(refusals(1, Severity::kError));
  house.advance(base::seconds(20));
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.advance(base::hours(1));
  CHECK(attempts_of(house, "oncall") == 0);
  CHECK(house.stored_alerts.empty());
  CHECK(house.notes.size() == 2);  // the audit knows of both
}

TEST_CASE("critical findings are repeated every four hours, others are not", "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(refusals(1, Severity::kCritical));
  house.see({bad("tls-invalid", about("okta"), Severity::kError)});
  house.advance(base::hours(9));
  CHECK(house.types("oncall") ==
        Texts{"alert.firing", "alert.firing", "alert.firing", "alert.firing"});
  const auto& reminder = house.got["oncall"].at(3).body.at("data");
  CHECK(reminder.at("reminder") == true);
  CHECK(reminder.at("findings").at(0).at("state") == "firing");
  CHECK(reminder.at("summary").get<std::string>().starts_with("Reminder, still critical: "));
}

TEST_CASE("nothing is sent before its commit is acknowledged", "[alerts]") {
  auto config = config_of({"oncall"});
  config.group_wait = base::Duration{0};
  House house(config);
  const auto turn = house.center().apply(house.now, refusals(1, Severity::kError));
  CHECK(turn.batch.outbox.size() == 1);
  CHECK(turn.batch.alerts.size() == 1);
  CHECK(turn.batch.alerts.at(0).notified.size() == 1);
  house.center().tick(house.now + base::hours(1));
  CHECK(house.http().asked.empty());
  house.center().acknowledged(turn.ticket);
  house.center().tick(house.now + base::hours(1));
  CHECK(house.http().asked.size() == 1);
}

TEST_CASE("a receiver that is down gets its message when it is back, under the same id",
          "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_answer(503);
  house.see(refusals(1, Severity::kError));
  house.advance(base::hours(2));
  CHECK(house.types("oncall").empty());
  CHECK(attempts_of(house, "oncall") >= 5);
  house.answers.clear();
  house.advance(base::minutes(80));
  REQUIRE(house.types("oncall") == Texts{"alert.firing"});
  for (const Got& attempt : house.attempts["oncall"]) {
    CHECK(attempt.id == house.attempts["oncall"].at(0).id);
    CHECK(attempt.body == house.attempts["oncall"].at(0).body);
  }
}

TEST_CASE("an opening that nobody can have read vanishes with its resolve", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_failure(model::FailureKind::kConnect);
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(2));
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.advance(base::minutes(10));
  house.answers.clear();
  house.advance(base::hours(2));
  CHECK(house.types("oncall").empty());
  CHECK(house.stored_outbox.empty());
  CHECK_FALSE(firing(house, "refusal-rotation"));
}

TEST_CASE("an opening that may have arrived is repeated, and its resolve follows", "[alerts]") {
  House house(config_of({"oncall"}));
  auto late = http_failure(model::FailureKind::kTimeout);
  late.phases.connect_us = 900;
  house.answers["oncall"] = late;
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(2));
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.advance(base::minutes(20));
  house.answers.clear();
  house.advance(base::hours(2));
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.resolved"});
}

TEST_CASE("while a receiver is down its news are folded into one message", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_answer(500);
  house.see(refusals(1, Severity::kWarning));
  house.advance(base::minutes(10));
  house.see(refusals(2, Severity::kError));
  house.advance(base::minutes(10));
  house.see(refusals(3, Severity::kCritical));
  house.advance(base::minutes(10));
  CHECK(house.stored_outbox.size() == 1);
  house.answers.clear();
  house.advance(base::hours(2));
  REQUIRE(house.types("oncall").size() == 1);
  const auto& findings = house.got["oncall"].at(0).body.at("data").at("findings");
  CHECK(findings.size() == 3);
  for (const auto& each : findings) {
    CHECK(each.at("severity") == "critical");
    CHECK(each.at("state") == "opened");
  }
}

TEST_CASE("Retry-After holds back all messages to that receiver", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_answer(429, {}, {{"retry-after", "600"}});
  house.see(refusals(1, Severity::kError));
  house.advance(base::seconds(31));
  house.see({bad("tls-invalid", about("okta"))});
  house.advance(base::minutes(9));
  CHECK(attempts_of(house, "oncall") == 1);
  house.answers.clear();
  house.advance(base::minutes(2));
  CHECK(house.types("oncall").size() == 2);
}

TEST_CASE("a 401 is told to the other receivers at once and tried again hourly", "[alerts]") {
  House house(config_of({"oncall", "chat"}));
  house.answers["oncall"] = http_answer(401);
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(1) + base::seconds(1));
  CHECK(firing(house, "self-receiver"));
  REQUIRE(house.types("chat").size() == 2);
  const auto& finding = house.got["chat"].at(1).body.at("data").at("findings").at(0);
  CHECK(finding.at("rule") == "self-receiver");
  CHECK(finding.at("subject") == nlohmann::json{{"host", "vm-17"}, {"receiver", "oncall"}});
  CHECK(attempts_of(house, "oncall") == 1);
  house.advance(base::minutes(40));
  CHECK(attempts_of(house, "oncall") == 1);
  house.answers.clear();
  house.advance(base::hours(2));
  CHECK(house.types("oncall") == Texts{"alert.firing"});
  CHECK(house.types("chat") == Texts{"alert.firing", "alert.firing", "alert.resolved"});
  CHECK_FALSE(firing(house, "self-receiver"));
}

TEST_CASE("a 410 ends all sending until a reload, and nothing is lost", "[alerts]") {
  House house(config_of({"oncall", "chat"}));
  house.answers["oncall"] = http_answer(410);
  house.see(refusals(1, Severity::kError));
  house.advance(base::hours(24));
  CHECK(attempts_of(house, "oncall") == 1);
  CHECK(firing(house, "self-receiver"));
  house.answers.clear();
  house.keep(house.center().reconfigure(house.now, config_of({"oncall", "chat"})));
  house.advance(base::hours(2));
  CHECK(house.types("oncall") == Texts{"alert.firing"});
  CHECK_FALSE(firing(house, "self-receiver"));
}

TEST_CASE("a redirect is refused: no resolve follows an opening that was given up", "[alerts]") {
  House house(config_of({"oncall", "chat"}));
  house.answers["oncall"] = http_answer(302, {}, {{"location", "http://169.254.169.254/"}});
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(10));
  CHECK(attempts_of(house, "oncall") == 1);
  // What is told of it is what happens.
  const auto& finding = house.got["chat"].at(1).body.at("data").at("findings").at(0);
  CHECK(finding.at("rule") == "self-receiver");
  const auto remedy = finding.at("remedy").get<std::string>();
  CHECK_THAT(remedy, Catch::Contains("is dropped and not tried again"));
  CHECK_THAT(remedy, !Catch::Contains("hourly") && !Catch::Contains("shows the answer"));
  REQUIRE(house.warnings.size() == 1);
  CHECK_THAT(house.warnings[0], Catch::Contains("redirect refused") && Catch::Contains("dropped"));
  house.answers.clear();
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.advance(base::hours(1));
  CHECK(house.types("oncall").empty());
  CHECK(house.types("chat").back() != "alert.firing");
}

TEST_CASE("a slow receiver delays neither the others nor its own order", "[alerts]") {
  auto config = config_of({"slow", "quick"});
  config.group_wait = base::Duration{0};
  House house(config);
  house.keep(house.center().apply(house.now, refusals(1, Severity::kError)));
  house.keep(house.center().tick(house.now));
  auto& waiting = house.http().waiting;
  REQUIRE(waiting.size() == 2);
  const auto quick = std::ranges::find_if(
      waiting, [](const auto& one) { return one.request.url.find("quick") != std::string::npos; });
  house.http().answer(quick->id, http_answer(204));
  house.keep(house.center().apply(house.now, std::vector{bad("tls-invalid", about("okta"))}));
  house.keep(house.center().tick(house.now));
  REQUIRE(waiting.size() == 2);  // one in flight per receiver
  CHECK(house.http().asked.size() == 3);
}

TEST_CASE("after five failures in a row the oldest message alone is tried", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_failure(model::FailureKind::kConnect);
  for (int i = 0; i < 30; ++i) {
    house.see({bad("tls-invalid", about("authority-" + std::to_string(i)))});
  }
  house.advance(base::hours(6));
  CHECK(attempts_of(house, "oncall") < 20);
  CHECK(house.stored_outbox.size() == 30);
  house.answers.clear();
  house.advance(base::hours(2));
  CHECK(house.types("oncall").size() == 30);
  CHECK(house.stored_outbox.empty());
}

TEST_CASE("an ignored finding is kept and never told; it is told when that ends", "[alerts]") {
  auto config = config_of({"oncall"});
  config.ignore = {{"tls-invalid", "okta", {}, kStart + base::hours(3), "accepted"}};
  House house(config);
  house.see({bad("tls-invalid", about("okta"))});
  house.advance(base::hours(2));
  CHECK(house.types("oncall").empty());
  CHECK(house.center().open_alerts().at(0).finding.ignored);
  house.advance(base::hours(2));
  CHECK(house.types("oncall") == Texts{"alert.firing"});
}

TEST_CASE("a finding whose authority left the configuration is resolved once", "[alerts]") {
  House house(config_of({"oncall"}));
  house.see({bad("tls-invalid", about("okta"))});
  house.advance(base::minutes(1));
  house.keep(house.center().retire(
      house.now, [](const model::Finding& f) { return f.subject.authority == "okta"; }));
  house.advance(base::hours(1));
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.resolved"});
}

TEST_CASE("a restart repeats no open alert and loses no resolve", "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(1));
  house.restart();
  house.see(refusals(1, Severity::kError));
  house.advance(base::hours(1));
  CHECK(house.types("oncall") == Texts{"alert.firing"});
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.restart();  // resolved, and not told yet
  house.advance(base::hours(1));
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.resolved"});
}

TEST_CASE("what waits is due at once after a restart, under its old id", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_answer(500);
  house.see(refusals(1, Severity::kError));
  house.advance(base::hours(3));
  const std::string id = house.attempts["oncall"].at(0).id;
  house.answers.clear();
  house.restart();
  REQUIRE(house.types("oncall") == Texts{"alert.firing"});
  CHECK(house.got["oncall"].at(0).id == id);
}

TEST_CASE("a full outbox drops the oldest events first and says so", "[alerts]") {
  auto config = config_of({"oncall", "chat"});
  alerts::Route events;
  events.match.kind = alerts::RouteKind::kEvent;
  events.receivers = {"oncall"};
  alerts::Route all;
  all.receivers = {"oncall", "chat"};
  config.routes = {events, all};
  base::SeededRandom random(1);
  fakes::FakeHttp http;
  alerts::OutboxLimits limits;
  limits.rows = 10;
  alerts::AlertCenter center(config, random, http, {}, limits);
  base::Instant now = kStart;
  center.apply(now, refusals(1, Severity::kError));
  now += base::minutes(1);
  center.tick(now);  // the notice; never acknowledged, so nothing leaves
  model::Event event;
  event.at = now;
  event.authority = "entra";
  std::size_t dropped = 0;
  for (int i = 0; i < 20; ++i) {
    const auto turn = center.apply(now, {}, std::vector{event});
    for (const auto& note : turn.batch.notes) dropped += note.kind == "delivery" ? 1U : 0U;
  }
  CHECK(dropped == 11);  // 20 events and the opening, of which 10 stay
  const auto health = center.receivers();
  const auto oncall =
      std::ranges::find_if(health, [](const auto& each) { return each.name == "oncall"; });
  REQUIRE(oncall != health.end());
  CHECK(oncall->waiting == 10);
  CHECK(oncall->oldest == kStart + base::minutes(1));
  CHECK(center.counters().at("oncall").dropped == 11);
  const auto alerts = center.open_alerts();
  CHECK(std::ranges::any_of(alerts, [](const auto& each) {
    return each.finding.rule == "self-outbox" && each.finding.subject.receiver == "oncall";
  }));
}

TEST_CASE("the messages of a removed receiver are dropped with a note", "[alerts]") {
  House house(config_of({"oncall", "chat"}));
  house.answers["oncall"] = http_answer(500);
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(1));
  house.keep(house.center().reconfigure(house.now, config_of({"chat"})));
  house.settle();
  CHECK(house.stored_outbox.empty());
  house.see({good("refusal-rotation", about("entra", "service-0"))});
  house.advance(base::hours(1));
  CHECK(house.types("oncall").empty());
  CHECK(house.types("chat") == Texts{"alert.firing", "alert.resolved"});
}

TEST_CASE("every attempt is in the audit notes, without secret and body", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = http_answer(500);
  house.see(refusals(1, Severity::kError));
  house.advance(base::minutes(1));
  house.answers.clear();
  house.advance(base::hours(1));
  std::size_t deliveries = 0;
  for (const model::AuditNote& note : house.notes) {
    CHECK(note.data.find("AAECAwQF") == std::string::npos);
    CHECK(note.data.find("https://") == std::string::npos);
    if (note.kind != "delivery") continue;
    ++deliveries;
    const auto data = nlohmann::json::parse(note.data);
    CHECK(data.at("receiver") == "oncall");
    CHECK(data.at("body_sha256").get<std::string>().size() == 64);
    CHECK(data.at("id") == house.attempts["oncall"].at(0).id);
  }
  CHECK(deliveries == attempts_of(house, "oncall"));
}

TEST_CASE("a message that this host could not send is no attempt of its receiver", "[alerts]") {
  House house(config_of({"oncall", "team"}));
  net::HttpResponse lacking;
  lacking.failure = model::Failure{model::FailureKind::kConnect, model::FailureDetail::kOurs,
                                   "this process has no file descriptor left"};
  house.answers["oncall"] = lacking;
  house.see({bad("keyset-empty", about("entra"))});
  house.advance(base::hours(80));
  CHECK(house.attempts["oncall"].size() > 10);
  REQUIRE(house.stored_outbox.size() == 1);
  CHECK(house.stored_outbox.begin()->second.attempts == 0);
  CHECK(std::ranges::none_of(house.notes, [](const model::AuditNote& note) {
    return note.kind == "delivery" && note.data.find("oncall") != std::string::npos;
  }));
  CHECK(house.types("team") == std::vector<std::string>{"alert.firing"});
  house.answers.erase("oncall");
  house.advance(base::minutes(1));
  CHECK(house.types("oncall") == std::vector<std::string>{"alert.firing"});
  CHECK(house.stored_outbox.empty());
}

TEST_CASE("a file of ours that a receiver's settings name is told as that receiver's trouble",
          "[alerts]") {
  House house(config_of({"oncall", "team"}));
  net::HttpResponse unreadable;
  unreadable.failure = model::Failure{model::FailureKind::kTls, model::FailureDetail::kOurs,
                                      "/etc/ca.pem does not exist"};
  house.answers["oncall"] = unreadable;
  house.see({bad("keyset-empty", about("entra"))});
  house.advance(base::hours(1));
  CHECK(std::ranges::count(house.types("team"), "alert.firing") == 2);
}
