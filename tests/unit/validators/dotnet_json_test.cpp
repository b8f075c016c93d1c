#include "validators/dotnet/dotnet_json.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch::validators;

namespace {
constexpr JsonDialect kStrict{false, 64, false};
constexpr JsonDialect kLenient{true, 64, false};

bool reads(const std::string& text, const JsonDialect& dialect) {
  return parse_dotnet_json(text, dialect).has_value();
}
}  // namespace

TEST_CASE("System.Text.Json takes JSON alone, Newtonsoft much more", "[validators]") {
  for (const char* text :
       {"{}", "[1,2]", R"({"a":"\u00e9","b":[true,null,-1.5e3]})", "\"x\"", " 1 "}) {
    INFO(text);
    CHECK(reads(text, kStrict));
    CHECK(reads(text, kLenient));
  }
  for (const char* text : {"{'a':1}", "{a:1}", "{\"a\":NaN}", "[1,]", "{\"a\":1,}", "/* c */{}",
                           "{}// c", "[\"a\tb\"]", R"(["\ud800"])", "[01]"}) {
    INFO(text);
    CHECK_FALSE(reads(text, kStrict));
    CHECK(reads(text, kLenient));
  }
  for (const char* text : {"", "{", "{}x", "[1 2]", "{\"a\"}", "\"", "nul", "{\"a\":}", "[,]"}) {
    INFO(text);
    CHECK_FALSE(reads(text, kStrict));
    CHECK_FALSE(reads(text, kLenient));
  }
}

TEST_CASE("depth is bounded, also for the dialect without a limit", "[validators]") {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') +
           std::string(static_cast<std::size_t>(depth), ']');
  };
  CHECK(reads(nested(64), kStrict));
  CHECK_FALSE(reads(nested(65), kStrict));
  CHECK(reads(nested(200), {true, 100000, false}));
  CHECK_FALSE(reads(nested(100000), {true, 100000, false}));
}

TEST_CASE("the last of repeated members counts", "[validators]") {
  const auto node = parse_dotnet_json(R"({"a":1,"a":"two"})", kStrict);
  REQUIRE(node);
  CHECK(node->members.size() == 2);
  CHECK(node->find("a")->text == "two");
  CHECK(write_compact(*node) == R"({"a":1,"a":"two"})");
}

TEST_CASE("a reader that stops at the closing brace sees nothing behind it", "[validators]") {
  CHECK(reads("{}}garbage", {false, 64, true}));
  CHECK_FALSE(reads("{}}garbage", kStrict));
}
