#include "model/jwk.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>

namespace idpwatch::model {

namespace {

using nlohmann::json;

// RFC 7638 section 3.1.
const char* const kRfc7638 =
    R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB","alg":"RS256","kid":"2011-04-29"})";
// RFC 7517 appendix A.1.
const char* const kP256 =
    R"({"kty":"EC","crv":"P-256","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4","y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"enc","kid":"1"})";
// RFC 8037 appendix A.2, thumbprint in A.3.
const char* const kEd25519 =
    R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"})";

bool has(const Jwk& key, KeyOddity oddity) {
  return std::ranges::find(key.oddities, oddity) != key.oddities.end();
}

std::string other_alphabet(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return text;
}

std::string with_leading_zeros(const std::string& text, std::size_t zeros) {
  return base::base64url_encode(std::string(zeros, '\0') + *base::base64url_decode(text));
}

// The same number in another dress.
std::string dressed(const std::string& text, std::mt19937& random) {
  std::string out = with_leading_zeros(text, random() % 3);
  if (random() % 2 == 0) out = other_alphabet(out);
  if (random() % 2 == 0) out.append((4 - out.size() % 4) % 4, '=');
  if (random() % 2 == 0) {
    for (std::size_t at = 20; at < out.size(); at += 66) out.insert(at, "\r\n");
  }
  return out;
}

// Members in another order: the parser sees them in the order of the text.
std::string shuffled(const json& key, std::mt19937& random) {
  std::vector<std::string> members;
  for (const auto& [name, value] : key.items())
    members.push_back(json(name).dump() + ':' + value.dump());
  std::ranges::shuffle(members, random);
  std::string out = "{";
  for (const std::string& member : members) out += (out.size() > 1 ? "," : "") + member;
  return out + '}';
}

}  // namespace

