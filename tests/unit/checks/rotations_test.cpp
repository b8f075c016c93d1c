#include "checks/timeline/rotations.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::checks {

namespace {

using model::Event;
using model::EventType;
using model::KeyRecord;

base::Instant day(int number) {
  return base::from_unix_seconds(1'800'000'000) + base::hours(24 * number);
}

KeyRecord record(const std::string& thumbprint, int first_day, const std::string& alg = "RS256",
                 bool signing = true) {
  KeyRecord out;
  out.authority = "idp";
  out.thumbprint = thumbprint;
  out.first_seen = day(first_day);
  out.last_members[thumbprint + "-kid"] = "{}";
  out.kty = "RSA";
  out.alg = alg;
  out.use = signing ? "sig" : "enc";
  out.signing = signing;
  return out;
}

Event event(EventType type, const std::string& thumbprint, int at, int first_absent = -1) {
  Event out;
  out.type = type;
  out.at = day(at);
  out.authority = "idp";
  out.kid = thumbprint + "-kid";
  out.thumbprint = thumbprint;
  if (first_absent >= 0) out.first_absent_at = day(first_absent);
  return out;
}

}  // namespace

TEST_CASE("the successor is the next signing key of the same kind", "[checks]") {
  const std::vector<KeyRecord> keys = {record("a", 0), record("e", 5, "RSA-OAEP", false),
                                       record("p", 6, "PS256"), record("b", 10), record("c", 20)};
  const std::vector<Event> events = {event(EventType::kKeyWithdrawn, "a", 42, 40)};
  FirstSigned first_signed;
  first_signed[{"idp", "b"}] = day(12);
  const auto found = rotations(events, keys, first_signed);
  REQUIRE(found.size() == 1);
  CHECK(found[0].old_key.thumbprint == "a");
  CHECK(found[0].new_key.thumbprint == "b");
  CHECK(found[0].new_key.kid == "b-kid");
  CHECK(found[0].overlap == base::hours(24 * 30));
  CHECK(found[0].withdrawn_at == day(40));
  CHECK(to_json(found[0])["overlap_s"] == 30 * 86400);
  CHECK(to_json(found[0])["lead_s"] == 2 * 86400);
}

TEST_CASE("no successor, no rotation; an encryption key rotates nothing", "[checks]") {
  const std::vector<KeyRecord> keys = {record("a", 0), record("same-day", 0),
                                       record("e", 0, "RS256", false)};
  const std::vector<Event> events = {event(EventType::kKeyWithdrawn, "a", 3, 1),
                                     event(EventType::kKeyWithdrawn, "e", 3, 1)};
  CHECK(rotations(events, keys).empty());
}

TEST_CASE("a key that returned was not rotated, until it goes again", "[checks]") {
  const std::vector<KeyRecord> keys = {record("a", 0), record("b", 1)};
  std::vector<Event> events = {event(EventType::kKeyWithdrawn, "a", 4, 2),
                               event(EventType::kKeyReturned, "a", 6)};
  CHECK(rotations(events, keys).empty());
  events.push_back(event(EventType::kKeyWithdrawn, "a", 12, 10));
  REQUIRE(rotations(events, keys).size() == 1);
  CHECK(rotations(events, keys)[0].withdrawn_at == day(10));
}

TEST_CASE("where the old key went first the overlap is negative", "[checks]") {
  const std::vector<KeyRecord> keys = {record("a", 0), record("b", 15)};
  const auto found = rotations(std::vector{event(EventType::kKeyWithdrawn, "a", 12, 10)}, keys);
  REQUIRE(found.size() == 1);
  CHECK(to_json(found[0])["overlap_s"] == -5 * 86400);
}

TEST_CASE("a regular cadence tells when the next key comes, an irregular one does not",
          "[checks]") {
  std::vector<KeyRecord> keys;
  std::vector<Event> events;
  const auto publish = [&](int at, bool initial) {
    const std::string name = "k" + std::to_string(at);
    keys.push_back(record(name, at));
    events.push_back(event(EventType::kKeyPublished, name, at));
    events.back().initial = initial;
  };
  publish(0, true);
  publish(13, false);
  publish(103, false);
  CHECK(learned(events, keys).empty());
  publish(193, false);
  CHECK_FALSE(learned(events, keys).at(0).regular);  // two intervals tell little
  publish(284, false);
  const auto steady = learned(events, keys);
  REQUIRE(steady.size() == 1);
  CHECK(steady[0].regular);
  CHECK(steady[0].cadence == base::hours(24 * 90));
  CHECK(steady[0].next_earliest == day(284 + 90));
  CHECK(steady[0].next_latest == day(284 + 91));
  publish(300, false);
  const auto broken = learned(events, keys);
  CHECK_FALSE(broken[0].regular);
  CHECK(to_json(broken[0])["next"].is_null());
}

}  // namespace idpwatch::checks
