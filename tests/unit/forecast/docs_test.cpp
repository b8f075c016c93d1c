// The examples of docs/forecast.md are computed: every row of its table is what is forecast.
#include "base/file.hpp"
#include "fixture.hpp"

#include <catch2/catch.hpp>

#include <functional>

namespace idpwatch::forecast {

namespace {

using base::hours;
using base::minutes;
using base::seconds;
using validators::Fault;

struct Example {
  const char* version;
  const char* what;
  std::vector<const char*> rules;
  std::function<void(Fixture&)> happens;
};

std::string time_text(base::Instant at) {
  const std::string text = base::format_rfc3339(at);
  const bool today = text.starts_with("2026-11-24");
  return (today ? "" : text.substr(5, 5) + " ") + text.substr(11, 5);
}

std::string told(const model::Finding& finding) {
  std::string text = "`" + finding.rule + "`";
  if (finding.condition == model::Condition::kRestarted) text += " if restarted";
  text += ", " + std::string(model::to_text(*finding.certainty)) + ", " +
          std::to_string(finding.status.value_or(0)) + " " + finding.error_id;
  const model::Window& window = *finding.window;
  if (*window.earliest > kNoon) text += ", from " + time_text(*window.earliest);
  if (window.longest_s) {
    text += ", at most " + base::describe_duration(seconds(*window.longest_s)) + " in a row";
  }
  return text + ", until " + (window.until ? time_text(*window.until) : "fixed");
}

const std::vector<Example>& examples() {
  static const std::vector<Example> all{
      {"6.10.0",
       "the next key is published beside the old one",
       {"refusal-rotation"},
       [](Fixture& world) { world.keys(kNoon, {"old", "new"}); }},
      {"6.10.0",
       "keys swapped at once",
       {"refusal-rotation", "refusal-withdrawn-key"},
       [](Fixture& world) { world.keys(kNoon, {"new"}); }},
      {"8.23.0",
       "keys swapped at once",
       {"refusal-rotation"},
       [](Fixture& world) { world.keys(kNoon, {"new"}); }},
      {"6.10.0",
       "the same, RefreshOnIssuerKeyNotFound off",
       {"refusal-rotation"},
       [](Fixture& world) {
         world.settings.refresh_on_unknown_kid = model::FlagSetting(false);
         world.keys(kNoon, {"new"});
       }},
      {"6.10.0",
       "the authority is down",
       {"refusal-unreachable"},
       [](Fixture& world) { world.serve(kNoon, kMetadata, fault(Fault::kRefused)); }},
      {"8.23.0",
       "the authority is down",
       {"refusal-unreachable"},
       [](Fixture& world) { world.serve(kNoon, kMetadata, fault(Fault::kRefused)); }},
      {"6.10.0",
       "nothing yet: keys were swapped at once every 30 days, the next time is in 3 days",
       {"refusal-rotation", "refusal-withdrawn-key"},
       [](Fixture& world) {
         world.rotates(kNoon - hours(24 * 27), hours(24 * 30), base::Duration(0));
       }},
      {"8.23.0",
       "the clock is 280 s behind and loses 4.3 s a day",
       {"refusal-clock"},
       [](Fixture& world) {
         world.clock = ClockBounds{seconds(280), seconds(281), checks::RateBounds{45e-6, 55e-6}};
       }},
  };
  return all;
}

}  // namespace

TEST_CASE("The examples of the forecast's page are what is forecast", "[forecast]") {
  const auto page =
      base::read_file(std::string(IDPWATCH_SOURCE_DIR) + "/docs/forecast.md", 1UL << 20);
  REQUIRE(page);
  for (const Example& example : examples()) {
    Fixture world(example.version);
    example.happens(world);
    std::string row = std::string("| ") + example.version + " | " + example.what + " | ";
    for (const char* rule : example.rules) {
      row += (rule == example.rules.front() ? "" : "; ") + told(world.finding(rule, kNoon));
    }
    row += " |";
    INFO(row);
    CHECK(page->find(row) != std::string::npos);
  }
}

}  // namespace idpwatch::forecast
