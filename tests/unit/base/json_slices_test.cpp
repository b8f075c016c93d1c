#include "base/json_slices.hpp"

#include "base/json.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <random>

namespace idpwatch::base {

namespace {

struct Taken {
  std::string path, value;
  SliceKind kind;
};

// With every object looked into, unless `shut` names it.
Result<std::vector<Taken>> slices(std::string_view text, std::string_view shut = "") {
  std::vector<Taken> taken;
  const SliceVisitor visitor{
      [shut](std::span<const std::string> path) { return path.back() != shut; },
      [&taken](const JsonSlice& slice) {
        std::string path;
        for (const std::string& name : slice.path) path += '/' + name;
        taken.push_back({path, std::string(slice.value), slice.kind});
      },
      nullptr};
  const Status status = slice_json(text, visitor);
  if (!status) return fail(status.error());
  return taken;
}

bool accepts(std::string_view text) { return slices(text).has_value(); }

}  // namespace

TEST_CASE("members come out decoded, containers as the text that they are", "[base]") {
  const auto taken = slices(
      R"( { "a" : "x\n\u00e4\ud83d\ude00" , "b":{"c":[ 1, {"d":2} ],"e":-1.5e3},"f":null } )");
  REQUIRE(taken);
  REQUIRE(taken->size() == 5);
  CHECK(taken->at(0).path == "/a");
  CHECK(taken->at(0).value == "x\n\xC3\xA4\xF0\x9F\x98\x80");
  CHECK(taken->at(1).path == "/b/c");
  CHECK(taken->at(1).value == R"([ 1, {"d":2} ])");
  CHECK(taken->at(1).kind == SliceKind::kArray);
  CHECK(taken->at(2).value == "-1.5e3");
  CHECK(taken->at(3).path == "/b");
  CHECK(taken->at(3).value == R"({"c":[ 1, {"d":2} ],"e":-1.5e3})");
  CHECK(taken->at(4).kind == SliceKind::kNull);
}

TEST_CASE("the members of an object that is not looked into stay in its slice", "[base]") {
  const auto taken = slices(R"({"body":{"keys":[{"kid":"1"}]},"status":200})", "body");
  REQUIRE(taken);
  REQUIRE(taken->size() == 2);
  CHECK(taken->at(0).value == R"({"keys":[{"kid":"1"}]})");
  CHECK(taken->at(1).path == "/status");
}

TEST_CASE("what is not a JSON object is refused with the byte at which it goes wrong", "[base]") {
  for (const char* text : {"",
                           "[]",
                           "1",
                           "{",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1,}",
                           "{\"a\":1}x",
                           "{a:1}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":+1}",
                           "{\"a\":tru}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\ud800\"}",
                           "{\"a\":\"\\udc00\"}",
                           "{\"a\":\"\\ud800\\u0041\"}",
                           "{\"a\":\"\t\"}",
                           "{\"a\":\"\xFF\"}",
                           "{\"a\":[1 2]}",
                           "{\"a\":[1,]}",
                           "{\"a\":{]}",
                           "{\"a\":\"",
                           "{\"a\":NaN}"}) {
    INFO(text);
    CHECK_FALSE(accepts(text));
  }
  CHECK_FALSE(accepts(std::string_view("{\"a\":1}\0", 8)));
  CHECK_FALSE(parse_json(std::string_view("{\"a\":1}\0rest", 12)));
  CHECK(slices("{\"a\":1 \"b\":2}").error().message.find("byte 7") != std::string::npos);
}

TEST_CASE("nesting is bounded, and deep texts cost no stack", "[base]") {
  const auto nested = [](std::size_t depth) {
    return "{\"a\":" + std::string(depth, '[') + std::string(depth, ']') + '}';
  };
  CHECK(accepts(nested(63)));
  CHECK_FALSE(accepts(nested(64)));
  CHECK_FALSE(accepts("{\"a\":" + std::string(1'000'000, '[')));
}

TEST_CASE("known bytes are stepped over, and end where the container ends", "[base]") {
  const std::string known = R"({"x":[1,2]})";
  std::vector<std::string> taken;
  const SliceVisitor visitor{
      nullptr, [&taken](const JsonSlice& slice) { taken.emplace_back(slice.value); },
      [&known](std::span<const std::string>) -> std::string_view { return known; }};
  REQUIRE(slice_json(R"({"a":{"x":[1,2]},"b":{"x":[1,2,3]},"c":7})", visitor));
  CHECK(taken == std::vector<std::string>{known, R"({"x":[1,2,3]})", "7"});
}

TEST_CASE("an object is taken exactly when the building parser takes it", "[base]") {
  const std::string seed =
      R"({"a":[1,-2.5e+3,true,null,"q\"\\\u00e9\ud83d\ude00"],"b":{"c":{},"d":[[]]},"e":""})";
  std::mt19937 random(42);
  const std::string bytes = "{}[]\",:\\u0e1-+.tfn \x01\xC3\xA9";
  for (int round = 0; round < 30'000; ++round) {
    std::string text = seed;
    const auto changes = 1 + random() % 3;
    for (unsigned i = 0; i < changes; ++i) {
      const std::size_t place = random() % text.size();
      if (random() % 3 == 0) {
        text.erase(place, 1 + random() % 3);
      } else {
        text[place] = bytes[random() % bytes.size()];
      }
      if (text.empty()) text = "{";
    }
    const auto built = parse_json(text);
    const bool object = built && built->value->is_object();
    // The reference also refuses numbers that no double holds; none of those can come up here.
    INFO(text);
    REQUIRE(accepts(text) == object);
  }
}

}  // namespace idpwatch::base
