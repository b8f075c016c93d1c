#include "watch/finding_index.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::watch {
namespace {

TEST_CASE("10,000 authorities with as many findings are looked at once each", "[admin]") {
  constexpr std::size_t kMany = 10'000;
  std::vector<model::Finding> findings(2 * kMany);
  std::vector<const model::Finding*> all;
  for (std::size_t i = 0; i < findings.size(); ++i) {
    findings[i].subject.authority = "a" + std::to_string(i / 2);
    if (i % 2 == 1) findings[i].subject.deployment = "d" + std::to_string(i / 2);
    all.push_back(&findings[i]);
  }
  const FindingIndex index(all);
  std::size_t looked_at = 0, right = 0;
  for (std::size_t i = 0; i < kMany; ++i) {
    const auto of_authority = index.of_authority("a" + std::to_string(i));
    const auto of_deployment = index.of_deployment("d" + std::to_string(i));
    looked_at += of_authority.size() + of_deployment.size();
    right += of_authority.size() == 1 && of_authority[0] == all[2 * i] ? 1U : 0U;
    right += of_deployment.size() == 1 && of_deployment[0] == all[2 * i + 1] ? 1U : 0U;
  }
  CHECK(looked_at == 2 * kMany);
  CHECK(right == 2 * kMany);
  CHECK(index.of_authority("none").empty());
}

}  // namespace
}  // namespace idpwatch::watch
