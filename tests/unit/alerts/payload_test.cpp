#include "alerts/alert_book.hpp"
#include "alerts/summary.hpp"
#include "tests/unit/alerts/messages.hpp"
#include "tests/unit/alerts/schema_check.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using alerts::EntryState;
using alerts::Notice;
using alerts::NoticeKind;
using model::Severity;
using nlohmann::json;

namespace {

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  CAPTURE(path);
  REQUIRE(file);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string golden_path(const std::string& name) {
  return std::string(IDPWATCH_TEST_DATA) + "/golden/" + name;
}

const json& schema() {
  static const json value =
      json::parse(read_file(std::string(IDPWATCH_SOURCE_DIR) + "/docs/schema/webhook.json"));
  return value;
}

Notice forecast() {
  return notice_of(NoticeKind::kFiring,
                   {{EntryState::kOpened, refusal("orders-api#Bearer"), base::seconds(30)}});
}

Notice mixed() {
  auto better = refusal("billing");
  better.severity = Severity::kWarning;
  return notice_of(NoticeKind::kUpdated,
                   {{EntryState::kUpdated, refusal("orders-api#Bearer"), base::minutes(6)},
                    {EntryState::kResolved, better, base::minutes(6)}});
}

model::Event withdrawn() {
  model::Event event;
  event.seq = 17;
  event.type = model::EventType::kKeyWithdrawn;
  event.at = kStart;
  event.authority = "zillow";
  event.about_key = true;
  event.kid = "k\x1b[31m6";
  event.thumbprint = "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs";
  event.first_absent_at = kStart - base::minutes(10);
  event.confirmed_at = kStart;
  return event;
}

std::map<std::string, std::string> bodies() {
  return {
      {"webhook-firing.json", alerts::render_notice(kStart, "vm-17", forecast())},
      {"webhook-updated.json", alerts::render_notice(kStart + base::minutes(5), "vm-17", mixed())},
      {"webhook-event.json", alerts::render_event("vm-17", withdrawn()).text},
      {"webhook-test.json", alerts::render_test(kStart, "vm-17", "oncall")},
      {"webhook-heartbeat.json", alerts::render_heartbeat(kStart, "vm-17", 2)}};
}

}  // namespace

TEST_CASE("webhook bodies are those of the golden files", "[alerts]") {
  REQUIRE(bodies().size() == 5);
  for (const auto& [name, body] : bodies()) {
    CAPTURE(name);
    CHECK(json::parse(body).dump(2) + "\n" == read_file(golden_path(name)));
  }
}

// Run by hand when a body is meant to change: test_alerts "[.golden]".
TEST_CASE("write the golden files of webhook bodies", "[.golden]") {
  for (const auto& [name, body] : bodies()) {
    std::ofstream(golden_path(name)) << json::parse(body).dump(2) << "\n";
    CHECK(read_file(golden_path(name)) == json::parse(body).dump(2) + "\n");
  }
}

TEST_CASE("every kind of body keeps to the shipped schema", "[alerts]") {
  for (const auto& [name, body] : bodies()) {
    CAPTURE(name, body);
    CHECK(schema_faults(schema(), json::parse(body)) == std::vector<std::string>{});
  }
  json broken = json::parse(bodies().at("webhook-firing.json"));
  broken["data"]["findings"][0]["state"] = "melting";
  CHECK_FALSE(schema_faults(schema(), broken).empty());
  broken = json::parse(bodies().at("webhook-event.json"));
  broken["data"].erase("event");
  CHECK_FALSE(schema_faults(schema(), broken).empty());
}

TEST_CASE("the summary says what, whose, from when, which error and what to do", "[alerts]") {
  CHECK(
      alerts::summary_of(kStart, forecast()) ==
      "critical: orders-api#Bearer will answer 401 to tokens signed with the new key k7 of entra. "
      "From 2026-03-01T00:42:00Z (in 42 min) until 2026-03-01T00:52:00Z (in 52 min). "
      "The log will say: IDX10503: Signature validation failed. The token's kid is: 'k7', but did "
      "not match any keys. "
      "Restart it after the new key is published, or let RefreshOnIssuerKeyNotFound on.");
  CHECK(alerts::summary_of(kStart, mixed())
            .starts_with("critical: 1 updated (orders-api#Bearer); 1 resolved (billing). Worst: "));
  Notice over = forecast();
  over.kind = NoticeKind::kResolved;
  over.entries.at(0).state = EntryState::kResolved;
  over.entries.at(0).duration = base::minutes(12);
  CHECK(alerts::summary_of(kStart, over) ==
        "Resolved after 12 min. It was: orders-api#Bearer will answer 401 to tokens signed with "
        "the new key "
        "k7 of entra");
  over.entries.at(0).finding.evidence.push_back(
      {std::string(alerts::kClosedFact), "by time", "idpwatch"});
  CHECK_THAT(
      alerts::summary_of(kStart, over),
      Catch::StartsWith("Resolved after 12 min (closed by time). It was: orders-api#Bearer"));
}

