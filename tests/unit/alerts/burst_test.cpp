// Many findings at once: at a start, over a restart, from a provider that comes and goes; and how
// fast their messages go to receivers that people read.
#include "alerts/outbox.hpp"
#include "alerts/receivers/kinds.hpp"
#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

#include <set>
#include <span>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using Texts = std::vector<std::string>;

namespace {

// Three findings of one cause at each of as many authorities.
std::vector<model::CheckResult> storm(int authorities, bool holds) {
  std::vector<model::CheckResult> out;
  for (int i = 0; i < authorities; ++i) {
    for (const char* service : {"a", "b", "c"}) {
      const model::Subject subject = about("authority-" + std::to_string(i), service);
      out.push_back(holds ? bad("refusal-rotation", subject) : good("refusal-rotation", subject));
    }
  }
  return out;
}

model::OutboxMessage message(int number) {
  model::OutboxMessage out;
  out.id = "message-" + std::to_string(number);
  out.receiver = "chat";
  out.group = "group-" + std::to_string(number);
  out.type = "alert.firing";
  out.body = "{}";
  out.created_at = out.next_attempt_at = kStart;
  return out;
}

// How many leave at `now`, each answered at once.
int leave(alerts::Outbox& outbox, base::Instant now) {
  base::SeededRandom random(1);
  alerts::AttemptResult taken;
  taken.status = 200;
  int out = 0;
  for (auto due = outbox.start_due(now); !due.empty(); due = outbox.start_due(now)) {
    for (const model::OutboxMessage& each : due) {
      out += 1;
      outbox.finished(now, each.receiver, each.id, taken, random);
    }
  }
  return out;
}

alerts::Outbox full_outbox(bool paced) {
  alerts::Outbox outbox;
  const Texts names{"chat"};
  outbox.set_receivers(
      names, paced ? std::span<const std::string>(names) : std::span<const std::string>());
  for (int i = 0; i < 40; ++i) outbox.add(message(i), 1, true);
  outbox.acknowledged(1);
  return outbox;
}

// Opens and closes every two minutes.
void flap(House& house, int times) {
  for (int i = 0; i < times; ++i) {
    house.see({bad("issuer-mismatch", about("shop"))});
    house.advance(base::minutes(2));
    house.see({good("issuer-mismatch", about("shop"))});
    house.advance(base::minutes(2));
  }
}

}  // namespace

TEST_CASE("many findings at a start are a message for each cause, and none more after a restart",
          "[alerts]") {
  House house(config_of({"oncall"}));
  house.see(storm(60, true));
  house.advance(base::minutes(1));
  REQUIRE(house.types("oncall").size() == 60);
  for (const Got& got : house.got["oncall"]) {
    CHECK(got.body.at("data").at("findings").size() == 3);
  }
  house.restart();
  house.see(storm(60, true));
  house.advance(base::hours(1));
  CHECK(house.types("oncall").size() == 60);
  house.see(storm(60, false));
  house.advance(base::minutes(1));
  REQUIRE(house.types("oncall").size() == 120);
  CHECK(house.types("oncall").back() == "alert.resolved");
  CHECK(house.stored_alerts.empty());
}

TEST_CASE("a restart amid a start's many messages sends each of them, under its id", "[alerts]") {
  House house(config_of({"oncall"}));
  house.answers["oncall"] = fakes::http_answer(503);
  house.see(storm(60, true));
  house.advance(base::minutes(1));
  house.answers.clear();
  house.restart();
  house.see(storm(60, true));
  house.advance(base::hours(2));
  std::set<std::string> ids, subjects;
  for (const Got& got : house.got["oncall"]) {
    ids.insert(got.id);
    for (const auto& each : got.body.at("data").at("findings")) {
      CHECK(each.at("state") == "opened");
      subjects.insert(each.at("id"));
    }
  }
  CHECK(ids.size() == 60);
  CHECK(house.got["oncall"].size() == 60);
  CHECK(subjects.size() == 180);
}

