#include "base/encoding.hpp"

#include <random>

using namespace idpwatch::base;

TEST_CASE("base64url gives back the bytes that went in", "[base]") {
  std::mt19937 random(7);
  for (std::size_t size = 0; size < 300; ++size) {
    std::string bytes(size, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string text = base64url_encode(bytes);
    CHECK(base64url_decode(text) == bytes);
    CHECK(base64_decode_lenient(text) == bytes);
    CHECK(base64_decode_lenient(base64_encode(bytes)) == bytes);
    CHECK(hex_decode(hex_encode(bytes)) == bytes);
  }
}

TEST_CASE("base64 follows the vectors of RFC 4648 section 10", "[base]") {
  CHECK(base64_encode("") == "");
  CHECK(base64_encode("f") == "Zg==");
  CHECK(base64_encode("fo") == "Zm8=");
  CHECK(base64_encode("foobar") == "Zm9vYmFy");
  CHECK(base64url_encode("\xfb\xff") == "-_8");
}

TEST_CASE("the strict reader refuses what the lenient one forgives", "[base]") {
  for (const char* text : {"Zg==", "Z g", "Zm8\r\n", "+/8"}) {
    INFO(text);
    CHECK_FALSE(base64url_decode(text).has_value());
    CHECK(base64_decode_lenient(text).has_value());
  }
  for (const char* text : {"Z", "Zm8*", "Zm9vY"}) {
    INFO(text);
    CHECK_FALSE(base64_decode_lenient(text).has_value());
  }
}

TEST_CASE("hex is read in either case and refused when odd or foreign", "[base]") {
  CHECK(hex_decode("00Ff") == std::string("\0\xff", 2));
  CHECK_FALSE(hex_decode("0").has_value());
  CHECK_FALSE(hex_decode("0g").has_value());
}
