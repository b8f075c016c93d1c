#include "alerts/silence.hpp"

#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using nlohmann::json;

namespace {

json asked(std::vector<std::string> matchers) {
  return {{"matchers", matchers}, {"for", "2h"}, {"author", "kim"}, {"comment", "announced work"}};
}

alerts::Silence of(std::vector<std::string> matchers) {
  auto silence = alerts::parse_silence(asked(std::move(matchers)).dump(), kStart);
  REQUIRE(silence.has_value());
  silence->id = "1";
  return *std::move(silence);
}

bool silences(std::vector<std::string> matchers, const model::Finding& finding) {
  const alerts::Silence silence = of(std::move(matchers));
  return alerts::silenced(finding, {&silence, 1}, kStart) != nullptr;
}

std::string silenced_by(House& house) {
  for (const model::Alert& alert : house.center().open_alerts()) return alert.silenced_by;
  return {};
}

}  // namespace

TEST_CASE("matchers of one name are alternatives, those of several must all match", "[receivers]") {
  const auto orders = finding("refusal-issuer", about("entra", "orders-api#Bearer"));
  CHECK(silences({"authority=entra"}, orders));
  CHECK(silences({"rule=refusal-*"}, orders));
  CHECK(silences({"deployment=orders-api"}, orders));
  CHECK(silences({"rule=tls-*", "rule=refusal-*"}, orders));
  CHECK(silences({"rule=refusal-*", "severity=error"}, orders));
  CHECK_FALSE(silences({"rule=refusal-*", "severity=critical"}, orders));
  CHECK_FALSE(silences({"authority=entra", "deployment=billing"}, orders));
}

TEST_CASE("a silence without matchers, end, author or comment is refused, and says what it lacks",
          "[receivers]") {
  const auto fault = [](const char* member, json value) {
    json body = asked({"authority=entra"});
    if (value.is_null()) {
      body.erase(member);
    } else {
      body[member] = std::move(value);
    }
    const auto parsed = alerts::parse_silence(body.dump(), kStart);
    REQUIRE_FALSE(parsed.has_value());
    return parsed.error().message;
  };
  CHECK_THAT(fault("matchers", nullptr), Catch::Contains("needs matchers"));
  CHECK_THAT(fault("matchers", json::array()), Catch::Contains("needs matchers"));
  CHECK_THAT(fault("matchers", json{"color=red"}), Catch::Contains("not matched by that"));
  CHECK_THAT(fault("matchers", json{"authority="}), Catch::Contains("is no matcher"));
  CHECK_THAT(fault("matchers", json{"severity=bad"}), Catch::Contains("no such severity"));
  CHECK_THAT(fault("matchers", json{7}), Catch::Contains("is no matcher"));
  CHECK_THAT(fault("for", nullptr), Catch::Contains("needs an end"));
  CHECK_THAT(fault("for", "soon"), Catch::StartsWith("for: "));
  CHECK_THAT(fault("for", "4000d"), Catch::Contains("a year at most"));
  CHECK_THAT(fault("from", "2020-01-01T00:00:00Z"), Catch::Contains("ends before it begins"));
  CHECK_THAT(fault("author", nullptr), Catch::Contains("author and a comment"));
  CHECK_THAT(fault("comment", ""), Catch::Contains("author and a comment"));
  for (const char* text : {"", "[]", "7", "{"}) {
    CHECK_FALSE(alerts::parse_silence(text, kStart).has_value());
  }
}

TEST_CASE("what a silence covers is told at its end, once, and its end can come early",
          "[receivers]") {
  House house(config_of({"oncall"}));
  auto turn = house.center().silence(house.now, of({"authority=entra"}));
  REQUIRE(turn.has_value());
  house.keep(*std::move(turn));
  house.see({bad("issuer-mismatch", about("entra"))});
  house.advance(base::hours(1));
  CHECK(attempts_of(house, "oncall") == 0);
  REQUIRE(house.center().silences().size() == 1);
  const std::string id = house.center().silences().front().id;
  CHECK(silenced_by(house) == id);
  turn = house.center().unsilence(house.now, id);
  REQUIRE(turn.has_value());
  house.keep(*std::move(turn));
  house.advance(base::minutes(2));
  CHECK(house.types("oncall") == std::vector<std::string>{"alert.firing"});
  CHECK(silenced_by(house).empty());
  CHECK_FALSE(house.center().unsilence(house.now, id).has_value());
  CHECK_FALSE(house.center().unsilence(house.now, "another").has_value());
}

TEST_CASE("a silence outlives a restart, by what the audit chain says of it", "[receivers]") {
  House house(config_of({"oncall"}));
  house.keep(*house.center().silence(house.now, of({"authority=entra"})));
  house.keep(*house.center().silence(house.now, of({"authority=okta"})));
  const std::string ended = house.center().silences().back().id;
  house.keep(*house.center().unsilence(house.now, ended));
  std::vector<std::string> notes;
  for (const model::AuditNote& note : house.notes) {
    if (note.kind == "silence") notes.push_back(note.data);
  }
  REQUIRE(notes.size() == 3);
  const auto read = alerts::silences_of(notes, house.now);
  REQUIRE(read.size() == 2);
  for (std::size_t i = 0; i < read.size(); ++i) {
    CHECK(alerts::to_json(read.at(i)) == alerts::to_json(house.center().silences().at(i)));
  }
  CHECK(alerts::silences_of(notes, house.now + base::hours(24 * 30)).empty());
  CHECK(alerts::silences_of(std::vector<std::string>{"", "[]", "{}", R"({"id":"x"})"}, house.now)
            .empty());
}

TEST_CASE("there are so many silences at most", "[receivers]") {
  House house(config_of({"oncall"}));
  for (std::size_t i = 0; i < alerts::kSilencesMax; ++i) {
    house.keep(*house.center().silence(house.now, of({"authority=a" + std::to_string(i)})));
  }
  CHECK_FALSE(house.center().silence(house.now, of({"authority=entra"})).has_value());
  house.advance(base::hours(3));
  CHECK(house.center().silence(house.now, of({"authority=entra"})).has_value());
}
