#include "model/lint_rules.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::model {

namespace {

// The sheet's families of what an authority publishes, and how many rules each has.
constexpr std::array<std::pair<std::string_view, int>, 7> kFamilies{
    {{"HTTP", 13}, {"ISS", 10}, {"DISC", 19}, {"JWKS", 11}, {"JWK", 20}, {"ROT", 9}, {"TIME", 5}}};

std::vector<std::string> all_ids() {
  std::vector<std::string> ids;
  for (const auto& [family, count] : kFamilies) {
    for (int number = 1; number <= count; ++number) {
      ids.push_back("lint-" + std::string(family) + (number < 10 ? "-0" : "-") +
                    std::to_string(number));
    }
  }
  return ids;
}

}  // namespace

const std::vector<std::string>& lint_rule_ids() {
  static const std::vector<std::string> ids = all_ids();
  return ids;
}

bool is_lint_rule(std::string_view id) {
  const auto& ids = lint_rule_ids();
  return std::find(ids.begin(), ids.end(), id) != ids.end();
}

}  // namespace idpwatch::model
