#include "base/located_json.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace idpwatch::base {
namespace {

const LocatedValue* find(const LocatedJson& json, const std::string& path) {
  for (const LocatedValue& value : json.values) {
    if (value.path == path) return &value;
  }
  return nullptr;
}

JsonFault fault_of(const std::string& text, const LocatedJsonLimits& limits = {}) {
  const auto read = read_located_json(text, limits);
  REQUIRE_FALSE(read);
  return read.error();
}

TEST_CASE("every leaf gets its colon path, text, kind and place", "[deployed]") {
  const auto read = read_located_json(
      "{\n"
      "  // what it is\n"
      "  \"A\": {\"B\": \"x\\\"y\", \"C\": [1, -2.50e3, true, null],},\n"
      "  /* two\n     lines */ \"D\": {}, \"E\": [], \"\\u00e4\": false\n"
      "}\n// end");
  REQUIRE(read);
  REQUIRE(read->duplicates.empty());
  REQUIRE(read->values.size() == 8);

  const LocatedValue* b = find(*read, "A:B");
  REQUIRE(b != nullptr);
  CHECK(b->value == "x\"y");
  CHECK(b->line == 3);
  CHECK(b->column == 14);
  CHECK(find(*read, "A:C:0")->value == "1");
  CHECK(find(*read, "A:C:1")->value == "-2.50e3");
  CHECK(find(*read, "A:C:1")->kind == LocatedKind::kNumber);
  CHECK(find(*read, "A:C:2")->value == "True");
  CHECK(find(*read, "A:C:3")->kind == LocatedKind::kNull);
  CHECK(find(*read, "D")->kind == LocatedKind::kEmptyObject);
  CHECK(find(*read, "D")->line == 5);
  CHECK(find(*read, "E")->kind == LocatedKind::kEmptyArray);
  CHECK(find(*read, "\xC3\xA4")->value == "False");
}

TEST_CASE("columns count characters, not bytes", "[deployed]") {
  const auto read = read_located_json("{\"\xC3\xA4\xC3\xB6\": \"\xE2\x82\xAC\", \"b\": 1}");
  REQUIRE(read);
  CHECK(read->values[0].column == 8);
  CHECK(read->values[1].column == 18);
}

TEST_CASE("a key that stands twice, in whatever case, is told with both lines", "[deployed]") {
  const auto read = read_located_json(
      "{\n\"Jwt\": {\"Audience\": \"a\"},\n\"jwt:AUDIENCE\": \"b\",\n\"Jwt\": {\"Issuer\": "
      "\"c\"}\n}");
  REQUIRE(read);
  REQUIRE(read->duplicates.size() == 1);
  CHECK(read->duplicates[0].path == "jwt:AUDIENCE");
  CHECK(read->duplicates[0].first_line == 2);
  CHECK(read->duplicates[0].second_line == 3);
  // A section that stands twice is no duplicate as long as its leaves differ.
  CHECK(find(*read, "Jwt:Issuer") != nullptr);
}

TEST_CASE("what is no JSON is told with line, column and how to mend it", "[deployed]") {
  const JsonFault comma = fault_of("{\n  \"a\": 1\n  \"b\": 2\n}");
  CHECK(comma.kind == JsonFaultKind::kSyntax);
  CHECK(comma.line == 3);
  CHECK(comma.column == 3);
  CHECK(comma.message == "a comma or } is missing after a member");
  CHECK(comma.error().text() ==
        "line 3, column 3: a comma or } is missing after a member (end the line before with a "
        "comma, or close the object)");

  CHECK(fault_of("").message == "the file contains no JSON value");
  CHECK(fault_of("  // nothing\n").message == "the file contains no JSON value");
  CHECK(fault_of("{'a': 1}").message == "a member name in double quotes is missing");
  CHECK(fault_of("{\"a\": 'x'}").message == "this is not valid JSON value");
  CHECK(fault_of("{\"a\": \"x\n\"}").kind == JsonFaultKind::kSyntax);
  CHECK(fault_of("{} {}").message == "unexpected text after the end of the document");
  CHECK(fault_of("{\"a\": 01}").kind == JsonFaultKind::kSyntax);
  CHECK(fault_of("{\"a\": NaN}").kind == JsonFaultKind::kSyntax);
  CHECK(fault_of("{\"a\": 1, , }").kind == JsonFaultKind::kSyntax);
  CHECK(fault_of("{\"a\": \"\\ud800\"}").kind == JsonFaultKind::kSyntax);
  CHECK(fault_of("{\"a\": 1 /* open").kind == JsonFaultKind::kSyntax);
  CHECK(fault_of(std::string("{}\0{", 4)).message == "the file contains a NUL byte");
}

TEST_CASE("a settings file is an object", "[deployed]") {
  CHECK(fault_of("[{\"a\": 1}]").kind == JsonFaultKind::kNoObject);
  CHECK(fault_of("\"a\"").kind == JsonFaultKind::kNoObject);
  CHECK(fault_of("12").kind == JsonFaultKind::kNoObject);
  CHECK(read_located_json("{}")->values.empty());
}

TEST_CASE("a byte order mark decides the encoding, as a StreamReader has it", "[deployed]") {
  const auto utf8 = read_located_json("\xEF\xBB\xBF{\"a\": \"b\"}");
  REQUIRE(utf8);
  CHECK(utf8->values[0].column == 7);

  const std::string little("\xFF\xFE{\0\"\0a\0\"\0:\0\"\0\xAC\x20\"\0}\0", 20);
  const auto utf16 = read_located_json(little);
  REQUIRE(utf16);
  CHECK(utf16->values[0].value == "\xE2\x82\xAC");
  CHECK(read_located_json(std::string("\xFE\xFF\0{\0}", 6)));
  CHECK(decode_by_mark(std::string("\xFE\xFF\xD8\x3D\xDE\x00\xD8", 7)) ==
        "\xF0\x9F\x98\x80\xEF\xBF\xBD");
}

TEST_CASE("bad UTF-8 is refused with its place", "[deployed]") {
  const JsonFault fault = fault_of("{\n\"a\": \"\xC3(\"}");
  CHECK(fault.kind == JsonFaultKind::kEncoding);
  CHECK(fault.line == 2);
  CHECK(fault.column == 7);
  CHECK(fault_of("{\"a\": \"\xED\xA0\x80\"}").kind == JsonFaultKind::kEncoding);
  CHECK(fault_of("\xC0\x80").kind == JsonFaultKind::kEncoding);
}

TEST_CASE("64 levels are read and 65 are not, however deep it goes on", "[deployed]") {
  const auto nested = [](std::size_t depth) {
    std::string text;
    for (std::size_t i = 0; i < depth; ++i) text += "{\"a\":";
    return text + "1" + std::string(depth, '}');
  };
  CHECK(read_located_json(nested(64)));
  const JsonFault fault = fault_of(nested(65));
  CHECK(fault.kind == JsonFaultKind::kTooDeep);
  CHECK(fault.line == 1);
  CHECK(fault_of("{\"a\":" + std::string(900'000, '[')).kind == JsonFaultKind::kTooDeep);
}

TEST_CASE("size, number of values and length of paths are bounded", "[deployed]") {
  CHECK(fault_of("{\"a\": \"" + std::string(1 << 20, 'x') + "\"}").kind ==
        JsonFaultKind::kTooLarge);
  CHECK(fault_of(std::string(50 << 20, ' ')).kind == JsonFaultKind::kTooLarge);

  std::string many = "{\"a\": [0";
  for (int i = 0; i < 300'000; ++i) many += ",1";
  CHECK(fault_of(many + "]}").kind == JsonFaultKind::kTooLarge);

  // A long name over many values would multiply.
  std::string long_path = "{\"" + std::string(400'000, 'k') + "\": [0";
  for (int i = 0; i < 10'000; ++i) long_path += ",1";
  CHECK(fault_of(long_path + "]}").kind == JsonFaultKind::kTooLarge);
  CHECK(fault_of("{\"a\": 1e999}").kind == JsonFaultKind::kTooLarge);
}

TEST_CASE("one endless line of strings is read in one pass", "[deployed]") {
  std::string text = "{\"a\": [\"\"";
  for (int i = 0; i < 90'000; ++i) text += ",\"\\\\\"";
  const auto read = read_located_json(text + "]}");
  REQUIRE(read);
  CHECK(read->values.back().value == "\\");
  CHECK(read->values.back().column == static_cast<int>(text.size()) - 3);
}

}  // namespace
}  // namespace idpwatch::base
