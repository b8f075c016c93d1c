// Laws of alerting, for drawn histories of results, receivers, crashes and restarts.
#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <random>
#include <set>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using model::Severity;

namespace {

// The same for every build of the standard library.
class Draw {
 public:
  explicit Draw(unsigned seed) : engine_(seed) {}
  unsigned operator()() { return static_cast<unsigned>(engine_()); }

 private:
  std::mt19937 engine_;
};

const std::vector<std::string> kRules{"tls-invalid", "authority-unreachable", "refusal-rotation",
                                      "key-material-changed", "clock-offset"};

model::Subject drawn_subject(Draw& draw) {
  return about(draw() % 2 == 0 ? "entra" : "okta", "service-" + std::to_string(draw() % 3));
}

model::CheckResult drawn_result(Draw& draw) {
  const std::string& rule = kRules.at(draw() % kRules.size());
  const unsigned kind = draw() % 5;
  if (kind == 0) return model::CheckResult::unknown(rule, drawn_subject(draw));
  if (kind <= 2) return good(rule, drawn_subject(draw));
  return bad(rule, drawn_subject(draw), static_cast<Severity>(draw() % 4));
}

net::HttpResponse drawn_answer(Draw& draw, bool refusals) {
  auto silent = fakes::http_failure(model::FailureKind::kTimeout);
  silent.phases.connect_us = 1;
  switch (draw() % (refusals ? 7 : 6)) {
    case 0:
      return fakes::http_answer(503);
    case 1:
      return fakes::http_failure(model::FailureKind::kConnect);
    case 2:
      return silent;
    case 3:
      return fakes::http_answer(429, {}, {{"retry-after", "90"}});
    case 4:
      return fakes::http_answer(401);
    case 5:
      return fakes::http_answer(502);
    default:
      return fakes::http_answer(400);
  }
}

void drawn_step(House& house, Draw& draw, bool refusals) {
  for (const char* name : {"oncall", "chat"}) {
    if (draw() % 6 == 0) house.answers[name] = drawn_answer(draw, refusals);
    if (draw() % 4 == 0) house.answers.erase(name);
  }
  std::vector<model::CheckResult> results;
  for (unsigned i = draw() % 5; i > 0; --i) results.push_back(drawn_result(draw));
  house.see(std::move(results));
  house.advance(base::seconds(1 + draw() % 1200));
  switch (draw() % 12) {
    case 0:
      house.restart();
      break;
    case 1:
      house.send_into_the_void();
      house.restart();
      break;
    case 2:  // a turn that never reached the store
      house.center().apply(house.now, std::vector{drawn_result(draw)});
      house.restart();
      break;
    default:
      break;
  }
}

void all_well(House& house) {
  house.answers.clear();
  house.advance(base::hours(3));
  // What flaps ends when it has been good for half an hour.
  for (int i = 0; i < 5; ++i) {
    std::vector<model::CheckResult> results;
    for (const auto& [id, alert] : house.stored_alerts) {
      if (alert.finding.subject.receiver.empty()) {
        results.push_back(good(alert.finding.rule, alert.finding.subject));
      }
    }
    house.see(std::move(results));
    house.advance(base::minutes(10));
  }
  house.advance(base::hours(30));
}

// Each message once, as a receiver that knows webhook-ids takes them.
std::vector<nlohmann::json> once_each(const std::vector<Got>& messages) {
  std::map<std::string, std::string> bodies;
  std::vector<nlohmann::json> out;
  for (const Got& message : messages) {
    const auto [known, fresh] = bodies.emplace(message.id, message.body.dump());
    REQUIRE(known->second == message.body.dump());
    if (fresh) out.push_back(message.body);
  }
  return out;
}

}  // namespace

TEST_CASE("each receiver hears of each finding: opened, perhaps updated, resolved, in that order",
          "[alerts]") {
  for (unsigned seed = 1; seed <= 150; ++seed) {
    CAPTURE(seed);
    Draw draw(seed);
    House house(config_of({"oncall", "chat"}));
    house.arrives_without_answer = true;
    for (int step = 0; step < 60; ++step) drawn_step(house, draw, false);
    all_well(house);
    CHECK(house.stored_outbox.empty());
    CHECK(house.stored_alerts.empty());
    for (const auto& [receiver, messages] : house.got) {
      CAPTURE(receiver);
      std::set<std::string> open;
      for (const nlohmann::json& body : once_each(messages)) {
        for (const auto& each : body.at("data").at("findings")) {
          const std::string id = each.at("id"), state = each.at("state");
          CAPTURE(id, state, each.at("rule").get<std::string>(),
                  body.at("timestamp").get<std::string>());
          REQUIRE(open.contains(id) == (state != "opened"));
          if (state == "opened") open.insert(id);
          if (state == "resolved") open.erase(id);
        }
      }
      CHECK(open.empty());
    }
  }
}

TEST_CASE("no receiver gets a resolve without an opening, even where messages are refused",
          "[alerts]") {
  for (unsigned seed = 1; seed <= 100; ++seed) {
    CAPTURE(seed);
    Draw draw(seed + 1000);
    House house(config_of({"oncall", "chat"}));
    for (int step = 0; step < 60; ++step) drawn_step(house, draw, true);
    all_well(house);
    CHECK(house.stored_outbox.empty());
    for (const auto& [receiver, messages] : house.got) {
      std::set<std::string> opened;
      for (const nlohmann::json& body : once_each(messages)) {
        for (const auto& each : body.at("data").at("findings")) {
          if (each.at("state") == "opened") opened.insert(each.at("id"));
          if (each.at("state") == "resolved") REQUIRE(opened.contains(each.at("id")));
        }
      }
    }
  }
}

