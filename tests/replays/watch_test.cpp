// Days in the life of a watched authority, through the daemon's own logic on a virtual clock.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;
using base::seconds;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";

std::size_t count(const Texts& all, const std::string& text) {
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), text));
}

void take_up_config(Replay& replay, bool with_restart) {
  if (with_restart) return replay.crash_and_start();
  replay.reload();
}

}  // namespace

TEST_CASE("a rotation with overlap is history, not an alarm", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(hours(24 * 7));
  replay.keys(kShop, {"k2"});
  replay.advance(hours(1));
  CHECK(replay.event_types() == Texts{"key.published", "key.published", "key.withdrawn"});
  CHECK(replay.told() ==
        Texts{"event key.published", "event key.published", "event key.withdrawn"});
}

TEST_CASE("a key that left is withdrawn although the provider answers 304 from then on",
          "[replays]") {
  Replay replay;
  replay.use_etags();
  replay.authority("shop", kShop, {"k1", "k2"});
  replay.start();
  replay.advance(hours(1));
  replay.keys(kShop, {"k2"});
  replay.advance(minutes(20));
  CHECK(count(replay.event_types(), "key.withdrawn") == 1);
}

TEST_CASE("sets that flap give no rotation and are called inconsistent", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1", "k2"});
  replay.start();
  replay.advance(hours(1));
  for (int i = 0; i < 6; ++i) {
    replay.keys(kShop, i % 2 == 0 ? Texts{"k2"} : Texts{"k1", "k2"});
    replay.advance(minutes(1));
  }
  CHECK(count(replay.event_types(), "key.withdrawn") == 0);
  CHECK(count(replay.event_types(), "keyset.inconsistent") == 1);
  CHECK(count(replay.told(), "alert.firing keyset-inconsistent") == 1);
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(hours(1));
  CHECK(count(replay.told(), "alert.resolved keyset-inconsistent") == 1);
}

TEST_CASE("an outage opens after three bad looks, within a second of the third, and resolves",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(hours(1));
  replay.fail(kShop, model::FailureKind::kConnect);
  const auto broken_at = replay.clock().wall();
  replay.advance(minutes(10));
  REQUIRE(count(replay.told(), "alert.firing authority-unreachable") == 1);
  const auto fired =
      std::find_if(replay.messages().begin(), replay.messages().end(),
                   [](const Message& message) { return message.rule == "authority-unreachable"; });
  CHECK(fired->at - broken_at <= minutes(3) + seconds(3));
  CHECK(count(replay.event_types(), "authority.unreachable") == 1);

  replay.mend(kShop);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved authority-unreachable") == 1);
  CHECK(count(replay.event_types(), "authority.recovered") == 1);
}

TEST_CASE("when many hosts fall silent at once it is our side that is told of", "[replays]") {
  Replay replay;
  const Texts issuers = {"https://a.test", "https://b.test", "https://c.test", "https://d.test"};
  for (const std::string& issuer : issuers) {
    replay.authority(issuer.substr(8, 1), issuer);
    replay.keys(issuer, {"k"});
  }
  replay.start();
  replay.advance(hours(1));
  for (const std::string& issuer : issuers) replay.fail(issuer, model::FailureKind::kDns);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.firing local-network") == 1);
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 0);
  using State = watch::AuthorityState::State;
  const auto all_are = [&replay](State expected) {
    const auto shot = replay.watch().snapshot();
    for (const auto& state : shot->authorities) CHECK(state.state == expected);
  };
  all_are(State::kUnknown);
  for (const std::string& issuer : issuers) replay.mend(issuer);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved local-network") == 1);
  all_are(State::kOk);
}

