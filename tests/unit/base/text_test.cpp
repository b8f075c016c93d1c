#include "base/text.hpp"

#include <random>

using namespace idpwatch::base;

TEST_CASE("hostile text is shown, never obeyed", "[base]") {
  CHECK(printable("\x1b[31mred") == "\\u{1b}[31mred");
  CHECK(printable("a\r\nb") == "a\\u{d}\\u{a}b");
  CHECK(printable("abc\xE2\x80\xAE"
                  "cba") == "abc\\u{202e}cba");
  CHECK(printable("\xff\xfe") == "\xEF\xBF\xBD\xEF\xBF\xBD");
  CHECK(printable("Caf\xC3\xA9 \xE2\x82\xAC") == "Caf\xC3\xA9 \xE2\x82\xAC");
  CHECK(html_escape("<script>'\"&") == "&lt;script&gt;&#39;&quot;&amp;");
}

TEST_CASE("long text is cut at a whole character with an ellipsis", "[base]") {
  CHECK(printable("aaaa", 4) == "aaaa");
  CHECK(printable("aaaaa", 4) == "aaaa\xE2\x80\xA6");
  CHECK(printable("\xC3\xA9\xC3\xA9\xC3\xA9", 2) == "\xC3\xA9\xC3\xA9\xE2\x80\xA6");
}

TEST_CASE("printable text of any bytes is valid UTF-8 without control characters", "[base]") {
  std::mt19937 random(11);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 64, '\0');
    for (char& c : bytes) c = static_cast<char>(random());
    const std::string shown = printable(bytes);
    CHECK(is_utf8(shown));
    CHECK(shown.find_first_of(std::string_view("\0\x1b\r\n\t\x7f", 6)) == std::string::npos);
    CHECK(is_utf8(repair_utf8(bytes)));
    if (is_utf8(bytes)) CHECK(repair_utf8(bytes) == bytes);
  }
}

TEST_CASE("overlong forms and surrogates are not UTF-8", "[base]") {
  CHECK_FALSE(is_utf8("\xC0\xAF"));
  CHECK_FALSE(is_utf8("\xE0\x80\xAF"));
  CHECK_FALSE(is_utf8("\xED\xA0\x80"));
  CHECK_FALSE(is_utf8("\xF4\x90\x80\x80"));
  CHECK_FALSE(is_utf8("\xE2\x82"));
  CHECK(is_utf8("\xF0\x9F\x94\x91"));
}

TEST_CASE("the nearest known name is suggested, a far one is not", "[base]") {
  const std::vector<std::string> known = {"interval", "timeout", "issuer"};
  CHECK(nearest("intervall", known) == "interval");
  CHECK(nearest("Issuer", known) == "issuer");
  CHECK_FALSE(nearest("colour", known).has_value());
}

TEST_CASE("small text helpers do what they say", "[base]") {
  CHECK(trim("  a b\t\r\n") == "a b");
  CHECK(trim(" \n") == "");
  CHECK(split("a,,b", ',') == std::vector<std::string_view>{"a", "", "b"});
  CHECK(split("", ',') == std::vector<std::string_view>{""});
  CHECK(iequals("Content-TYPE", "content-type"));
  CHECK(join(std::vector<std::string>{"a", "b", "c"}, ", ") == "a, b, c");
}
