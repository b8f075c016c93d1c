#include "cli/terminal.hpp"

#include <catch2/catch.hpp>

#include <sstream>

namespace idpwatch::cli {
namespace {

TEST_CASE("columns stand below each other, whatever the alphabet", "[cli]") {
  Table table({"STATE", "NAME", "KEYS"});
  table.add({{"ok", Colour::kGreen}, {"entra"}, {"3"}});
  table.add({{"failing", Colour::kRed}, {"\xC3\xBC\xC3\xBC"}, {"12"}});
  std::ostringstream out;
  table.print(out, false);
  CHECK(out.str() ==
        "STATE    NAME   KEYS\n"
        "ok       entra  3\n"
        "failing  \xC3\xBC\xC3\xBC     12\n");
}

TEST_CASE("colours only where they are asked for", "[cli]") {
  CHECK(paint("x", Colour::kRed, false) == "x");
  CHECK(paint("x", Colour::kRed, true) == "\x1b[31mx\x1b[0m");
  CHECK(paint("x", Colour::kNone, true) == "x");
}

TEST_CASE("outside text cannot move the cursor", "[cli]") {
  const std::string hostile = "\x1b[2J\n\xE2\x80\xAE" + std::string(10'000, 'x');
  Table table({"KID", "SUMMARY"});
  table.add({{hostile}, {hostile}});
  std::ostringstream out;
  table.print(out, false);
  CHECK(out.str().find('\x1b') == std::string::npos);
  CHECK(out.str().find("\xE2\x80\xAE") == std::string::npos);
  CHECK(out.str().size() < 800);
}

TEST_CASE("times are shown short, and what is none stays", "[cli]") {
  CHECK(short_time("2026-11-24T22:13:05.25Z") == "2026-11-24 22:13:05Z");
  CHECK(short_time("-") == "-");
}

}  // namespace
}  // namespace idpwatch::cli