TEST_CASE("the snapshot says when all was good, when keys changed, and how old the outbox is",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  const base::Instant before = replay.clock().wall();
  CHECK_FALSE(replay.watch().snapshot()->outbox.oldest);
  replay.receiver_answers(500);
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(2));
  const base::Instant failing = replay.clock().wall();
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(minutes(10));
  const auto shot = replay.watch().snapshot();
  const auto& shop = shot->authorities.at(0);
  REQUIRE(shop.last_key_change);
  CHECK(*shop.last_key_change > before);
  REQUIRE(shop.last_good);
  CHECK(*shop.last_good <= failing);
  CHECK(*shop.last_good > failing - minutes(2));
  CHECK(shot->outbox.queued > 0);
  REQUIRE(shot->outbox.oldest);
  CHECK(*shot->outbox.oldest >= *shop.last_key_change);
  CHECK(*shot->outbox.oldest < failing);
  const auto changed = *shop.last_key_change;
  replay.crash_and_start();
  CHECK(replay.watch().snapshot()->authorities.at(0).last_key_change == changed);
}

TEST_CASE("a restart repeats no alarm, loses no resolve, and goes on counting absences",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1", "k2"});
  replay.start();
  replay.advance(hours(1));
  replay.fail(kShop, model::FailureKind::kTimeout);
  replay.advance(minutes(10));
  replay.crash_and_start();
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 1);
  replay.mend(kShop);
  replay.keys(kShop, {"k2"});
  replay.advance(minutes(5));
  replay.crash_and_start();
  replay.advance(minutes(20));
  CHECK(count(replay.told(), "alert.resolved authority-unreachable") == 1);
  CHECK(count(replay.event_types(), "key.withdrawn") == 1);
  CHECK(count(replay.event_types(), "key.published") == 2);
}

TEST_CASE("a receiver that was down gets everything later, in order and once", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.receiver_answers(503);
  replay.start();
  replay.advance(hours(1));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(hours(1));
  CHECK(replay.messages().empty());
  replay.receiver_answers(204);
  replay.advance(hours(2));
  CHECK(replay.told() == Texts{"event key.published", "event key.published"});
  std::set<std::string> ids;
  for (const Message& message : replay.messages()) ids.insert(message.id);
  CHECK(ids.size() == replay.messages().size());
}

TEST_CASE("an authority taken out of the configuration ends its alarms and keeps its history",
          "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(minutes(10));
  replay.config.authorities.clear();
  replay.reload();
  const std::size_t before = replay.requests();
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved authority-unreachable") == 1);
  CHECK(replay.messages().back().body.find(
            "(closed: its authority was removed from the configuration). It was: ") !=
        std::string::npos);
  CHECK(count(replay.event_types(), "key.published") == 1);
  // Only the messages went out since.
  CHECK(replay.requests() - before <= 4);
}

TEST_CASE("secrets published by mistake are redacted before they are stored or sent", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop);
  replay.document(kShop + "/jwks", 200,
                  R"({"keys":[{"kty":"oct","kid":"s","k":"c2VjcmV0LWNhbmFyeQ","alg":"HS256"}]})");
  replay.start();
  replay.advance(minutes(5));
  CHECK(count(replay.told(), "alert.firing lint-JWKS-03") == 1);
  const auto timeline = replay.reader().timeline("shop").value();
  REQUIRE(timeline.has_value());
  const auto stored = replay.reader().document(timeline->jwks_sha256).value();
  REQUIRE(stored.has_value());
  CHECK(stored->find("c2VjcmV0LWNhbmFyeQ") == std::string::npos);
  CHECK(stored->find("redacted-") != std::string::npos);
  for (const Message& message : replay.messages()) {
    CHECK(message.body.find("c2VjcmV0LWNhbmFyeQ") == std::string::npos);
  }
}

TEST_CASE("crashes at random instants lose and double nothing", "[replays]") {
  std::mt19937 random(3);
  Replay replay;
  replay.authority("shop", kShop);
  std::vector<std::string> keys = {"k0"};
  replay.keys(kShop, keys);
  replay.start();
  for (int i = 1; i <= 40; ++i) {
    keys.push_back("k" + std::to_string(i));
    if (keys.size() > 2) keys.erase(keys.begin());
    replay.keys(kShop, keys);
    replay.advance(seconds(60 + random() % 900));
    replay.crash_and_start();
  }
  replay.advance(hours(1));
  CHECK(count(replay.event_types(), "key.published") == 41);
  CHECK(count(replay.event_types(), "key.withdrawn") == 39);
  std::set<std::int64_t> told;
  for (const Message& message : replay.messages()) {
    if (message.type == "event")
      told.insert(base::Json::parse(message.body)["data"]["event"]["seq"].get<std::int64_t>());
  }
  const auto stored = replay.events();
  CHECK(told.size() == stored.size());
  for (const model::Event& event : stored) CHECK(told.contains(event.seq));
  CHECK(replay.reader().verify_audit().value().holds);
}

