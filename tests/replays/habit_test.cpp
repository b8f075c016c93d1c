// An authority with a habit: what its next rotation will do is told before it comes.
#include "base/json.hpp"
#include "base/url.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;

namespace {

const std::string kShop = "https://shop.test";
constexpr base::Duration kDay = hours(24);

base::Instant time_of(const std::string& text) { return base::parse_rfc3339(text).value(); }

// A look a day, as an observer of real providers takes them; `keys` by the date from which on they
// are served, the first one since ever.
std::string records(base::Instant from, base::Instant to,
                    const std::vector<std::pair<base::Instant, std::vector<std::string>>>& sets) {
  std::string out;
  for (base::Instant at = from; at <= to; at += kDay) {
    base::Json keys = base::Json::array();
    for (const auto& [since, names] : sets) {
      if (since > at) continue;
      keys.clear();
      for (const std::string& name : names) keys.push_back(base::Json::parse(key_text(name)));
    }
    const base::Json record = {{"schema", "idpwatch.observation/v1"},
                               {"at", base::format_rfc3339(at)},
                               {"authority", "shop"},
                               {"issuer", kShop},
                               {"discovery",
                                {{"url", base::discovery_url(kShop)},
                                 {"status", 200},
                                 {"headers", base::Json::object()},
                                 {"body", {{"issuer", kShop}, {"jwks_uri", kShop + "/jwks"}}}}},
                               {"jwks",
                                {{"url", kShop + "/jwks"},
                                 {"status", 200},
                                 {"headers", base::Json::object()},
                                 {"body", {{"keys", keys}}}}}};
    out += record.dump() + "\n";
  }
  return out;
}

config::DeploymentConfig service(const std::string& name, const std::string& version) {
  config::DeploymentConfig deployment;
  deployment.name = name;
  deployment.profile = "aspnetcore-jwtbearer";
  deployment.version = version;
  deployment.settings.authority = model::TextSetting(kShop);
  deployment.settings.audiences = model::ListSetting({"api://orders"});
  return deployment;
}

struct Told {
  base::Instant at;
  std::string type;
  base::Json finding;
};

std::vector<Told> told_of(const Replay& replay, const std::string& rule) {
  std::vector<Told> all;
  for (const Message& message : replay.messages()) {
    if (message.rule.empty()) continue;
    const base::Json body = base::Json::parse(message.body);
    for (const base::Json& finding : body["data"]["findings"]) {
      const std::string type = type_of(finding);
      if (finding["rule"] == rule && !type.empty()) all.push_back({message.at, type, finding});
    }
  }
  return all;
}

}  // namespace

// As a large job site did for fifteen months: both keys are exchanged, at once, on the second day
// of every month (facts on real rotations, section 3).
TEST_CASE("a provider that swaps its keys every month is told of before it does so again",
          "[replays]") {
  const std::vector<std::string> months{"2025-07-02", "2025-08-02", "2025-09-02", "2025-10-02",
                                        "2025-11-02", "2025-12-02", "2026-01-02"};
  std::vector<std::pair<base::Instant, std::vector<std::string>>> sets;
  for (std::size_t i = 0; i < months.size(); ++i) {
    const std::string n = std::to_string(i);
    sets.emplace_back(time_of(months[i] + "T03:00:00Z"),
                      std::vector<std::string>{"a" + n, "b" + n});
  }
  sets.front().first = base::Instant::min();
  const base::Instant start = time_of("2026-01-20T06:00:00Z");
  const base::Instant swap = time_of("2026-02-02T03:00:00Z");

  Replay replay;
  replay.clock().step_wall(start - replay.clock().wall());
  replay.authority("shop", kShop);
  replay.config.authorities.front().spec.interval = minutes(30);
  replay.import(records(time_of("2025-07-20T05:00:00Z"), time_of("2026-01-20T05:00:00Z"), sets));
  replay.keys(kShop, {"a6", "b6"});
  replay.config.deployments = {service("orders-api", "6.10.0"), service("carts-api", "8.23.0")};
  replay.start();
  replay.advance(kDay);
  // The next one comes after 28 to 31 days: more than a week from now.
  CHECK(told_of(replay, "refusal-rotation").empty());

  replay.advance(swap - hours(1) - replay.clock().wall());
  const std::vector<Told> before = told_of(replay, "refusal-rotation");
  REQUIRE_FALSE(before.empty());
  CHECK(before.front().at <= swap - kDay * 7);
  for (const Told& told : before) {
    const base::Json& window = told.finding["window"];
    INFO(told.finding.dump(1));
    CHECK(told.type != "alert.resolved");
    CHECK(time_of(window["earliest"]) <= swap);
    CHECK(time_of(window["until"]) > swap + minutes(5));
    CHECK(told.finding["certainty"] == "likely");
    CHECK(told.finding["status"] == 401);
    CHECK(told.finding["summary"].get<std::string>().find("at the next rotation") !=
          std::string::npos);
  }
  const auto of = [&](const std::string& deployment, const std::string& rule) {
    const auto all = told_of(replay, rule);
    return std::count_if(all.begin(), all.end(), [&](const Told& one) {
      return one.finding["subject"]["deployment"] == deployment;
    });
  };
  CHECK(of("orders-api", "refusal-rotation") >= 1);
  CHECK(of("carts-api", "refusal-rotation") >= 1);
  CHECK(of("orders-api", "refusal-withdrawn-key") >= 1);
  CHECK(of("carts-api", "refusal-withdrawn-key") == 0);  // lives on its last good keys

  // A restart of idpwatch forgets nothing of it, and tells it no second time.
  const std::size_t count = before.size();
  replay.crash_and_start();
  replay.advance(minutes(59));
  CHECK(told_of(replay, "refusal-rotation").size() == count);

  replay.keys(kShop, {"a7", "b7"});
  replay.advance(hours(2));
  const std::vector<Told> after = told_of(replay, "refusal-rotation");
  CHECK(std::any_of(after.begin(), after.end(),
                    [](const Told& one) { return one.type == "alert.resolved"; }));
  // And no word about the time after that before it is near.
  replay.advance(kDay);
  CHECK(told_of(replay, "refusal-rotation").size() == after.size());
}
