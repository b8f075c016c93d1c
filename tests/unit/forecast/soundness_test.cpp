// The law of the forecast: whatever the unknowns are, a refusal of a valid token lies in a window
// of a finding that tells its cause, its condition and its status.
#include "soundness_story.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::forecast {

namespace {

bool broken(unsigned seed, Pace pace, const char* profile = nullptr) {
  Story story(seed, pace, profile);
  const auto refusals = story.broken();
  if (refusals.empty()) return false;
  UNSCOPED_INFO("seed " << seed << ", " << refusals.size()
                        << " refusals, the first: " << refusals.front());
  CHECK(refusals.empty());
  return true;
}

std::size_t broken_stories(unsigned from, unsigned count, Pace pace,
                           const char* profile = nullptr) {
  std::size_t bad = 0;
  for (unsigned seed = from; seed < from + count && bad < 8; ++seed) {
    bad += broken(seed, pace, profile) ? 1U : 0U;
  }
  return bad;
}

}  // namespace

TEST_CASE("Every refusal of a valid token lies in a window that was forecast", "[forecast]") {
  CHECK(broken_stories(1, 250, Pace::kCalm) == 0);
  // The stories are about something.
  for (const char* rule : {"refusal-rotation", "refusal-withdrawn-key", "refusal-issuer",
                           "refusal-unreachable", "refusal-tls"}) {
    INFO(rule);
    CHECK(Story::seen()[rule] >= 3);
  }
}

// What the words are worth (docs/forecast.md): of drawn processes, authorities and unknown tokens.
TEST_CASE("What is certain comes, and what is likely in three of four", "[forecast]") {
  Story::promises().clear();
  CHECK(broken_stories(1, 250, Pace::kCalm) == 0);
  auto promises = Story::promises();
  for (const auto& [certainty, promise] : promises) {
    UNSCOPED_INFO(model::to_text(certainty) << ": " << promise.came << " of " << promise.told);
  }
  const Story::Promise certain = promises[model::Certainty::kCertain];
  const Story::Promise likely = promises[model::Certainty::kLikely];
  REQUIRE(certain.told > 5);
  REQUIRE(likely.told > 5);
  for (const std::string& one : certain.spared) UNSCOPED_INFO("did not come: " << one);
  CHECK(certain.came == certain.told);
  CHECK(likely.came * 4 >= likely.told * 3);
}

TEST_CASE("So it does where more changes and keys were seen than are told apart", "[forecast]") {
  CHECK(broken_stories(100'001, 20, Pace::kBusy) == 0);
}

TEST_CASE("So it does where many changes lie within a few forced refreshes", "[forecast]") {
  CHECK(broken_stories(600'001, 20, Pace::kDense) == 0);
}

TEST_CASE("So it does of a service in Node.js", "[forecast]") {
  Story::seen().clear();
  CHECK(broken_stories(1, 250, Pace::kCalm, "jose") == 0);
  CHECK(broken_stories(100'001, 20, Pace::kBusy, "jose") == 0);
  CHECK(broken_stories(600'001, 60, Pace::kDense, "jose") == 0);
  for (const char* rule : {"refusal-rotation", "refusal-withdrawn-key", "refusal-issuer",
                           "refusal-unreachable", "refusal-tls"}) {
    INFO(rule);
    CHECK(Story::seen()[rule] >= 2);
  }
}

// Where the scenarios that are tried miss a refusal, for the places of three changes, a start and a
// forced refresh to one another: the outer bounds alone hold it.
TEST_CASE("So it does where trying does not find it", "[forecast]") {
  for (const unsigned seed : {100'024U, 100'130U, 100'146U, 100'188U, 100'196U, 100'313U, 100'328U,
                              100'358U, 100'471U, 100'513U, 100'654U}) {
    CHECK_FALSE(broken(seed, Pace::kBusy));
  }
  for (const unsigned seed : {600'019U, 600'197U, 600'203U, 600'204U, 600'221U, 600'222U, 600'274U,
                              600'284U, 600'371U, 600'434U}) {
    CHECK_FALSE(broken(seed, Pace::kDense));
  }
}

}  // namespace idpwatch::forecast