TEST_CASE("with a full disk alerts go on from memory, and all is stored afterwards", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  // Looks that follow each other closely must not push deliveries away.
  replay.config.authorities.at(0).spec.interval = seconds(2);
  replay.start();
  replay.advance(minutes(1));
  const std::size_t from = replay.messages().size();
  replay.store_fails(true);
  replay.advance(seconds(1));
  CHECK(replay.told(from) == Texts{"alert.firing self-storage"});
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(seconds(8));
  CHECK(count(replay.told(from), "alert.firing authority-unreachable") == 1);
  CHECK(count(replay.event_types(), "authority.unreachable") == 0);
  replay.store_fails(false);
  replay.mend(kShop);
  replay.advance(minutes(1));
  CHECK(count(replay.told(from), "alert.resolved self-storage") == 1);
  CHECK(count(replay.told(from), "alert.resolved authority-unreachable") == 1);
  CHECK(count(replay.event_types(), "authority.unreachable") == 1);
  const auto told = replay.told(from);
  CHECK(std::set(told.begin(), told.end()).size() == told.size());
}

TEST_CASE("of clocks that differ the majority says which is wrong, with the kernel's voice",
          "[replays]") {
  const auto whose = [](const Replay& replay) {
    for (const Message& message : replay.messages()) {
      if (message.rule != "clock-offset") continue;
      const auto body = base::Json::parse(message.body);
      for (const auto& row : body["data"]["findings"][0]["evidence"]) {
        if (row["fact"] == "whose clock is wrong") return row["value"].get<std::string>();
      }
    }
    return std::string();
  };
  for (const bool kernel : {false, true}) {
    Replay replay;
    replay.authority("good", "https://good.test");
    replay.authority("late", "https://late.test");
    for (const char* issuer : {"https://good.test", "https://late.test"}) {
      replay.keys(issuer, {"k"});
    }
    // In step with the virtual clock, so that a second of Date holds no chance.
    replay.clock_offsets = {{"https://good.test", base::Duration(0)},
                            {"https://late.test", minutes(-10)}};
    if (kernel) replay.kernel_clock = base::KernelClock{true, base::milliseconds(20)};
    replay.start();
    replay.advance(minutes(10));
    CHECK(count(replay.told(), "alert.firing clock-offset") == 1);
    if (kernel) {
      CHECK(whose(replay).starts_with("that of late.test: 2 of 3 sources agree"));
    } else {
      CHECK(whose(replay).starts_with("not known"));
    }
  }
  Replay off;
  off.config.clock.kernel = false;
  off.kernel_clock = base::KernelClock{true, base::milliseconds(20)};
  off.authority("good", "https://good.test");
  off.authority("late", "https://late.test");
  off.keys("https://good.test", {"k"});
  off.keys("https://late.test", {"k"});
  off.clock_offsets = {{"https://good.test", base::Duration(0)},
                       {"https://late.test", minutes(-10)}};
  off.start();
  off.advance(minutes(10));
  CHECK(whose(off).starts_with("not known"));
}

