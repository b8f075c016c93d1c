// The tables of docs/dotnet-401.md, so that what it says of a version is read from the page itself.
#pragma once

#include <string>
#include <vector>

namespace idpwatch::test {

class GuidePage {
 public:
  GuidePage();
  // The cells behind the first one, of the one row of that section ("6.1"; empty: of the page) that
  // begins with it.
  [[nodiscard]] std::vector<std::string> row(const std::string& first_cell,
                                             const std::string& section = {}) const;

 private:
  std::string text_;
};

// "IDX10501", "ID2090", "IDW10201", in the order of the text.
std::vector<std::string> codes_in(const std::string& text);

}  // namespace idpwatch::test
