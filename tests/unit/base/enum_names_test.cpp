#include "base/enum_names.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::base {
namespace {

enum class Colour { kRed, kGreen, kBlue };

constexpr EnumNames<Colour> kColours{
    {Colour::kRed, "red"}, {Colour::kGreen, "green"}, {Colour::kBlue, "blue"}};

TEST_CASE("a table of names is read both ways", "[base]") {
  STATIC_REQUIRE(EnumNames<Colour>::kCount == 3);
  STATIC_REQUIRE(kColours.text(Colour::kBlue) == "blue");
  STATIC_REQUIRE(kColours.value("green") == Colour::kGreen);
  CHECK(kColours.value("Green") == std::nullopt);
  CHECK(kColours.value("") == std::nullopt);
}

}  // namespace
}  // namespace idpwatch::base