TEST_CASE("people get ten messages at once and one a second from then on", "[alerts]") {
  alerts::Outbox outbox = full_outbox(true);
  CHECK(leave(outbox, kStart) == alerts::kBurst);
  CHECK(outbox.due() == kStart + alerts::kPace);
  CHECK(leave(outbox, kStart + base::milliseconds(999)) == 0);
  CHECK(leave(outbox, kStart + base::seconds(1)) == 1);
  CHECK(leave(outbox, kStart + base::seconds(5)) == 4);
  CHECK(leave(outbox, kStart + base::minutes(5)) == alerts::kBurst);
  outbox.clock_set(-base::hours(1));
  CHECK(leave(outbox, kStart + base::minutes(5) - base::hours(1) + base::seconds(2)) == 2);
}

TEST_CASE("programs get all at once", "[alerts]") {
  alerts::Outbox outbox = full_outbox(false);
  CHECK(leave(outbox, kStart) == 40);
  int paced = 0;
  for (const alerts::Kind& kind : alerts::receiver_kinds()) paced += kind.paced ? 1 : 0;
  CHECK(paced == 6);
}

TEST_CASE("what comes and goes is told as flapping once, and then nothing until it is calm",
          "[alerts]") {
  House house(config_of({"oncall"}));
  flap(house, 15);
  const std::size_t told = house.types("oncall").size();
  CHECK(told <= 8);
  std::size_t flapping = 0;
  for (const Got& got : house.got["oncall"]) {
    const std::string summary = got.body.at("data").at("summary");
    if (summary.find("Flapping: it opened 4 times") != std::string::npos) ++flapping;
  }
  CHECK(flapping == 1);
  flap(house, 30);
  CHECK(house.types("oncall").size() == told);
  // It is good from here on.
  house.advance(base::minutes(27));
  CHECK(house.types("oncall").size() == told);
  house.advance(base::minutes(2));
  REQUIRE(house.types("oncall").size() == told + 1);
  CHECK(house.types("oncall").back() == "alert.resolved");
  const std::string end = house.got["oncall"].back().body.at("data").at("summary");
  CHECK_THAT(end, Catch::Contains("(closed: good for 30 min)"));
  CHECK(house.stored_alerts.empty());
}

TEST_CASE("a restart neither ends nor repeats what flaps, and goes on waiting for its calm",
          "[alerts]") {
  House house(config_of({"oncall"}));
  flap(house, 8);
  const std::size_t told = house.types("oncall").size();
  house.restart();
  flap(house, 3);
  CHECK(house.types("oncall").size() == told);
  house.advance(base::minutes(20));
  house.restart();
  CHECK(house.types("oncall").size() == told);
  house.advance(base::minutes(9));
  CHECK(house.types("oncall").size() == told + 1);
}

TEST_CASE("three openings an hour are not flapping, nor is an event that occurs often",
          "[alerts]") {
  House house(config_of({"oncall"}));
  for (int i = 0; i < 12; ++i) {
    house.see({bad("issuer-mismatch", about("shop"))});
    house.advance(base::minutes(1));
    house.see({good("issuer-mismatch", about("shop"))});
    house.advance(base::minutes(20));
    house.see({bad("key-material-changed", about("shop"))});
  }
  for (const auto& [id, alert] : house.stored_alerts) {
    CHECK_FALSE(alerts::is_flapping(alert.finding));
  }
  for (const Got& got : house.got["oncall"]) {
    CHECK(got.body.dump().find("lapping") == std::string::npos);
  }
}

TEST_CASE("openings are remembered of a bounded number of findings", "[alerts]") {
  alerts::OpeningHistory history;
  for (int i = 0; i < 20'000; ++i) {
    history.opens_too_often(std::to_string(i), kStart + base::seconds(i));
  }
  CHECK(history.size() <= 4096);
}
