#include "watch/look_progress.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using watch::PlannedLook;
using watch::progresses;

TEST_CASE("looks progress while the next one is planned and none takes longer than its timeouts",
          "[watch][progress]") {
  const base::Duration now = base::hours(5);
  CHECK(progresses({now + base::seconds(60), std::nullopt, base::seconds(10), 5}, now));
  CHECK(progresses({now - base::seconds(100), std::nullopt, base::seconds(10), 5}, now));
  CHECK_FALSE(progresses({now - base::minutes(3), std::nullopt, base::seconds(10), 5}, now));
}

TEST_CASE("a look that outlives every timeout of its own hangs", "[watch][progress]") {
  const base::Duration now = base::hours(5), soon = now + base::seconds(60);
  // Two documents, each asked for twice, each with five redirects of ten seconds: four minutes.
  CHECK(progresses({soon, now - base::minutes(4), base::seconds(10), 5}, now));
  CHECK_FALSE(progresses({soon, now - base::minutes(7), base::seconds(10), 5}, now));
  CHECK(progresses({soon, now - base::minutes(7), base::seconds(60), 5}, now));
}
