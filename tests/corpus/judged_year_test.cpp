// What is said of services of real providers, by what happened to these: see judged_year.hpp.
#include "tests/corpus/judged_year.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace idpwatch;

namespace {

std::vector<model::Finding> grave(const std::string& provider) {
  std::vector<model::Finding> all;
  const auto days =
      corpus::judged_year(corpus::load(provider), "7.1.2", corpus::Asked::kDaysWithNews);
  REQUIRE(days.size() > 1);
  for (const corpus::JudgedDay& day : days) {
    for (const model::Finding& finding : day.findings) {
      if (finding.severity >= model::Severity::kError) all.push_back(finding);
    }
  }
  return all;
}

}  // namespace

TEST_CASE("a key that stays the same under other labels, or once instead of twice, is no alarm",
          "[corpus]") {
  for (const char* provider : {"zscaler-two", "idmelabs"}) {
    INFO(provider);
    CHECK(grave(provider).empty());
  }
}

TEST_CASE("a key that the service could never use may go", "[corpus]") {
  CHECK(grave("disney-login").empty());
}

TEST_CASE("the oldest of several signing keys may go: others may have signed for months",
          "[corpus]") {
  CHECK(grave("lego-identity").empty());
}

TEST_CASE("a certificate beside the key that ran out refuses all tokens where it is checked",
          "[corpus]") {
  const auto found = grave("adnami-auth");
  REQUIRE_FALSE(found.empty());
  CHECK(std::all_of(found.begin(), found.end(), [](const model::Finding& finding) {
    return finding.rule == "refusal-keys" && finding.error_id == "IDX10249";
  }));
}