TEST_CASE("thumbprints are those of the RFCs", "[model]") {
  CHECK(parse_jwk(json::parse(kRfc7638)).thumbprint ==
        "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
  CHECK(parse_jwk(json::parse(kEd25519)).thumbprint ==
        "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  // RFC 9449 section 6.1 (DPoP proof key).
  CHECK(parse_jwk(json::parse(R"({"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs",
        "y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256"})"))
            .thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
}

TEST_CASE("sizes are those of the number, not of its text", "[model]") {
  const Jwk rsa = parse_jwk(json::parse(kRfc7638));
  CHECK(rsa.bits == 2048);
  CHECK(rsa.kid == "2011-04-29");
  CHECK(rsa.oddities.empty());
  CHECK(parse_jwk(json::parse(kP256)).bits == 256);
  json small = {{"kty", "RSA"}, {"n", base::base64url_encode("\x01\x02\x03")}, {"e", "AQAB"}};
  CHECK(parse_jwk(small).bits == 17);
}

TEST_CASE("the dress of a number changes no thumbprint", "[model]") {
  std::mt19937 random(7);
  for (const char* text : {kRfc7638, kP256}) {
    const json key = json::parse(text);
    const Jwk plain = parse_jwk(key);
    for (int round = 0; round < 200; ++round) {
      json other = key;
      for (const char* name : {"n", "e", "x", "y"}) {
        if (other.contains(name)) other[name] = dressed(other[name], random);
      }
      const auto parsed = base::parse_json(shuffled(other, random));
      REQUIRE(parsed);
      const Jwk again = parse_jwk(*parsed->value);
      REQUIRE(again.thumbprint == plain.thumbprint);
      REQUIRE(again.metadata == plain.metadata);
      REQUIRE(again.bits == plain.bits);
    }
  }
}

TEST_CASE("what is odd about a key is told, and the key survives", "[model]") {
  json key = json::parse(kRfc7638);
  key["n"] = with_leading_zeros(key["n"], 1);
  CHECK(has(parse_jwk(key), KeyOddity::kLeadingZero));

  key = json::parse(kRfc7638);
  key["e"] = "AQAB====";
  CHECK(has(parse_jwk(key), KeyOddity::kNotBase64Url));
  CHECK(parse_jwk(key).decodable());

  key = json::parse(kP256);
  key["x"] = base::base64url_encode(std::string(31, '\x11'));
  CHECK(has(parse_jwk(key), KeyOddity::kShortCoordinate));
  CHECK(parse_jwk(key).x.size() == 32);
  CHECK(parse_jwk(key).decodable());

  key = json::parse(kRfc7638);
  key["kid"] = 7;
  CHECK(has(parse_jwk(key), KeyOddity::kKidNotString));
  CHECK(parse_jwk(key).kid == "7");
  key["kid"] = nullptr;
  CHECK_FALSE(parse_jwk(key).kid);

  key = json::parse(kRfc7638);
  key["x5c"] = {"MIIB\r\nAA ==", "BBBB"};
  CHECK(has(parse_jwk(key), KeyOddity::kX5cWhiteSpace));
  CHECK(parse_jwk(key).x5c == std::vector<std::string>{"MIIBAA==", "BBBB"});
}

TEST_CASE("P-521 coordinates of 65 octets are the key of 66", "[model]") {
  const std::string number(65, '\x21');
  json key = {{"kty", "EC"}, {"crv", "P-521"}};
  key["x"] = base::base64url_encode(number);
  key["y"] = base::base64url_encode(number);
  const Jwk odd = parse_jwk(key);
  key["x"] = base::base64url_encode('\0' + number);
  key["y"] = key["x"];
  CHECK(odd.thumbprint == parse_jwk(key).thumbprint);
  CHECK(odd.decodable());
}

TEST_CASE("every curve we know is decoded at its own length, others are kept undecoded",
          "[model]") {
  const auto okp = [](const char* curve, std::size_t octets) {
    return parse_jwk(
        {{"kty", "OKP"}, {"crv", curve}, {"x", base::base64url_encode(std::string(octets, 'k'))}});
  };
  CHECK(okp("Ed25519", 32).decodable());
  CHECK(okp("X25519", 32).decodable());
  CHECK(okp("Ed448", 57).decodable());
  CHECK(okp("X448", 56).decodable());
  CHECK_FALSE(okp("Ed25519", 31).decodable());
  CHECK(has(okp("Ed25519", 31), KeyOddity::kUndecodable));
  CHECK(has(okp("Ed1", 32), KeyOddity::kUnknownCurve));
  json key = json::parse(kP256);
  key["crv"] = "secp256k1";
  CHECK(parse_jwk(key).decodable());
  key["crv"] = "BP-256";
  CHECK_FALSE(parse_jwk(key).decodable());
  CHECK(has(parse_jwk(key), KeyOddity::kUnknownCurve));
}

TEST_CASE("keys that cannot be read are kept with all they said", "[model]") {
  for (const char* text :
       {R"({"kty":"AKP","kid":"a"})", R"({"kid":"a"})", R"({"kty":"RSA","kid":"a"})",
        R"({"kty":"RSA","kid":"a","n":"?","e":"AQAB"})",
        R"({"kty":"RSA","kid":"a","n":"AA","e":"AQAB"})",
        R"({"kty":"RSA","kid":"a","n":7,"e":"AQAB"})", R"({"kty":["RSA"],"kid":"a"})",
        R"({"kty":"oct","kid":"a"})"}) {
    INFO(text);
    const Jwk key = parse_jwk(json::parse(text));
    CHECK_FALSE(key.decodable());
    CHECK(key.kid == "a");
    CHECK(json::parse(key.members) == json::parse(text));
  }
}

TEST_CASE("a key set needs an object with an array; what is no object in it is counted",
          "[model]") {
  CHECK_FALSE(parse_key_set(json::array()));
  CHECK_FALSE(parse_key_set(json::object()));
  CHECK_FALSE(parse_key_set({{"keys", json::object()}}));
  const auto empty = parse_key_set({{"keys", json::array()}});
  REQUIRE(empty);
  CHECK(empty->keys.empty());
  const auto mixed = parse_key_set({{"keys", {nullptr, 1, json::parse(kP256)}}});
  REQUIRE(mixed);
  CHECK(mixed->entries_not_objects == 2);
  CHECK(mixed->keys.size() == 1);
  CHECK_FALSE(mixed->keys[0].signing());
}

TEST_CASE("metadata is what is said about the key, without material, label and secrets",
          "[model]") {
  json key = json::parse(kRfc7638);
  const std::string plain = parse_jwk(key).metadata;
  CHECK(plain == R"({"alg":"RS256"})");
  key["kid"] = "other";
  key["d"] = "secret";
  CHECK(parse_jwk(key).metadata == plain);
  key["key_ops"] = {"verify", "encrypt"};
  const std::string ops = parse_jwk(key).metadata;
  key["key_ops"] = {"encrypt", "verify", "verify"};
  CHECK(parse_jwk(key).metadata == ops);
  CHECK(ops != plain);
  key["x5c"] = {std::string(2000, 'A')};
  CHECK(parse_jwk(key).metadata.size() < 200);
}

}  // namespace idpwatch::model
