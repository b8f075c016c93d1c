#include "base/encoding.hpp"
#include "validators/dotnet/token_reading.hpp"

#include <catch2/catch.hpp>

#include <optional>
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

TEST_CASE("times of every shape, as JwtPayload up to 6.x reads them", "[validators]") {
  struct Case {
    const char* nbf;
    std::optional<std::int64_t> read;  // JwtPayload.Nbf, GetIntClaim
    const char* date_error;            // JwtPayload.ValidFrom, GetDateTime
    bool throws;
  };
  const Case cases[] = {
      {"-1", 0, "", false},
      {"0", 0, "", false},
      {"2147483647", 2147483647, "", false},
      {"2147483648", {}, "", false},
      {"253402300800", {}, "", false},
      {"9223372036854775807", {}, "IDX12701", false},
      {"-9223372036854775808", {}, "IDX12701", false},
      {"18446744073709551616", {}, "IDX12700", true},  // a BigInteger
      {"1e20", {}, "IDX12701", false},
      {"1e400", {}, "IDX12701", false},
      {"NaN", {}, "IDX12701", false},
      {"1e9", 1000000000, "", false},
      {"true", 1, "", false},
      {"null", 0, "", false},
      {R"("1000")", 1000, "", false},
      {R"(" 1,000.9 ")", 1000, "", false},
      {R"("Infinity")", {}, "IDX12701", false},
      {R"("")", {}, "IDX12700", false},
      {R"("soon")", {}, "IDX12700", false},
      {R"("2026-01-31T00:00:00Z")", {}, "IDX12700", true},
      {"[1]", {}, "IDX12700", true},
      {"{}", {}, "IDX12700", true},
  };
  const auto traits = library_traits({6, 35, 0}, false);
  for (const Case& one : cases) {
    INFO(one.nbf);
    const auto token = validators::read_legacy_token(
                           jwt(kHeader, std::string(R"({"nbf":)") + one.nbf + '}'), traits)
                           .token;
    CHECK(token.not_before == one.read);
    CHECK(token.unreadable_date == one.date_error);
    CHECK(token.times_throw == one.throws);
  }
}

TEST_CASE("times of every shape, as 7.0 and newer read them", "[validators]") {
  struct Case {
    const char* exp;
    std::optional<std::int64_t> read;  // none: IDX14101
    bool beyond_dates;
  };
  const Case cases[] = {
      {"-1", 0, false},
      {"253402300799", 253402300799, false},
      {"253402300800", 253402300799, true},
      {"1769817600000", 253402300799, true},  // milliseconds
      {"9223372036854775807", 253402300799, true},
      {"-62135596801", 0, true},
      {"9223372036854775808", {}, false},
      {"1e18", 253402300799, true},
      {"1e20", {}, false},
      {"1e400", {}, false},
      {"1.5", 2, false},
      {"2.5", 2, false},
      {R"("1000")", 1000, false},
      {R"("1,000.5")", 1000, false},
      {R"(" +1000 ")", 1000, false},
      {R"("1e400")", {}, false},
      {R"("")", {}, false},
      {R"("soon")", {}, false},
      {"null", {}, false},
      {"true", {}, false},
      {"[1]", {}, false},
      {"{}", {}, false},
  };
  for (const validators::Version version :
       {validators::Version{7, 1, 2}, validators::Version{8, 23, 0}}) {
    const auto traits = library_traits(version, false);
    for (const Case& one : cases) {
      INFO(one.exp);
      const std::string text = jwt(kHeader, std::string(R"({"exp":)") + one.exp + '}');
      for (const TokenReading& reading : {validators::read_json_web_token(text, traits),
                                          validators::read_legacy_token(text, traits)}) {
        CHECK(reading.token.expires == one.read);
        CHECK((reading.outcome == Outcome::kFailed) == !one.read);
        CHECK(reading.token.beyond_dates == one.beyond_dates);
      }
    }
  }
}

TEST_CASE("a typ that is no text is read in four ways", "[validators]") {
  const auto typ = [](const char* value, validators::Version version, bool legacy) {
    const std::string text = jwt(std::string(R"({"alg":"ES256","typ":)") + value + '}', "{}");
    const auto traits = library_traits(version, false);
    const auto reading = legacy ? validators::read_legacy_token(text, traits)
                                : validators::read_json_web_token(text, traits);
    return reading.outcome == Outcome::kFailed ? "!" : reading.token.typ.value_or("(null)");
  };
  struct Case {
    const char* value;
    const char* up_to_6;
    const char* legacy_7_1;
    const char* legacy_8;
    const char* typed;
  };
  const Case cases[] = {
      {"7", "7", "", "", "!"},
      {"true", "true", "", "", "!"},
      {"null", "(null)", "(null)", "(null)", "(null)"},
      {R"("AT+JWT")", "AT+JWT", "AT+JWT", "AT+JWT", "AT+JWT"},
      {R"(["at+jwt"])", R"(["at+jwt"])", "", R"(["at+jwt"])", "!"},
      {R"({"a":"b"})", R"({"a":"b"})", "", R"({"a":"b"})", "!"},
  };
  for (const Case& one : cases) {
    INFO(one.value);
    CHECK(typ(one.value, {6, 35, 0}, true) == one.up_to_6);
    CHECK(typ(one.value, {7, 1, 2}, true) == one.legacy_7_1);
    CHECK(typ(one.value, {8, 0, 1}, true) == one.legacy_8);
    CHECK(typ(one.value, {8, 0, 1}, false) == one.typed);
  }
}

TEST_CASE("7.0 alone takes no number for the subject, and a list for the audiences",
          "[validators]") {
  const auto early = library_traits({7, 0, 3}, false);
  const auto later = library_traits({7, 1, 2}, false);
  const std::string number = jwt(kHeader, R"({"sub":5})");
  CHECK(validators::read_json_web_token(number, early).error == "IDX14100");
  CHECK(validators::read_json_web_token(number, later).outcome == Outcome::kRead);
  CHECK(validators::read_legacy_token(number, early).error == "IDX12723");
  const std::string list = jwt(kHeader, R"({"aud":"x","sub":["a","b"]})");
  CHECK(validators::read_legacy_token(list, early).token.audiences ==
        std::vector<std::string>{"a", "b"});
  CHECK(validators::read_legacy_token(list, later).error == "IDX12723");
}

TEST_CASE("an empty payload is an object from 8.0.2 on", "[validators]") {
  const std::string text = base::base64url_encode(kHeader) + "..c2ln";
  CHECK(validators::read_json_web_token(text, library_traits({8, 0, 1}, false)).error ==
        "IDX14101");
  CHECK(validators::read_json_web_token(text, library_traits({8, 0, 2}, false)).outcome ==
        Outcome::kRead);
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