TEST_CASE("hosts with bad certificates or downgrades fall silent with the others", "[replays]") {
  Replay replay;
  const Texts issuers = {"https://a.test", "https://b.test", "https://c.test", "https://d.test",
                         "https://e.test"};
  for (const std::string& issuer : issuers) {
    replay.authority(issuer.substr(8, 1), issuer);
    replay.keys(issuer, {"k"});
  }
  const auto with_bad_certificates = [&] {
    for (const std::string& issuer : issuers) replay.mend(issuer);
    for (const char* issuer : {"https://d.test", "https://e.test"}) {
      replay.fail(issuer, model::FailureKind::kTls, model::FailureDetail::kCertificateName);
    }
  };
  with_bad_certificates();
  replay.start();
  replay.advance(hours(1));
  CHECK(count(replay.told(), "alert.firing tls-invalid") == 2);
  for (const std::string& issuer : issuers) replay.fail(issuer, model::FailureKind::kConnect);
  replay.advance(hours(1));
  CHECK(count(replay.told(), "alert.firing local-network") == 1);
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 0);
  with_bad_certificates();
  replay.advance(hours(1));
  CHECK(count(replay.told(), "alert.resolved local-network") == 1);
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 0);
  CHECK(count(replay.told(), "alert.resolved tls-invalid") == 0);
}

TEST_CASE("an authority that is back with a bad certificate is reached", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(minutes(10));
  REQUIRE(count(replay.told(), "alert.firing authority-unreachable") == 1);
  replay.fail(kShop, model::FailureKind::kTls, model::FailureDetail::kCertificateExpired);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.firing tls-invalid") == 1);
  CHECK(count(replay.told(), "alert.resolved authority-unreachable") == 1);
}

TEST_CASE("another issuer in our own configuration is no change of the provider's", "[replays]") {
  const bool with_restart = GENERATE(false, true);
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.authority("other", "https://other.test", {"o1"});
  replay.config.authorities.pop_back();
  replay.start();
  replay.advance(minutes(5));
  replay.config.authorities.at(0).spec.issuer = "https://other.test";
  take_up_config(replay, with_restart);
  replay.advance(hours(1));
  CHECK(replay.event_types() == Texts{"key.published", "key.published"});
  CHECK(replay.told() == Texts{"event key.published", "event key.published"});
  // From then on changes are the provider's.
  replay.keys("https://other.test", {"o2"});
  replay.advance(hours(1));
  CHECK(count(replay.event_types(), "keyset.replaced") == 1);
  CHECK(count(replay.event_types(), "key.withdrawn") == 1);
  CHECK(count(replay.told(), "alert.firing keyset-replaced") == 1);
}

TEST_CASE("a database that was damaged is told of, once and for a day", "[replays]") {
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  replay.damage_and_start();
  replay.advance(minutes(5));
  REQUIRE(count(replay.told(), "alert.firing self-storage") == 1);
  CHECK(std::any_of(replay.messages().begin(), replay.messages().end(), [](const Message& message) {
    return message.rule == "self-storage" &&
           message.body.find("moved aside to") != std::string::npos &&
           message.body.find("idpwatch.db.corrupt-") != std::string::npos &&
           message.body.find("If you have a backup") != std::string::npos;
  }));
  replay.crash_and_start();
  replay.advance(hours(23));
  CHECK(count(replay.told(), "alert.resolved self-storage") == 0);
  replay.advance(hours(2));
  CHECK(count(replay.told(), "alert.resolved self-storage") == 1);
  replay.crash_and_start();
  replay.advance(hours(1));
  CHECK(count(replay.told(), "alert.firing self-storage") == 1);
}

TEST_CASE("another address in our own configuration is no change of the provider's", "[replays]") {
  const bool with_restart = GENERATE(false, true);
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.start();
  replay.advance(minutes(5));
  replay.document("https://mirror.test/config", 200,
                  R"({"issuer": "https://shop.test", "jwks_uri": "https://mirror.test/jwks"})");
  replay.document("https://mirror.test/jwks", 200,
                  R"({"keys": [)" + replays::key_text("m1") + "]}");
  replay.config.authorities.at(0).spec.metadata_url = "https://mirror.test/config";
  take_up_config(replay, with_restart);
  replay.advance(hours(1));
  CHECK(replay.event_types() == Texts{"key.published", "key.published"});
  // A restart at the same address changes nothing: what follows is the provider's.
  replay.crash_and_start();
  replay.document("https://mirror.test/jwks", 200,
                  R"({"keys": [)" + replays::key_text("m2") + "]}");
  replay.advance(hours(1));
  CHECK(count(replay.event_types(), "keyset.replaced") == 1);
  CHECK(count(replay.event_types(), "key.withdrawn") == 1);
}
