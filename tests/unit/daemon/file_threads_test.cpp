// Jobs on the file reader's threads: in a hung one nothing but itself waits.
#include "daemon/file_threads.hpp"

#include "tests/fakes/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <thread>

using namespace idpwatch;
using base::seconds;
using daemon::FileThreads;
using watch::Background;

namespace {

struct Fixture {
  fakes::FakeClock clock;
  std::unique_ptr<net::EventLoop> loop = std::move(net::EventLoop::create(clock).value());
  std::unique_ptr<FileThreads> files = std::move(FileThreads::create(*loop).value());
  std::promise<void> answer;  // of the mount that hangs
  std::shared_future<void> answered = answer.get_future().share();
  std::atomic<int> hung = 0;
  int hung_done = 0;

  void hang(int jobs) {
    for (int i = 0; i < jobs; ++i) {
      files->submit([this, wait = answered]() -> Background::Done {
        hung += 1;
        wait.wait();
        return [this] { hung_done += 1; };
      });
    }
  }
  // Turns the loop until it holds.
  template <class Holds>
  void until(const Holds& holds) {
    for (int i = 0; i < 1000 && !holds(); ++i) {
      loop->turn(base::milliseconds(10));
      clock.advance(base::milliseconds(100));
    }
    REQUIRE(holds());
  }
};

}  // namespace

TEST_CASE("a job runs on another thread, and what comes of it on the loop's", "[daemon]") {
  Fixture f;
  const std::thread::id here = std::this_thread::get_id();
  std::thread::id worked, done;
  f.files->submit([&worked, &done]() -> Background::Done {
    worked = std::this_thread::get_id();
    return [&done] { done = std::this_thread::get_id(); };
  });
  f.until([&] { return done == here; });
  CHECK(worked != std::thread::id());
  CHECK(worked != here);
  CHECK(f.files->close());
}

TEST_CASE("while a job hangs, the loop turns and other jobs are done", "[daemon]") {
  Fixture f;
  f.hang(3);
  int done = 0;
  for (int i = 0; i < 20; ++i) {
    f.files->submit([&done]() -> Background::Done { return [&done] { done += 1; }; });
  }
  bool timer = false;
  f.loop->soon([&timer](const net::Now&) { timer = true; });
  f.until([&] { return done == 20; });
  CHECK(timer);
  CHECK(f.hung_done == 0);
  f.answer.set_value();
  f.until([&] { return f.hung_done == 3; });
  CHECK(f.files->close());
}

TEST_CASE("as many hung jobs as there are threads keep the others waiting, and nothing else",
          "[daemon]") {
  Fixture f;
  f.hang(100);
  int done = 0;
  f.files->submit([&done]() -> Background::Done { return [&done] { done += 1; }; });
  f.until([&] { return f.hung == 8; });
  for (int i = 0; i < 40; ++i) {
    f.loop->turn(base::Duration(0));
    f.clock.advance(seconds(1));
  }
  CHECK(done == 0);
  CHECK(f.hung == 8);
  f.answer.set_value();
  f.until([&] { return done == 1 && f.hung_done == 100; });
}

TEST_CASE("the end does not wait for a job that hangs, and nothing comes of it", "[daemon]") {
  Fixture f;
  f.hang(2);
  f.until([&] { return f.hung > 0; });
  CHECK_FALSE(f.files->close());
  f.files.reset();
  f.answer.set_value();
  f.loop->turn(base::Duration(0));
  CHECK(f.hung_done == 0);
}
