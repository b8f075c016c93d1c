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

}  // namespace idpwatch::forecast