TEST_CASE("a restart at any point changes no message", "[alerts]") {
  const auto story = [](int restart_at) {
    House house(config_of({"oncall"}));
    for (int step = 0; step < 40; ++step) {
      const auto severity = step % 9 < 4 ? Severity::kWarning : Severity::kCritical;
      const auto subject = about("entra", "service-" + std::to_string(step % 2));
      house.see({step % 13 < 8 ? bad("refusal-rotation", subject, severity)
                               : good("refusal-rotation", subject)});
      house.advance(base::seconds(97));
      if (step == restart_at) house.restart();
    }
    all_well(house);
    std::vector<std::string> out;
    for (const Got& got : house.got["oncall"]) {
      nlohmann::json body = got.body;
      for (auto& each : body.at("data").at("findings")) each.erase("last_seen");
      out.push_back(body.dump());
    }
    return out;
  };
  const auto undisturbed = story(-1);
  CHECK(undisturbed.size() > 5);
  for (int restart_at = 0; restart_at < 40; ++restart_at) {
    CAPTURE(restart_at);
    CHECK(story(restart_at) == undisturbed);
  }
}

namespace {

// A receiver that is down in every way but for good: each attempt fails, some arrive nevertheless.
net::HttpResponse outage_answer(Draw& draw) {
  constexpr std::array kStatuses{500, 502, 503, 504, 408, 425, 401, 403, 404};
  const unsigned kind = draw() % 13;
  if (kind < kStatuses.size()) return fakes::http_answer(kStatuses.at(kind));
  if (kind == 9) {
    return fakes::http_answer(429, {}, {{"retry-after", std::to_string(draw() % 5000)}});
  }
  if (kind == 10) {
    return fakes::http_answer(503, {}, {{"retry-after", "Sun, 01 Mar 2026 12:00:00 GMT"}});
  }
  auto silent =
      fakes::http_failure(kind == 11 ? model::FailureKind::kConnect : model::FailureKind::kTimeout);
  if (kind == 12) silent.phases.connect_us = 1;
  return silent;
}

// What a receiver believes to be open, having read its messages in order.
std::set<std::string> believed_open(const std::vector<Got>& messages) {
  std::set<std::string> open;
  for (const nlohmann::json& body : once_each(messages)) {
    for (const auto& each : body.at("data").at("findings")) {
      const std::string id = each.at("id"), state = each.at("state");
      CAPTURE(id, state);
      REQUIRE(open.contains(id) == (state != "opened"));
      if (state == "opened") open.insert(id);
      if (state == "resolved") open.erase(id);
    }
  }
  return open;
}

// What fires; and what fails again before its end was told, which is not over for anybody.
std::set<std::string> not_over(const House& house) {
  std::set<std::string> out;
  for (const auto& [id, alert] : house.stored_alerts) {
    const bool again = alert.state == model::AlertState::kPending && !alert.notified.empty();
    if (alert.state == model::AlertState::kFiring || again) out.insert(id);
  }
  return out;
}

}  // namespace

TEST_CASE("an end that waits is reported, even if the check failed once more meanwhile",
          "[alerts]") {
  House house(config_of({"oncall"}));
  const model::Subject subject{.authority = "okta", .deployment = "", .host = "", .receiver = ""};
  const auto see = [&](bool well) {
    std::vector<model::CheckResult> results;
    results.push_back(well ? good("clock-offset", subject)
                           : bad("clock-offset", subject, Severity::kError));
    house.see(std::move(results));
    house.advance(base::seconds(20));
  };
  // Twice over within the interval of the group: the second end waits for its time.
  for (int i = 0; i < 2; ++i) {
    for (const bool well : {false, false, true, true}) see(well);
  }
  see(false);
  house.advance(base::minutes(10));
  see(true);
  house.advance(base::minutes(10));
  CHECK(believed_open(house.got["oncall"]).empty());
}

TEST_CASE(
    "a day without receivers: each hears all in order, nothing is lost, and twice only what "
    "has the same id",
    "[alerts]") {
  for (unsigned seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    Draw draw(seed + 2000);
    House house(config_of({"oncall", "chat"}));
    house.arrives_without_answer = true;
    const auto look = [&] {
      std::vector<model::CheckResult> results;
      for (unsigned i = draw() % 4; i > 0; --i) {
        const std::string& rule = kRules.at(draw() % kRules.size());
        const model::Subject subject = drawn_subject(draw);
        const auto severity = static_cast<Severity>(1 + draw() % 3);
        results.push_back(draw() % 2 == 0 ? good(rule, subject) : bad(rule, subject, severity));
      }
      house.see(std::move(results));
      house.advance(base::minutes(1 + draw() % 30));
      if (draw() % 15 == 0) house.restart();
    };
    for (int i = 0; i < 5; ++i) look();
    house.answer_with = [&draw](const std::string&) { return outage_answer(draw); };
    const base::Instant end = house.now + base::hours(24);
    while (house.now < end) look();
    house.answer_with = nullptr;
    house.advance(base::hours(3));
    CHECK(house.stored_outbox.empty());
    const std::set<std::string> open = not_over(house);
    REQUIRE_FALSE(open.empty());
    for (const char* receiver : {"oncall", "chat"}) {
      CAPTURE(receiver);
      CHECK(believed_open(house.got[receiver]) == open);
    }
    CHECK(house.warnings.empty());  // nothing was given up
    all_well(house);
    for (const char* receiver : {"oncall", "chat"}) {
      CHECK(believed_open(house.got[receiver]).empty());
    }
  }
}
