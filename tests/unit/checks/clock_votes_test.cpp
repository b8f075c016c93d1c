#include "checks/clock/clock_votes.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::checks {

namespace {

using base::Duration;
using base::milliseconds;
using base::seconds;
using Catch::Matchers::Contains;
using Sources = std::vector<std::string>;

ClockVote vote(const std::string& source, Duration lo, Duration hi) { return {source, lo, hi}; }

model::Finding blamed(const std::string& host, const std::optional<ClockMajority>& majority) {
  model::Finding finding;
  finding.remedy = "look at both";
  add_blame(finding, host, "vm-17", majority);
  return finding;
}

std::string whose(const model::Finding& finding) {
  REQUIRE(finding.evidence.size() == 1);
  CHECK(finding.evidence[0].fact == "whose clock is wrong");
  return finding.evidence[0].value;
}

}  // namespace

TEST_CASE("a majority of clocks outvotes one that is wrong", "[checks]") {
  const auto majority = majority_of({vote("a.example", seconds(-1), seconds(1)),
                                     vote("b.example", milliseconds(-200), seconds(2)),
                                     vote("liar.example", seconds(60), seconds(61))});
  REQUIRE(majority);
  CHECK(majority->agree == Sources{"a.example", "b.example"});
  CHECK(majority->others == Sources{"liar.example"});
  CHECK(majority->lo == milliseconds(-200));
  CHECK(majority->hi == seconds(1));
  const model::Finding finding = blamed("liar.example", majority);
  CHECK_THAT(whose(finding), Contains("that of liar.example: 2 of 3 sources agree"));
  CHECK_THAT(finding.remedy, Contains("liar.example"));
}

TEST_CASE("when they agree that we are off, it is ours", "[checks]") {
  const auto majority = majority_of({vote("a.example", seconds(58), seconds(60)),
                                     vote("b.example", seconds(59), seconds(61)),
                                     vote("c.example", milliseconds(59'500), seconds(62))});
  REQUIRE(majority);
  const model::Finding finding = blamed("a.example", majority);
  CHECK_THAT(whose(finding), Contains("that of vm-17: 3 of 3 sources agree"));
  CHECK_THAT(finding.remedy, Contains("vm-17"));
}

TEST_CASE("nobody is blamed without three sources or a majority", "[checks]") {
  CHECK_FALSE(majority_of({vote("a", seconds(0), seconds(1)), vote("b", seconds(0), seconds(1))}));
  // Two authorities of one host are one source.
  CHECK_FALSE(majority_of({vote("a", seconds(0), seconds(1)), vote("a", seconds(0), seconds(1)),
                           vote("b", seconds(0), seconds(1))}));
  const auto split =
      majority_of({vote("a", seconds(0), seconds(1)), vote("b", seconds(5), seconds(6)),
                   vote("c", seconds(10), seconds(11)), vote("d", seconds(0), seconds(1))});
  CHECK_FALSE(split);
  const model::Finding finding = blamed("a", split);
  CHECK_THAT(whose(finding), Contains("not known"));
  CHECK(finding.remedy == "look at both");
}

TEST_CASE("the kernel's time service has a voice while it can be trusted", "[checks]") {
  CHECK_FALSE(kernel_vote(false, milliseconds(5)));
  CHECK_FALSE(kernel_vote(true, Duration(0)));
  CHECK_FALSE(kernel_vote(true, seconds(1)));
  const auto kernel = kernel_vote(true, milliseconds(5));
  REQUIRE(kernel);
  CHECK(kernel->lo == milliseconds(-500));
  CHECK(kernel->hi == milliseconds(500));
  // With it two authorities are enough to tell which of them is wrong.
  const auto majority = majority_of(
      {vote("a", seconds(-1), seconds(1)), vote("b", seconds(90), seconds(91)), *kernel});
  REQUIRE(majority);
  CHECK(majority->others == Sources{"b"});
}

TEST_CASE("the order of the sources does not matter, nor does a source that contradicts itself",
          "[checks]") {
  std::vector<ClockVote> votes = {
      vote("a", seconds(0), seconds(3)), vote("b", seconds(2), seconds(4)),
      vote("c", seconds(3), seconds(9)), vote("d", seconds(20), seconds(21)),
      vote("e", seconds(0), seconds(1)), vote("e", seconds(5), seconds(6))};
  const auto forward = majority_of(votes);
  std::reverse(votes.begin(), votes.end());
  const auto backward = majority_of(votes);
  REQUIRE(forward);
  REQUIRE(backward);
  CHECK(forward->agree == Sources{"a", "b", "c"});
  CHECK(forward->agree == backward->agree);
  CHECK(forward->lo == seconds(3));
  CHECK(forward->hi == seconds(3));
}

}  // namespace idpwatch::checks
