#include "base/encoding.hpp"
#include "validators/token_view.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace idpwatch;
using validators::library_traits;
using validators::TokenReading;
using Outcome = TokenReading::Outcome;

namespace {

std::string jwt(const std::string& header, const std::string& payload) {
  return base::base64url_encode(header) + '.' + base::base64url_encode(payload) + ".c2ln";
}

const std::string kHeader = R"({"alg":"ES256","kid":"k1"})";

}  // namespace

TEST_CASE("what is no JWT is told apart by version and handler", "[validators]") {
  const auto early = library_traits({7, 5, 0}, false);
  const auto late = library_traits({8, 23, 0}, false);
  CHECK(validators::read_json_web_token("opaque", late).error == "IDX14100");
  CHECK(validators::read_json_web_token("a.b", late).error == "IDX14120");
  CHECK(validators::read_json_web_token("a.b", early).error == "IDX14100");
  CHECK(validators::read_json_web_token("a.b.c.d", late).error == "IDX14121");
  CHECK(validators::read_json_web_token(jwt(kHeader, "[1]"), late).error == "IDX14101");
  CHECK(validators::read_json_web_token(jwt("[1]", "{}"), late).error == "IDX14102");
  CHECK(validators::read_legacy_token("opaque", late).outcome == Outcome::kNotForThisHandler);
  CHECK(validators::read_legacy_token(jwt(kHeader, "[1]"), late).error == "IDX12723");
  CHECK(validators::read_legacy_token(jwt("[1]", "{}"), late).error == "IDX12729");
}

TEST_CASE("times are converted as the generation of the library does", "[validators]") {
  const auto lenient = library_traits({6, 33, 0}, false);
  const auto strict = library_traits({8, 0, 1}, false);
  const auto old_reading = [&](const std::string& exp) {
    return validators::read_legacy_token(jwt(kHeader, R"({"exp":)" + exp + "}"), lenient).token;
  };
  const auto new_reading = [&](const std::string& exp) {
    return validators::read_json_web_token(jwt(kHeader, R"({"exp":)" + exp + "}"), strict);
  };
  CHECK(old_reading("1769817600.75").expires == 1769817600);
  CHECK(new_reading("1769817600.75").token.expires == 1769817601);
  CHECK(old_reading("null").expires == 0);
  CHECK(new_reading("null").error == "IDX14101");
  CHECK_FALSE(old_reading("4102444800").expires);  // beyond 32 bits
  CHECK(new_reading("4102444800").token.expires == 4102444800);
  CHECK(old_reading("[1]").times_throw);
  CHECK(old_reading(R"("2026-01-31T00:00:00Z")").times_throw);
}

TEST_CASE("no bytes crash a reader", "[validators]") {
  std::mt19937 random(3);
  const std::string good = jwt(kHeader, R"({"iss":"x","aud":["a"],"exp":1769817600})");
  for (int i = 0; i < 3000; ++i) {
    std::string text = good;
    for (int change = 0; change < 3; ++change) {
      text[random() % text.size()] = static_cast<char>(random() & 0xFF);
    }
    for (const validators::Version version :
         {validators::Version{5, 7, 2}, validators::Version{8, 23, 0}}) {
      const auto traits = library_traits(version, false);
      for (const TokenReading& reading : {validators::read_legacy_token(text, traits),
                                          validators::read_json_web_token(text, traits)}) {
        // Read, or refused for a reason that the library has a number for.
        CHECK((reading.outcome == Outcome::kFailed) == reading.error.starts_with("IDX"));
      }
    }
  }
}
