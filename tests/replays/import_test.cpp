// Recorded observations into a store, and what a watch that starts on it makes of them.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"
#include "watch/importer.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace idpwatch;
using base::hours;
using base::minutes;
using replays::Replay;

namespace {

constexpr const char* kShop = "https://shop.test";

// A look a minute; the first key is replaced, with overlap, after 20 of them.
std::string records(const std::string& authority, int count, base::Instant from) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    base::Json body = {{"keys", base::Json::array()}};
    if (i < 25) body["keys"].push_back(base::Json::parse(replays::key_text("old")));
    if (i >= 20) body["keys"].push_back(base::Json::parse(replays::key_text("new")));
    const base::Json record = {
        {"schema", "idpwatch.observation/v1"},
        {"at", base::format_rfc3339(from + minutes(i))},
        {"authority", authority},
        {"issuer", "https://" + authority + ".test"},
        {"jwks",
         {{"url", "https://" + authority + ".test/jwks"}, {"status", 200}, {"body", body}}}};
    out += record.dump() + "\n";
  }
  return out;
}

base::Result<watch::CheckedRecords> check(Replay& replay, const std::string& text) {
  return watch::check_records(text, "r.jsonl", replay.clock().wall(), &replay.reader());
}

std::vector<std::string> types_of(Replay& replay, const std::string& authority) {
  std::vector<std::string> out;
  for (const model::Event& event : replay.events()) {
    if (event.authority == authority) out.emplace_back(model::to_text(event.type));
  }
  return out;
}

// First, last and count of each stretch of equal looks.
std::vector<std::string> spans_of(Replay& replay, const std::string& authority) {
  std::vector<std::string> out;
  const auto spans = replay.reader().spans(authority, base::Instant::min(), base::Instant::max());
  for (const model::ObservationSpan& span : spans.value()) {
    out.push_back(base::format_rfc3339(span.first) + " " + base::format_rfc3339(span.last) + " " +
                  std::to_string(span.count));
  }
  return out;
}

const base::Instant kLongAgo = *base::parse_rfc3339("2025-01-01T00:00:00Z");

}  // namespace

TEST_CASE("records that are not newer than what is stored, or no records, are refused whole",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  const auto old = check(replay, records("shop", 3, kLongAgo));
  REQUIRE_FALSE(old);
  CHECK(old.error().text().find("r.jsonl:1") != std::string::npos);
  const auto checked = check(replay, records("past", 30, kLongAgo) + "\n{}\n");
  REQUIRE_FALSE(checked);
  CHECK(checked.error().text().starts_with("r.jsonl:32: "));
  CHECK(checked.error().text().find("line") == std::string::npos);
}

TEST_CASE("a record from the future, or from before 2000, is refused with its whole file",
          "[replays]") {
  Replay replay;
  replay.start();
  const base::Instant now = replay.clock().wall();
  const auto at = [&](base::Instant when) {
    return check(replay, records("good", 3, kLongAgo) + records("odd", 1, when));
  };
  CHECK(at(now));
  CHECK(at(now + minutes(4)));  // the clock of whoever recorded may be a little ahead
  CHECK(at(*base::parse_rfc3339("2000-01-01T00:00:00Z")));
  for (const base::Instant when : {now + minutes(6), *base::parse_rfc3339("9999-12-31T23:59:59Z"),
                                   *base::parse_rfc3339("1999-12-31T23:59:59Z"),
                                   *base::parse_rfc3339("1970-01-01T00:00:00Z")}) {
    const auto refused = at(when);
    CAPTURE(base::format_rfc3339(when));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().kind == base::ErrorKind::kInput);
    CHECK_THAT(refused.error().text(), Catch::StartsWith("r.jsonl:4: the record of 'odd' is from " +
                                                         base::format_rfc3339(when)));
    CHECK_FALSE(refused.error().hint.empty());
  }
}

