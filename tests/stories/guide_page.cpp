#include "tests/stories/guide_page.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <regex>

namespace idpwatch::test {

GuidePage::GuidePage() {
  auto bytes = base::read_file(std::string(IDPWATCH_SOURCE_DIR) + "/docs/dotnet-401.md");
  REQUIRE(bytes);
  text_ = std::move(*bytes);
}

std::vector<std::string> GuidePage::row(const std::string& first_cell,
                                        const std::string& section) const {
  std::vector<std::string> found;
  bool inside = section.empty();
  for (const std::string_view line : base::split(text_, '\n')) {
    if (!section.empty() && line.starts_with("##")) inside = line.starts_with("### " + section);
    if (!inside || !line.starts_with("| " + first_cell + " |")) continue;
    INFO("twice: " << first_cell);
    REQUIRE(found.empty());
    for (const std::string_view cell : base::split(line, '|')) {
      found.emplace_back(base::trim(cell));
    }
  }
  INFO("no row begins with " << first_cell);
  REQUIRE(found.size() > 3);
  return {found.begin() + 2, found.end() - 1};
}

std::vector<std::string> codes_in(const std::string& text) {
  static const std::regex code("\\bID[XW]?[0-9]{4,5}\\b");
  std::vector<std::string> codes;
  for (std::sregex_iterator one(text.begin(), text.end(), code), end; one != end; ++one) {
    codes.push_back(one->str());
  }
  return codes;
}

}  // namespace idpwatch::test
