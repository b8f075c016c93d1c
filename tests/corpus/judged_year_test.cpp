// What is said of services of real providers, by what happened to these: see judged_year.hpp.
#include "tests/corpus/tally.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

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

TEST_CASE("a label whose certificate ran out may be one by which nobody signs", "[corpus]") {
  CHECK(grave("zscloud").empty());
}

TEST_CASE("another issuer in one day's document may be one node's word", "[corpus]") {
  for (const char* provider : {"apple", "nih-sts"}) {
    INFO(provider);
    CHECK(grave(provider).empty());
  }
}

// `corpus_judge` judges all of them; here each fourth, and those to whom most happened.
TEST_CASE("services that work are let alone, and those that do not are told of", "[corpus]") {
  std::set<std::string> chosen{"apple",  "nih-sts", "zscloud",     "8x8-platform",    "google-iap",
                               "zeotap", "apigee",  "adnami-auth", "zoho-accounts-eu"};
  const std::vector<std::string> names = corpus::provider_names();
  for (std::size_t i = 0; i < names.size(); i += 4) chosen.insert(names[i]);
  corpus::Tally tally;
  for (const std::string& name : chosen) {
    tally.add(name, corpus::judged_year(corpus::load(name), "7.1.2", corpus::Asked::kDaysWithNews));
  }
  REQUIRE(tally.working_days > 10'000);
  REQUIRE(tally.days > tally.working_days + 500);
  CHECK(tally.grave_days == 0);
  CHECK(tally.silent_days == 0);
  CHECK(tally.warned_days_a_month() < 0.3);
}

TEST_CASE("a certificate beside the key that ran out refuses all tokens where it is checked",
          "[corpus]") {
  const auto found = grave("adnami-auth");
  REQUIRE_FALSE(found.empty());
  CHECK(std::all_of(found.begin(), found.end(), [](const model::Finding& finding) {
    return finding.rule == "refusal-keys" && finding.error_id == "IDX10249";
  }));
}
