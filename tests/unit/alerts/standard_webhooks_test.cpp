#include "alerts/standard_webhooks.hpp"

#include "alerts/message_id.hpp"
#include "base/encoding.hpp"

#include <catch2/catch.hpp>

#include <regex>
#include <set>

using namespace idpwatch;

namespace {

std::string signed_with(std::vector<std::string> secrets, std::string_view id, std::int64_t seconds,
                        std::string_view body) {
  const auto headers =
      alerts::signature_headers(secrets, id, base::from_unix_seconds(seconds), body);
  REQUIRE(headers);
  return headers->at(2).second;
}

}  // namespace

TEST_CASE("signatures are those of the Standard Webhooks test vectors", "[alerts]") {
  CHECK(signed_with({"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}, "msg_p5jXN8AQM9LWM0D4loKWxJek",
                    1614265330, R"({"test": 2432232314})") ==
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
  CHECK(
      signed_with(
          {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="}, "evt_01J0000000000000000000TEST",
          1767323045,
          R"({"type":"authority.key_rotated","timestamp":"2026-01-02T03:04:05Z","data":{"kid":"k2"}})") ==
      "v1,Apznf/hGaOqEe3PTqEnhZP8lPVfpz0sqIcTw2JIOv/s=");
}

TEST_CASE("with an old and a new secret both signatures are sent, the new one first", "[alerts]") {
  const std::string both = signed_with(
      {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
      "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})");
  const std::string old_one = " v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  REQUIRE(both.size() == 2 * old_one.size() - 1);
  CHECK(both.substr(old_one.size() - 1) == old_one);
}

TEST_CASE("an unsigned receiver gets an id and a timestamp", "[alerts]") {
  const auto headers = alerts::signature_headers({}, "id", base::from_unix_seconds(5), "{}");
  REQUIRE(headers);
  REQUIRE(headers->size() == 2);
  CHECK(headers->at(0) == std::pair<std::string, std::string>("webhook-id", "id"));
  CHECK(headers->at(1) == std::pair<std::string, std::string>("webhook-timestamp", "5"));
}

TEST_CASE("a secret that is none is refused with a hint, and never repeated", "[alerts]") {
  for (const std::string secret :
       {"", "  ", "whsec_", "whsec_not base64!", "whsec_c2hvcnQ=", "whsk_AAECAwQFBgcICQoLDA0ODxAR",
        "swordfish-swordfish-swordfish-%"}) {
    CAPTURE(secret);
    const auto key = alerts::decode_secret(secret);
    REQUIRE_FALSE(key);
    CHECK_FALSE(key.error().hint.empty());
    if (secret.size() > 6) CHECK(key.error().text().find(secret.substr(6)) == std::string::npos);
  }
  CHECK(alerts::decode_secret("whsec_" + base::base64_encode(std::string(64, 'x')) + "\n"));
  CHECK_FALSE(alerts::decode_secret("whsec_" + base::base64_encode(std::string(65, 'x'))));
}

TEST_CASE("message ids are UUIDs of version 7 that sort by time and never repeat", "[alerts]") {
  base::SeededRandom random(1);
  const std::regex form("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  std::set<std::string> ids;
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id =
        alerts::make_message_id(base::from_unix_seconds(1'772'323'200 + i), random);
    CHECK(std::regex_match(id, form));
    CHECK(last < id);
    last = id;
    ids.insert(id);
  }
  CHECK(ids.size() == 1000);
  base::SystemRandom system;
  CHECK(system.next() != system.next());
}