namespace {

// One look a minute; 'g' is a good one, 'b' ends in a timeout.
std::string looks(const std::string& authority, const std::string& how, base::Instant from) {
  std::string out;
  for (std::size_t i = 0; i < how.size(); ++i) {
    base::Json jwks = {{"url", "https://" + authority + ".test/jwks"}};
    if (how[i] == 'g') {
      jwks["status"] = 200;
      jwks["body"] = {{"keys", {base::Json::parse(replays::key_text("k"))}}};
    } else {
      jwks["error"] = {{"kind", "timeout"}, {"message", "no answer"}};
    }
    const base::Json record = {{"schema", "idpwatch.observation/v1"},
                               {"at", base::format_rfc3339(from + minutes(static_cast<int>(i)))},
                               {"authority", authority},
                               {"issuer", "https://" + authority + ".test"},
                               {"jwks", jwks}};
    out += record.dump() + "\n";
  }
  return out;
}

}  // namespace

TEST_CASE("an import that is killed leaves nothing, and the same one again gives all",
          "[replays]") {
  const std::string text = records("past", 3000, kLongAgo) + looks("gone", "ggbbbbgg", kLongAgo);
  Replay whole;
  whole.import(text);
  whole.start();
  Replay killed;
  for (const std::int64_t done : {0, 1000, 3000, 3008}) killed.import_killed_after(text, done);
  killed.import(text);
  killed.start();
  for (const char* name : {"past", "gone"}) {
    CAPTURE(name);
    CHECK(types_of(killed, name) == types_of(whole, name));
    CHECK(spans_of(killed, name) == spans_of(whole, name));
  }
  CHECK(killed.events().size() == whole.events().size());
  CHECK(killed.reader().verify_audit()->records == whole.reader().verify_audit()->records);
  CHECK(killed.reader().verify_audit()->holds);
}

TEST_CASE("a file that was imported before is refused as such, and one that reaches further too",
          "[replays]") {
  Replay replay;
  replay.import(records("past", 30, kLongAgo));
  replay.start();
  const auto refused = [&replay](int count) {
    const auto checked = check(replay, records("past", count, kLongAgo));
    REQUIRE_FALSE(checked);
    CHECK(checked.error().kind == base::ErrorKind::kInput);
    CHECK(checked.error().text().starts_with("r.jsonl:1: "));
    return checked.error().hint;
  };
  CHECK_THAT(refused(30), Catch::Contains("it was imported before"));
  CHECK_THAT(refused(20), Catch::Contains("it was imported before"));
  CHECK_THAT(refused(31), Catch::StartsWith("30 of 31 records are as old as what is stored"));
}

TEST_CASE("an imported outage is history: no alert is kept of it, and nobody is told",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.import(looks("past", "ggbbbb", kLongAgo));
  replay.start();
  replay.advance(minutes(1));
  CHECK(types_of(replay, "past").back() == "authority.unreachable");
  CHECK(replay.reader().alerts()->empty());
  replay.crash_and_start();
  replay.advance(hours(5));
  for (const std::string& told : replay.told()) CHECK(told == "event key.published");
}

TEST_CASE("an outage that goes on over the end of a file is one outage", "[replays]") {
  const std::string how = "ggbbbbbggggbbggbbbgg";
  Replay whole;
  whole.import(looks("past", how, kLongAgo));
  whole.start();
  REQUIRE(types_of(whole, "past").size() == 5);
  for (std::size_t cut = 1; cut < how.size(); ++cut) {
    CAPTURE(cut);
    Replay parts;
    parts.import(looks("past", how.substr(0, cut), kLongAgo));
    parts.import(looks("past", how.substr(cut), kLongAgo + minutes(static_cast<int>(cut))));
    parts.start();
    CHECK(types_of(parts, "past") == types_of(whole, "past"));
  }
}

TEST_CASE("an alarm that nobody was told of yet is dropped when its authority is not watched",
          "[replays]") {
  Replay replay;
  replay.config.alerts.group_wait = minutes(30);
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  replay.fail(kShop, model::FailureKind::kTimeout);
  replay.advance(minutes(10));
  REQUIRE(replay.reader().alerts()->size() == 1);
  replay.config.authorities.clear();
  const std::size_t before = replay.messages().size();
  replay.clock().advance(hours(2));
  replay.crash_and_start();
  replay.advance(hours(1));
  CHECK(replay.told(before).empty());
  CHECK(replay.reader().alerts()->empty());
}
