#include "alerts/muting.hpp"

#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;

namespace {

alerts::AlertsConfig with_maintenance() {
  alerts::AlertsConfig config = config_of({"oncall"});
  config.maintenance.push_back({kStart + base::minutes(10), kStart + base::hours(2), "entra",
                                std::nullopt, "announced work"});
  return config;
}

std::string silenced_by(House& house) {
  const auto alerts = house.center().open_alerts();
  REQUIRE(alerts.size() == 1);
  return alerts.at(0).silenced_by;
}

}  // namespace

TEST_CASE("what opens in a maintenance window is told at its end, once", "[receivers]") {
  House house(with_maintenance());
  house.advance(base::minutes(15));
  house.see({bad("issuer-mismatch", about("entra"))});
  house.advance(base::minutes(60));
  CHECK(attempts_of(house, "oncall") == 0);
  CHECK(silenced_by(house) == "maintenance: announced work");
  house.advance(base::hours(1));
  CHECK(house.types("oncall") == std::vector<std::string>{"alert.firing"});
  CHECK(silenced_by(house).empty());
}

TEST_CASE("what opens and ends within a maintenance window is told to nobody", "[receivers]") {
  House house(with_maintenance());
  house.advance(base::minutes(15));
  house.see({bad("issuer-mismatch", about("entra"))});
  house.advance(base::minutes(20));
  house.see({good("issuer-mismatch", about("entra"))});
  house.advance(base::hours(3));
  CHECK(attempts_of(house, "oncall") == 0);
}

TEST_CASE("maintenance calls nothing resolved that goes on, and hides no end of what was told",
          "[receivers]") {
  House house(with_maintenance());
  house.see({bad("issuer-mismatch", about("entra"), model::Severity::kCritical)});
  house.advance(base::minutes(5));
  REQUIRE(house.types("oncall") == std::vector<std::string>{"alert.firing"});
  house.advance(base::minutes(60));
  CHECK(house.types("oncall").size() == 1);
  house.see({good("issuer-mismatch", about("entra"))});
  house.advance(base::minutes(10));
  CHECK(house.types("oncall") == std::vector<std::string>{"alert.firing", "alert.resolved"});
}

TEST_CASE("other authorities are told of as ever while one is in maintenance", "[receivers]") {
  House house(with_maintenance());
  house.advance(base::minutes(15));
  house.see({bad("issuer-mismatch", about("okta"))});
  house.advance(base::minutes(5));
  CHECK(house.types("oncall") == std::vector<std::string>{"alert.firing"});
}

TEST_CASE("a heartbeat comes by the clock, and one that still waits is not repeated",
          "[receivers]") {
  alerts::AlertsConfig config = config_of({"oncall"});
  config.heartbeat = {base::hours(1), {"oncall"}};
  House house(config);
  house.advance(base::minutes(190));
  CHECK(house.types("oncall") == std::vector<std::string>(3, "heartbeat"));
  house.answers["oncall"] = fakes::http_answer(503);
  house.advance(base::hours(12));
  CHECK(house.stored_outbox.size() == 1);
}

TEST_CASE("what mutes an alert is told by one word: a silence's id, or maintenance",
          "[receivers]") {
  alerts::MaintenanceWindow window;
  CHECK(alerts::muted_word(alerts::describe(window)) == " (maintenance)");
  window.reason = "announced work";
  CHECK(alerts::muted_word(alerts::describe(window)) == " (maintenance)");
  CHECK(alerts::muted_word("019ca7f0-0000-7000-8000-000000000001") == " (silenced)");
  CHECK(alerts::muted_word("").empty());
}
