// The law of the forecast: whatever the unknowns are, a refusal of a valid token lies in a window
// of a finding that tells its cause, its condition and its status.
#include "soundness_story.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::forecast {

namespace {

std::size_t broken_stories(unsigned from, unsigned count, bool many) {
  std::size_t broken = 0;
  for (unsigned seed = from; seed < from + count; ++seed) {
    Story story(seed, many);
    const auto refusals = story.broken();
    if (refusals.empty()) continue;
    ++broken;
    if (broken > 8) continue;
    INFO("seed " << seed << ", " << refusals.size()
                 << " refusals, the first: " << refusals.front());
    CHECK(refusals.empty());
  }
  return broken;
}

}  // namespace

TEST_CASE("Every refusal of a valid token lies in a window that was forecast", "[forecast]") {
  CHECK(broken_stories(1, 250, false) == 0);
  // The stories are about something.
  for (const char* rule : {"refusal-rotation", "refusal-withdrawn-key", "refusal-issuer",
                           "refusal-unreachable", "refusal-tls"}) {
    INFO(rule);
    CHECK(Story::seen()[rule] >= 3);
  }
}

TEST_CASE("So it does where more changes and keys were seen than are told apart", "[forecast]") {
  CHECK(broken_stories(100'001, 12, true) == 0);
}

}  // namespace idpwatch::forecast
