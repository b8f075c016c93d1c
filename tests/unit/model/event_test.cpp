#include "model/event.hpp"

#include "model/event_value.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::model {

using nlohmann::json;

TEST_CASE("an event is written as contracted, and read back", "[model]") {
  Event event;
  event.seq = 7;
  event.type = EventType::kKeyWithdrawn;
  event.at = *base::parse_rfc3339("2026-03-01T05:12:07Z");
  event.authority = "zillow";
  event.about_key = true;
  event.thumbprint = "abc";
  event.first_absent_at = event.at - base::minutes(10);
  event.confirmed_at = event.at;
  event.fields = {"alg"};
  event.old_value = R"({"alg":"RS256"})";
  const json value = to_json(event);
  CHECK(value == json::parse(R"({"seq":7,"type":"key.withdrawn","at":"2026-03-01T05:12:07Z",
      "authority":"zillow","kid":null,"thumbprint":"abc","first_absent_at":"2026-03-01T05:02:07Z",
      "confirmed_at":"2026-03-01T05:12:07Z","fields":["alg"],"old":{"alg":"RS256"}})"));
  CHECK(to_json(event_from_json(value)) == value);
}

TEST_CASE("what does not apply is absent", "[model]") {
  Event event;
  event.type = EventType::kClockStep;
  const json value = to_json(event);
  CHECK(value.size() == 2);
  CHECK(value["type"] == "clock.step");
}

TEST_CASE("every type has a name that is read back", "[model]") {
  for (int i = 0; i <= static_cast<int>(EventType::kDeploymentChanged); ++i) {
    const auto type = static_cast<EventType>(i);
    CHECK(event_type(to_text(type)) == type);
  }
  CHECK_FALSE(event_type("key.exploded"));
}

TEST_CASE("values of events hold nothing that canonical writers spell differently", "[model]") {
  CHECK(event_value("1.5") == R"("1.5")");
  CHECK(event_value("9007199254740993") == R"("9007199254740993")");
  CHECK(event_value("-7") == "-7");
  CHECK(event_value(R"({"a":[true,null,"x"]})") == R"({"a":[true,null,"x"]})");
  CHECK(event_object({{"a", "1"}, {"b", "sha256:00"}}) == R"({"a":1,"b":"sha256:00"})");
  CHECK(json::parse(event_object({{"\xC3\xA4", "1"}})).is_string());
}

}  // namespace idpwatch::model
