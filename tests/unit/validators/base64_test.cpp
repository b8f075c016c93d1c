#include "base/encoding.hpp"
#include "validators/dotnet/dotnet_base64.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace idpwatch;
using validators::decode_base64;
using validators::library_traits;
using validators::Version;

TEST_CASE("clean base64url is read alike by all versions", "[validators]") {
  std::mt19937 random(11);
  for (int i = 0; i < 200; ++i) {
    std::string octets(random() % 40, '\0');
    for (char& c : octets) {
      c = static_cast<char>(random() & 0xFF);
    }
    const std::string text = base::base64url_encode(octets);
    for (const Version version :
         {Version{5, 6, 0}, Version{7, 5, 0}, Version{8, 0, 1}, Version{8, 23, 0}}) {
      const auto traits = library_traits(version, false);
      CHECK(decode_base64(text, traits.key_base64) == octets);
      CHECK(decode_base64(text, traits.segment_base64) == octets);
      CHECK(decode_base64(text, traits.signature_base64) == octets);
    }
  }
}

TEST_CASE("versions differ in what they forgive", "[validators]") {
  const auto old_rules = library_traits({6, 33, 0}, false).key_base64;
  const auto ignoring = library_traits({7, 5, 0}, false).key_base64;
  const auto new_rules = library_traits({8, 23, 0}, false).key_base64;
  CHECK_FALSE(decode_base64("AQ ABAA", old_rules));
  CHECK(decode_base64("AQ ABAA", ignoring) == "");
  CHECK(decode_base64("AQ ABAA", new_rules) == std::string("\x01\x00\x01\x00", 4));
  CHECK(decode_base64("AQAB    ", old_rules).has_value());  // white space in fours is harmless
  CHECK_FALSE(decode_base64("!QAB", new_rules));
  CHECK(decode_base64("AR", old_rules).has_value());  // lost bits
  CHECK_FALSE(decode_base64("AR", new_rules));
}
