#include "fixture.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::forecast {

TEST_CASE("An authority's history answers as it was seen, before the first look as at it",
          "[forecast]") {
  AuthorityHistory history;
  history.add(kKeys, {kNoon, kNoon, body("a")});
  history.add(kKeys, {kNoon, kNoon + base::minutes(5), body("b")});
  CHECK(*history.fetch(kKeys, kNoon - base::hours(9)).body == "a");
  CHECK(*history.fetch(kKeys, kNoon + base::minutes(4)).body == "a");
  CHECK(*history.fetch(kKeys, kNoon + base::minutes(5)).body == "b");
  CHECK(history.fetch("https://elsewhere.example.com/", kNoon).status == 404);
}

TEST_CASE("What is served already is no change, and a body that comes back is the same pointer",
          "[forecast]") {
  AuthorityHistory history;
  history.add(kKeys, {kNoon, kNoon, body("a")});
  history.add(kKeys, {kNoon, kNoon + base::minutes(1), body("a")});
  CHECK(history.revision() == 1);
  history.add(kKeys, {kNoon, kNoon + base::minutes(2), body("b")});
  history.add(kKeys, {kNoon, kNoon + base::minutes(3), body("a")});
  const auto& changes = *history.changes(kKeys);
  REQUIRE(changes.size() == 3);
  CHECK(changes[0].served.body == changes[2].served.body);
}

TEST_CASE("Trimming keeps the newest change before the instant", "[forecast]") {
  AuthorityHistory history;
  for (int i = 0; i < 4; ++i) {
    history.add(kKeys, {kNoon, kNoon + base::minutes(i), body(std::to_string(i))});
  }
  history.trim(kNoon + base::minutes(2));
  REQUIRE(history.changes(kKeys)->size() == 2);
  CHECK(*history.fetch(kKeys, kNoon).body == "2");
}

TEST_CASE("Trimming keeps the last good answer, however long an outage lasts", "[forecast]") {
  AuthorityHistory history;
  const auto status = [](int code) {
    validators::Served served;
    served.status = code;
    return served;
  };
  history.add(kMetadata, {kNoon, kNoon, body(document(kIssuer))});
  for (int day = 1; day < 9; ++day) {
    const base::Instant at = kNoon + base::hours(24 * day);
    history.add(kMetadata, {at, at, status(500 + day % 4)});
    history.trim(at - base::hours(48));
  }
  const auto& changes = *history.changes(kMetadata);
  REQUIRE(changes.size() >= 2);
  CHECK(changes.size() <= 4);
  CHECK(history.says_something(changes.front().served));
}

TEST_CASE("A year of an authority that never repeats itself stays within bounds", "[forecast]") {
  // Another address of the keys and other octets at each look; every other one is a redirect.
  const HistoryLimits limits{16, 500, 256UL * 1024};
  AuthorityHistory history(limits);
  constexpr int kLooks = 365 * 24;
  for (int look = 0; look < kLooks; ++look) {
    const base::Instant at = kNoon + base::hours(look);
    const std::string url = "https://id.example.com/keys?" + std::to_string(look);
    history.add(kMetadata,
                {at - base::hours(1), at,
                 body(R"({"issuer":"https://id.example.com","jwks_uri":")" + url + "\"}")});
    if (look % 2 == 0) {
      validators::Served redirect;
      redirect.status = 302;
      redirect.location = url + "&signed";
      history.add(url, {at, at, redirect});
    }
    history.add(look % 2 == 0 ? url + "&signed" : url,
                {at, at, body(key_set({"k" + std::to_string(look)}) + std::string(4096, ' '))});
    history.trim(at - base::hours(48));
    std::size_t changes = 0;
    for (const auto& [one, all] : history.all()) changes += all.size();
    REQUIRE(history.all().size() <= limits.urls);
    REQUIRE(changes <= limits.changes);
    REQUIRE(history.readings().bytes() <= limits.bytes);
  }
  // What is served now is known, with the document that names it.
  const base::Instant now = kNoon + base::hours(kLooks);
  const auto named = read_body(history.fetch(kMetadata, now).body).document.jwks_uri;
  CHECK(history.fetch(named, now).status == 200);
}

TEST_CASE("A delay is a change when it crosses what somebody waits, and else none", "[forecast]") {
  AuthorityHistory history;
  history.set_waits({base::seconds(5), base::seconds(60)});
  const auto slow = [](int milliseconds) {
    validators::Served served = body(document(kIssuer));
    served.delay = base::milliseconds(milliseconds);
    return served;
  };
  for (int look = 0; look < 100; ++look) {
    history.add(kMetadata, {kNoon, kNoon + base::minutes(look), slow(look * 37 % 4900)});
  }
  CHECK(history.changes(kMetadata)->size() == 1);
  history.add(kMetadata, {kNoon, kNoon + base::minutes(100), slow(5000)});
  CHECK(history.changes(kMetadata)->size() == 2);
  history.add(kMetadata, {kNoon, kNoon + base::minutes(101), slow(59'000)});
  CHECK(history.changes(kMetadata)->size() == 2);
  history.add(kMetadata, {kNoon, kNoon + base::minutes(102), slow(100)});
  CHECK(history.changes(kMetadata)->size() == 3);
}

TEST_CASE("Equal octets are one body, read once, and forgotten with the last change that has them",
          "[forecast]") {
  AuthorityHistory history;
  for (int i = 0; i < 100; ++i) {
    history.add(kKeys, {kNoon, kNoon + base::minutes(i), body(key_set({i % 2 == 0 ? "a" : "b"}))});
  }
  for (const ServedChange& change : *history.changes(kKeys)) {
    CHECK(history.says_something(change.served));
  }
  CHECK(history.readings().parsed() == 2);
  CHECK(history.readings().bytes() == 2 * key_set({"a"}).size());
  history.add(kKeys, {kNoon, kNoon + base::minutes(100), body(key_set({"c"}))});
  history.trim(kNoon + base::minutes(100));
  CHECK(history.readings().bytes() == key_set({"c"}).size());
}

}  // namespace idpwatch::forecast