TEST_CASE("times that the finding tells itself are not told twice", "[alerts]") {
  Notice notice = forecast();
  model::Finding& finding = notice.entries.at(0).finding;
  finding.error_id.clear();
  finding.error_message.clear();
  finding.remedy.clear();
  finding.summary = "orders-api may answer 401 until 2026-03-01T00:52:00Z (in 52 min): k7 (new)";
  finding.window->earliest = kStart - base::minutes(1);
  CHECK(alerts::summary_of(kStart, notice) ==
        "critical: orders-api may answer 401 until 2026-03-01T00:52:00Z (in 52 min): k7 (new). "
        "Since " +
            base::format_rfc3339(*finding.window->earliest) + " (1 min ago).");
  // When it is over, what was ahead at the last look is not ahead any more.
  notice.entries.at(0).state = EntryState::kResolved;
  notice.entries.at(0).duration = base::minutes(60);
  CHECK(
      alerts::summary_of(kStart, notice) ==
      "Resolved after 1 h. It was: orders-api may answer 401 until 2026-03-01T00:52:00Z: k7 (new)");
}

TEST_CASE("a service about which there are several findings is named once", "[alerts]") {
  Notice notice = forecast();
  notice.entries.push_back(notice.entries.at(0));
  notice.entries.at(1).finding.rule = "refusal-withdrawn-key";
  notice.entries.at(1).finding.id = "other";
  CHECK_THAT(alerts::summary_of(kStart, notice),
             Catch::Contains("2 opened (orders-api#Bearer). Worst: "));
}

TEST_CASE("a body stays below 20 kB: forty services are named, of a thousand the rest is counted",
          "[alerts]") {
  const auto body_of = [](int services) {
    std::vector<alerts::NoticeEntry> entries;
    for (int i = 0; i < services; ++i) {
      entries.push_back({EntryState::kOpened, refusal("service-" + std::to_string(i)), {}});
    }
    return alerts::render_notice(kStart, "vm-17",
                                 notice_of(NoticeKind::kFiring, std::move(entries)));
  };
  const std::string forty = body_of(40);
  CHECK(forty.size() < 20'000);
  CHECK(json::parse(forty).at("data").at("findings").size() == 40);
  CHECK(json::parse(forty).at("data").at("more") == 0);
  CHECK(alerts::openings_of(forty).ids.size() == 40);
  const std::string text = body_of(1000);
  CHECK(text.size() < 20'000);
  const json data = json::parse(text).at("data");
  REQUIRE(data.at("findings").size() >= 40);
  CHECK(data.at("findings").size() + data.at("more").get<std::size_t>() == 1000);
  CHECK(alerts::openings_of(text).all);
  CHECK(data.at("findings").at(0).at("evidence").size() == 2);  // the first one in full
  CHECK(schema_faults(schema(), json::parse(text)) == std::vector<std::string>{});
}

TEST_CASE("outside text is cut and cannot move a terminal or hide its direction", "[alerts]") {
  model::Finding hostile = refusal("orders");
  hostile.error_message = std::string("\x1b]0;pwned\x07") + std::string(5000, 'x');
  hostile.summary =
      "kid \xE2\x80\xAE"
      "evil\xE2\x80\xAC\n\x1b[2J <script>";
  hostile.evidence.assign(500, {"kid", std::string("\xff\xfe\x00", 3), std::string(4000, 'u')});
  const std::string body =
      alerts::render_notice(kStart, "vm-17", notice_of(NoticeKind::kFiring, {{{}, hostile, {}}}));
  CHECK(body.size() < 20'000);
  for (const char* raw : {"\x1b", "\\u001b", "\xE2\x80\xAE", "\\u202e", "\\n"}) {
    CAPTURE(raw);
    CHECK(body.find(raw) == std::string::npos);
  }
  model::Event event = withdrawn();
  event.new_value = R"({"a\u001b[2J": [{"deep": ["\u202e"]}]})";
  event.old_value = "\"" + std::string(100'000, 'o') + "\"";
  const std::string event_body = alerts::render_event("vm-17", event).text;
  CHECK(event_body.size() < 8'000);
  CHECK(event_body.find("\\u001b") == std::string::npos);
  CHECK(event_body.find("\xE2\x80\xAE") == std::string::npos);
}

TEST_CASE("bodies of the store that are none open nothing", "[alerts]") {
  for (const char* body : {"", "[]", "{}", R"({"type":"alert.firing"})",
                           R"({"data":{"findings":[7,{"state":"opened","id":3}]}})"}) {
    CHECK(alerts::openings_of(body).ids.empty());
  }
}
