// How many reloads come of how many SIGHUPs.
#include "daemon/reload_requests.hpp"

#include "tests/fakes/fake_scheduler.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using base::milliseconds;
using base::seconds;

namespace {

struct Fixture {
  fakes::FakeClock clock;
  fakes::FakeScheduler scheduler{clock};
  int asked = 0, begun = 0, read = 0;  // the newest request that a reload saw
  daemon::ReloadRequests reloads{scheduler, [this] {
                                   begun += 1;
                                   read = asked;
                                 }};

  void ask() {
    asked += 1;
    reloads.request();
  }
};

}  // namespace

TEST_CASE("a reload that is asked for begins at once, and never from within the request",
          "[daemon]") {
  Fixture f;
  f.ask();
  CHECK(f.begun == 0);
  f.scheduler.run_due();
  CHECK(f.begun == 1);
}

TEST_CASE("a flood of requests is at most one reload a second, and the last one is seen",
          "[daemon]") {
  Fixture f;
  for (int i = 0; i < 4225; ++i) {
    f.ask();
    f.scheduler.advance(base::Duration(2367));  // 4,225 in 10 s
    f.reloads.done();
  }
  f.scheduler.advance(seconds(2));
  CHECK(f.begun >= 10);
  CHECK(f.begun <= 12);
  CHECK(f.read == f.asked);
}

TEST_CASE("who asks while a reload is under way gets another one after it", "[daemon]") {
  Fixture f;
  f.ask();
  f.scheduler.run_due();
  for (int i = 0; i < 5; ++i) f.ask();
  f.scheduler.advance(seconds(30));  // a slow disk
  CHECK(f.begun == 1);
  f.reloads.done();
  f.scheduler.advance(milliseconds(1));
  CHECK(f.begun == 2);
  CHECK(f.read == f.asked);
  f.reloads.done();
  f.scheduler.advance(seconds(30));
  CHECK(f.begun == 2);
}
