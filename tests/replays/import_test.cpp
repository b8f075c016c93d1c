// Recorded observations into the store of a watch that goes on watching.
#include "base/json.hpp"
#include "daemon/import_desk.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <set>

using namespace idpwatch;
using base::hours;
using base::minutes;
using base::seconds;
using daemon::ImportStatus;
using daemon::ImportTask;
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

daemon::ImportTaskPtr task_of(Replay& replay, const std::string& text) {
  auto checked = daemon::check_records(text, "r.jsonl", &replay.reader());
  INFO((checked ? std::string() : checked.error().text()));
  REQUIRE(checked);
  return std::make_shared<ImportTask>(1, "r.jsonl", text, *checked);
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

TEST_CASE("a running watch imports what an import into its store would have given", "[replays]") {
  Replay offline;
  offline.import(records("past", 3000, kLongAgo));
  offline.start();

  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.config.authorities.at(0).spec.interval = seconds(1);
  replay.start();
  replay.advance(seconds(10));
  const std::size_t asked = replay.requests();
  const auto task = task_of(replay, records("past", 3000, kLongAgo));
  REQUIRE(replay.watch().import(task));
  CHECK(replay.watch().importing());
  CHECK_FALSE(replay.watch().import(task));  // one at a time
  replay.advance(base::milliseconds(5));
  CHECK(task->status().state == ImportStatus::State::kRunning);
  CHECK(task->status().records < 3000);
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(seconds(5));
  CHECK(task->status().state == ImportStatus::State::kDone);
  CHECK(task->status().records == 3000);
  CHECK(task->status().events == 3);
  CHECK(replay.requests() > asked + 4);  // the looks went on

  CHECK(types_of(replay, "past") == types_of(offline, "past"));
  CHECK(types_of(replay, "past").size() == 3);
  const auto keys = replay.reader().keys("past");
  const auto same = offline.reader().keys("past");
  REQUIRE(keys->size() == same->size());
  for (std::size_t i = 0; i < keys->size(); ++i) {
    CHECK((*keys)[i].last_seen == (*same)[i].last_seen);
    CHECK((*keys)[i].withdrawn_at == (*same)[i].withdrawn_at);
  }
  CHECK(replay.reader().verify_audit().value().holds);
}

TEST_CASE("nothing imported is sent, and live events keep their numbers beside it", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.config.authorities.at(0).spec.interval = seconds(1);
  replay.start();
  replay.advance(seconds(10));
  REQUIRE(replay.watch().import(task_of(replay, records("past", 2000, kLongAgo))));
  for (int i = 2; i < 8; ++i) {
    replay.keys(kShop, {"k1", "k" + std::to_string(i)});
    replay.advance(seconds(1));
  }
  std::set<std::int64_t> stored;
  for (const model::Event& event : replay.events()) {
    if (event.authority == "shop") stored.insert(event.seq);
  }
  std::set<std::int64_t> told;
  for (const replays::Message& message : replay.messages()) {
    if (message.type != "event") continue;
    const auto body = base::Json::parse(message.body);
    CHECK(body["data"]["event"]["authority"] == "shop");
    told.insert(body["data"]["event"]["seq"].get<std::int64_t>());
  }
  CHECK(told.size() >= 6);
  CHECK(told == stored);
}

TEST_CASE("records that are not newer, or of what is watched, are refused whole", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  const auto old = daemon::check_records(records("shop", 3, kLongAgo), "r.jsonl", &replay.reader());
  REQUIRE_FALSE(old);
  CHECK(old.error().text().find("r.jsonl:1") != std::string::npos);
  const auto watched = replay.watch().import(
      task_of(replay, records("shop", 3, replay.clock().wall() + minutes(1))));
  REQUIRE_FALSE(watched);
  CHECK(watched.error().kind == base::ErrorKind::kInput);
  CHECK_FALSE(replay.watch().importing());

  const std::size_t before = replay.events().size();
  const std::string bad = records("past", 30, kLongAgo) + "\n{}\n";
  const auto checked = daemon::check_records(bad, "r.jsonl", &replay.reader());
  REQUIRE_FALSE(checked);
  CHECK(checked.error().text().starts_with("r.jsonl:32: "));
  CHECK(checked.error().text().find("line") == std::string::npos);
  replay.advance(minutes(1));
  CHECK(replay.events().size() == before);
}

TEST_CASE("an import waits for a store that cannot write, and is done when all is stored",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(2));
  replay.store_fails(true);
  const auto task = task_of(replay, records("past", 100, kLongAgo));
  REQUIRE(replay.watch().import(task));
  replay.advance(minutes(5));
  CHECK(task->status().state == ImportStatus::State::kRunning);
  replay.store_fails(false);
  replay.advance(minutes(1));
  CHECK(task->status().state == ImportStatus::State::kDone);
  CHECK(types_of(replay, "past").size() == 3);
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

TEST_CASE("a daemon that is killed while it imports has stored nothing of the file", "[replays]") {
  const std::string text = records("past", 3000, kLongAgo);
  Replay replay;
  replay.start();
  REQUIRE(replay.watch().import(task_of(replay, text)));
  replay.advance(base::milliseconds(5));
  REQUIRE(replay.watch().importing());
  replay.crash_and_start();
  CHECK(types_of(replay, "past").empty());
  REQUIRE(replay.watch().import(task_of(replay, text)));
  replay.advance(seconds(5));
  CHECK(types_of(replay, "past").size() == 3);
}

TEST_CASE("a file that was imported before is refused as such, and one that reaches further too",
          "[replays]") {
  Replay replay;
  replay.import(records("past", 30, kLongAgo));
  replay.start();
  const auto refused = [&replay](int count) {
    const auto checked =
        daemon::check_records(records("past", count, kLongAgo), "r.jsonl", &replay.reader());
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
  CHECK(replay.reader().alerts()->empty());
  REQUIRE(replay.watch().import(task_of(replay, looks("gone", "ggbbbb", kLongAgo))));
  replay.advance(minutes(1));
  CHECK(types_of(replay, "past").back() == "authority.unreachable");
  CHECK(types_of(replay, "gone").back() == "authority.unreachable");
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
