// One cause, one message; what is worse is told at once, and so is its end, unless it is none.
#include "alerts/group.hpp"
#include "alerts/shared_cause.hpp"
#include "model/rules.hpp"
#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using model::Severity;
using Texts = std::vector<std::string>;

namespace {

using CheckResults = std::vector<model::CheckResult>;

CheckResults outage(bool down) {
  if (down) {
    return {bad("authority-unreachable", about("shop")),
            bad("refusal-unreachable", about("shop", "orders"), Severity::kWarning),
            bad("refusal-unreachable", about("shop", "carts"), Severity::kWarning)};
  }
  return {good("authority-unreachable", about("shop")),
          good("refusal-unreachable", about("shop", "orders")),
          good("refusal-unreachable", about("shop", "carts"))};
}

void see_often(House& house, const CheckResults& results, int times) {
  for (int i = 0; i < times; ++i) {
    house.see(results);
    house.advance(base::minutes(1));
  }
}

}  // namespace

TEST_CASE("an outage and the refusals that follow from it are one message, and one resolve",
          "[alerts]") {
  House house(config_of({"oncall"}));
  see_often(house, outage(true), 5);
  REQUIRE(house.types("oncall") == Texts{"alert.firing"});
  const auto& data = house.got["oncall"].at(0).body.at("data");
  CHECK(data.at("findings").size() == 3);
  CHECK(data.at("group") == nlohmann::json{{"authority", "shop"},
                                           {"cause", "reachability"},
                                           {"rule", "authority-unreachable"}});
  see_often(house, outage(false), 3);
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.resolved"});
}

TEST_CASE("two hundred authorities of one server that is down are one message with a list",
          "[alerts]") {
  alerts::AlertsConfig config = config_of({"oncall"});
  alerts::AuthorityServers servers;
  CheckResults results;
  for (int i = 0; i < 200; ++i) {
    const std::string name = "realm-" + std::to_string(i);
    servers.emplace(name, "sso.example:443");
    results.push_back(bad("authority-unreachable", about(name)));
  }
  servers.emplace("else", "login.example:443");
  config.servers = std::make_shared<const alerts::AuthorityServers>(std::move(servers));
  results.push_back(bad("authority-unreachable", about("else")));
  House house(config);
  see_often(house, results, 4);
  REQUIRE(house.got["oncall"].size() == 2);
  Texts told;
  for (const Got& got : house.got["oncall"]) {
    const auto& data = got.body.at("data");
    told.push_back(data.at("group").at("server"));
    const bool many = told.back() == "sso.example:443";
    CHECK(data.at("findings").size() >= (many ? 60 : 1));
    CHECK(data.at("findings").size() + data.at("more").get<std::size_t>() == (many ? 200U : 1U));
    CHECK(data.at("group").contains("authority") == !many);
    if (many) CHECK_THAT(data.at("summary").get<std::string>(), Catch::Contains("sso.example:443"));
  }
  std::sort(told.begin(), told.end());
  CHECK(told == Texts{"login.example:443", "sso.example:443"});
}

TEST_CASE("an authority that is named by its issuer alone belongs to that issuer's server",
          "[alerts]") {
  const auto finding_at = [](const std::string& authority) {
    return finding("authority-unreachable", about(authority));
  };
  CHECK(alerts::group_of(finding_at("https://sso.example/a"), {}).text() ==
        alerts::group_of(finding_at("https://sso.example/b"), {}).text());
  CHECK(alerts::group_of(finding_at("shop"), {}).text() !=
        alerts::group_of(finding_at("carts"), {}).text());
  // Keys are an authority's own.
  const auto keys_at = [](const std::string& authority) {
    return finding("refusal-rotation", about(authority, "orders"));
  };
  CHECK(alerts::group_of(keys_at("https://sso.example/a"), {}).text() !=
        alerts::group_of(keys_at("https://sso.example/b"), {}).text());
}

TEST_CASE("what is worse than all that was told does not wait for the interval", "[alerts]") {
  House house(config_of({"oncall"}));
  house.see({bad("refusal-rotation", about("shop", "orders"), Severity::kWarning)});
  house.advance(base::seconds(31));
  REQUIRE(house.types("oncall").size() == 1);
  house.see({bad("refusal-withdrawn-key", about("shop", "carts"), Severity::kCritical)});
  house.advance(base::seconds(30));
  REQUIRE(house.types("oncall") == Texts{"alert.firing", "alert.updated"});
  // No worse than what is known: it waits.
  house.see({bad("refusal-withdrawn-key", about("shop", "bills"), Severity::kCritical)});
  house.advance(base::minutes(2));
  CHECK(house.types("oncall").size() == 2);
  house.advance(base::minutes(3));
  CHECK(house.types("oncall").size() == 3);
}

TEST_CASE("the end of all is told at once, but of one that comes and goes once an interval",
          "[alerts]") {
  House house(config_of({"oncall"}));
  const auto refused = bad("refusal-keys", about("shop", "orders"), Severity::kCritical);
  const auto well = good("refusal-keys", about("shop", "orders"));
  house.see({refused});
  house.advance(base::seconds(31));
  house.see({well});
  house.advance(base::seconds(1));
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.resolved"});
  house.see({refused});
  house.advance(base::seconds(31));
  REQUIRE(house.types("oncall").size() == 3);
  house.see({well});
  house.advance(base::minutes(2));
  CHECK(house.types("oncall").size() == 3);
  house.advance(base::minutes(5));
  CHECK(house.types("oncall") ==
        Texts{"alert.firing", "alert.resolved", "alert.firing", "alert.resolved"});
}

TEST_CASE("what fails again before its resolve was told is not called resolved", "[alerts]") {
  alerts::AlertsConfig config = config_of({"oncall"});
  config.group_interval = base::minutes(10);
  House house(config);
  see_often(house, {bad("authority-unreachable", about("shop"))}, 4);
  see_often(house, {good("authority-unreachable", about("shop"))}, 3);
  see_often(house, {bad("authority-unreachable", about("shop"))}, 3);
  REQUIRE(house.types("oncall") == Texts{"alert.firing", "alert.resolved", "alert.firing"});
  // Its end waits for the interval, and it is down again before that is over.
  see_often(house, {good("authority-unreachable", about("shop"))}, 2);
  see_often(house, {bad("authority-unreachable", about("shop"))}, 10);
  CHECK(house.types("oncall") == Texts{"alert.firing", "alert.resolved", "alert.firing"});
  see_often(house, {good("authority-unreachable", about("shop"))}, 12);
  CHECK(house.types("oncall") ==
        Texts{"alert.firing", "alert.resolved", "alert.firing", "alert.resolved"});
}

TEST_CASE("every rule with a cause of its own name stands in the table of rules", "[alerts]") {
  for (const model::Rule& rule : model::rules()) CHECK_FALSE(alerts::cause_of(rule.id).empty());
  CHECK(alerts::cause_of("clock-offset") == "clock-offset");
}
