// Numbers as double.Parse and long.TryParse of .NET take them, white space as char.IsWhiteSpace,
// and bodies as HttpContent.ReadAsStringAsync decodes them.
#include "validators/dotnet/dotnet_text.hpp"

#include "validators/dotnet/response_text.hpp"

#include <catch2/catch.hpp>

#include <cmath>

using namespace idpwatch::validators;
using namespace std::string_literals;

TEST_CASE("a number may have white space, a sign and group separators around it", "[validators]") {
  CHECK(parse_dotnet_double(" 1,769,817,600.5\n") == 1769817600.5);
  CHECK(parse_dotnet_double("+1e3") == 1000.0);
  CHECK(parse_dotnet_double("-.5") == -0.5);
  CHECK(parse_dotnet_double("1.") == 1.0);
  CHECK(std::isinf(*parse_dotnet_double("1e400")));
  CHECK(std::isinf(*parse_dotnet_double("-infinity")));
  CHECK(std::isnan(*parse_dotnet_double("NaN")));
  CHECK(parse_dotnet_double("1e-400") == 0.0);
  for (const char* text :
       {"", " ", "x", "0x10", "1 2", "--1", "+-1", "1e", "inf", "1.2.3", "1.0,0"}) {
    INFO(text);
    CHECK_FALSE(parse_dotnet_double(text));
  }
  CHECK(parse_dotnet_long(" +42 ") == 42);
  CHECK(parse_dotnet_long("9223372036854775807") == 9223372036854775807);
  for (const char* text : {"", "1.0", "1e3", "1,000", "9223372036854775808", "+-1",
                           "\xC2\xA0"
                           "1"}) {
    INFO(text);
    CHECK_FALSE(parse_dotnet_long(text));
  }
}

TEST_CASE("Unicode's white space is blank, the byte order mark is not", "[validators]") {
  CHECK(is_blank(""));
  CHECK(is_blank(" \t\r\n\v\f"));
  CHECK(is_blank("\xC2\xA0\xC2\x85\xE2\x80\x83\xE2\x80\xA8\xE3\x80\x80\xE1\x9A\x80\xE2\x81\x9F"));
  CHECK_FALSE(is_blank("\xEF\xBB\xBF"));
  CHECK_FALSE(is_blank("\xE2\x80\x8B"));  // U+200B
  CHECK_FALSE(is_blank(" a "));
}

TEST_CASE("a body is decoded by its charset, else by its mark, else as UTF-8", "[validators]") {
  const auto text = [](const std::string& octets, const std::string& type = {}) {
    return response_text(octets, type).value_or("!");
  };
  CHECK(text("\xEF\xBB\xBF{}") == "{}");
  CHECK(text("\xFF\xFE{\0}\0"s) == "{}");
  CHECK(text("\xFE\xFF\0{\0}"s) == "{}");
  CHECK(text("\xFF\xFE\0\0{\0\0\0"s) == "{");
  CHECK(text("\xFF\xFE{\0}\0"s, "application/json; charset=utf-8") ==
        "\xEF\xBF\xBD\xEF\xBF\xBD{\0}\0"s);
  CHECK(text("{\0}\0"s, "application/json; charset=UTF-16") == "{}");
  CHECK(text("\x3D\xD8\x00\xDE"s, "x; charset=utf-16") == "\xF0\x9F\x98\x80");
  CHECK(text("\x3D\xD8"s, "x; charset=utf-16") == "\xEF\xBF\xBD");
  CHECK(text("\xE9", "x; charset=\"iso-8859-1\"") == "\xC3\xA9");
  CHECK(text("\xE9", "x; charset=us-ascii") == "\xEF\xBF\xBD");
  CHECK(text("\xE9") == "\xEF\xBF\xBD");
  // Encoding.GetEncoding knows these without code pages; the others throw.
  for (const char* charset : {"utf8", "windows-1252", "iso-8859-15", "binary", "utf-7"}) {
    INFO(charset);
    CHECK(text("{}", std::string("application/json; charset=") + charset) == "!");
  }
}
