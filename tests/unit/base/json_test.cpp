#include "base/json.hpp"

#include <nlohmann/json.hpp>

using namespace idpwatch::base;

namespace {
std::string refusal(std::string_view text, const JsonLimits& limits = {}) {
  const auto parsed = parse_json(text, limits);
  REQUIRE_FALSE(parsed.has_value());
  CHECK(parsed.error().kind == ErrorKind::kInput);
  return parsed.error().message;
}
}  // namespace

TEST_CASE("a document is read as it stands", "[base]") {
  const auto parsed = parse_json(R"({"a": [1, -2, 3.5, true, null, "x"], "b": {"c": ""}})");
  REQUIRE(parsed.has_value());
  CHECK(parsed->value->dump() == R"({"a":[1,-2,3.5,true,null,"x"],"b":{"c":""}})");
  CHECK(parsed->duplicates.empty());
}

TEST_CASE("members that stand twice are reported by path, the last one is kept", "[base]") {
  const auto parsed =
      parse_json(R"({"keys":[{"kid":"a"},{"kid":"b","kid":"c"}],"keys2":1,"keys2":2})");
  REQUIRE(parsed.has_value());
  CHECK(parsed->duplicates == std::vector<std::string>{"keys.1.kid", "keys2"});
  CHECK((*parsed->value)["keys"][1]["kid"] == "c");
}

TEST_CASE("JSON deeper than the limit is refused while it is read", "[base]") {
  const std::string deep = std::string(60000, '[') + std::string(60000, ']');
  CHECK(refusal(deep).find("deeper than 64") != std::string::npos);
  const std::string just = std::string(64, '[') + std::string(64, ']');
  CHECK(parse_json(just).has_value());
  CHECK(refusal(std::string(65, '[') + std::string(65, ']')).find("deeper") != std::string::npos);
}

TEST_CASE("what is not JSON is refused with the place", "[base]") {
  CHECK(refusal("{\"a\":}").find("at byte 6") != std::string::npos);
  refusal("");
  refusal("{} x");
  refusal("<html>");
  refusal("\"\xff\"");
  refusal("{\"a\":1,}");
  refusal("NaN");
  CHECK(refusal("\xEF\xBB\xBF{}").find("byte order mark") != std::string::npos);
  CHECK(refusal("[1]", {.bytes = 2, .depth = 64}).find("larger") != std::string::npos);
}

TEST_CASE("canonical JSON sorts members and writes the least escapes", "[base]") {
  const Json value = {{"b", 1}, {"a", "\x1b<\xc3\xa9>\n"}, {"c", {nullptr, true}}};
  CHECK(canonical_json(value) == "{\"a\":\"\\u001b<\xc3\xa9>\\n\",\"b\":1,\"c\":[null,true]}");
  CHECK(canonical_json(Json("\xff")) == "\"\xEF\xBF\xBD\"");
}
