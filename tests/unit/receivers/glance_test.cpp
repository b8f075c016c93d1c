// What a lock screen shows: the first sixty characters say whom it hits and from when.
#include "alerts/receivers/message_words.hpp"
#include "tests/unit/alerts/messages.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using alerts::EntryState;
using alerts::NoticeKind;

namespace {

std::string title_of(const model::OutboxMessage& message) {
  const auto read = alerts::read_message(message);
  REQUIRE(read.has_value());
  return alerts::words_of(*read).title;
}

std::string title_of(const model::Finding& finding) {
  return title_of(stored_notice(NoticeKind::kFiring, {{EntryState::kOpened, finding, {}}}));
}

}  // namespace

TEST_CASE("a title says whom it hits and from when within sixty characters", "[receivers]") {
  CHECK(title_of(firing()) == "CRITICAL: orders-api#Bearer: answers 401 from 00:42 UTC");
  CHECK(title_of(rotation(40)) == "CRITICAL: service-0: answers 401 from 00:42 UTC, and 39 more");
  CHECK(title_of(resolved()) == "RESOLVED: orders-api#Bearer: refusal-rotation, after 12 min");
  for (const auto& message : {firing(), rotation(40), resolved()}) {
    CHECK(title_of(message).size() <= 60);
  }
  model::Finding finding = refusal("orders");
  finding.window->earliest = kStart + base::hours(30);
  CHECK(title_of(finding) == "CRITICAL: orders: answers 401 from 2 Mar 06:00 UTC");
  finding.window->earliest = kStart - std::chrono::days(400);
  CHECK(title_of(finding) == "CRITICAL: orders: answers 401 since 25 Jan 2025 00:00 UTC");
  finding.window->earliest = kStart;
  finding.certainty = model::Certainty::kPossible;
  finding.condition = model::Condition::kRestarted;
  finding.severity = model::Severity::kWarning;
  CHECK(title_of(finding) == "WARNING: orders: may answer 401 once restarted since 00:00 UTC");
  finding.status = 0;
  finding.condition = model::Condition::kRunning;
  CHECK(title_of(finding) == "WARNING: orders: may not answer since 00:00 UTC");
}

TEST_CASE("a long name gives way to the time, and keeps both its ends", "[receivers]") {
  const std::string title =
      title_of(refusal("the-very-long-name-of-a-service-in-some-namespace#Bearer"));
  CHECK(title.size() == 60);
  CHECK(title == "CRITICAL: the-very-long...Bearer: answers 401 from 00:42 UTC");
  std::string fires;
  for (int i = 0; i < 40; ++i) fires += "\xF0\x9F\x94\xA5";
  const std::string burning = title_of(refusal(fires));
  CHECK(burning.size() <= 60);
  CHECK(burning.ends_with(": answers 401 from 00:42 UTC"));
  CHECK(nlohmann::json(burning).dump().size() > 2);  // whole characters
}
