// Deployed files on real threads: a mount that does not answer keeps nothing but its own deployment
// from being read.
#include "watch/deployment_reader.hpp"

#include "daemon/file_threads.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_files.hpp"
#include "watch/deployed_files.hpp"

#include <catch2/catch.hpp>

#include <memory>
#include <set>

using namespace idpwatch;
using base::seconds;
using watch::DeploymentReader;
using watch::DeploymentReading;

namespace {

config::DeploymentConfig deployment(const std::string& name, const std::string& file) {
  config::DeploymentConfig config;
  config.name = name;
  config.files = {file};
  return config;
}

struct Fixture {
  fakes::FakeClock clock;
  fakes::FakeFiles files;
  std::unique_ptr<net::EventLoop> loop = std::move(net::EventLoop::create(clock).value());
  std::unique_ptr<daemon::FileThreads> threads =
      std::move(daemon::FileThreads::create(*loop).value());
  std::map<std::string, std::vector<DeploymentReading>> read;
  std::unique_ptr<DeploymentReader> reader = std::make_unique<DeploymentReader>(
      *threads, *loop, files, [this](std::vector<DeploymentReading> readings) {
        for (DeploymentReading& each : readings) read[each.deployment].push_back(std::move(each));
      });

  ~Fixture() {
    files.release();
    while (!threads->close()) {
    }
  }

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

TEST_CASE("a mount that does not answer keeps only its own deployments from being read",
          "[daemon]") {
  Fixture f;
  f.files.hanging = "/nfs/";
  f.files.files = {{"/nfs/appsettings.json", "{}"}, {"/srv/appsettings.json", "{}"}};
  f.reader->configure({deployment("a-hung", "/nfs/appsettings.json"),
                       deployment("b-fine", "/srv/appsettings.json"),
                       deployment("c-gone", "/srv/gone.json")});
  f.until([&] { return f.read.contains("b-fine"); });
  REQUIRE(f.read["b-fine"].size() == 1);
  // What cannot be read counts when a second reading agrees.
  CHECK_FALSE(f.read.contains("c-gone"));
  f.reader->refresh();
  f.until([&] { return f.read.contains("c-gone"); });
  CHECK(f.read["b-fine"].front().problems.empty());
  REQUIRE(f.read["c-gone"].front().problems.size() == 1);
  CHECK_FALSE(f.read.contains("a-hung"));
  CHECK(f.files.waiting() == 1);

  // It is waited for once, however often the others are read.
  for (int i = 0; i < 5; ++i) {
    const std::size_t fine = f.read["b-fine"].size(), gone = f.read["c-gone"].size();
    f.reader->refresh();
    f.until([&] { return f.read["b-fine"].size() > fine && f.read["c-gone"].size() > gone; });
    CHECK(f.read["b-fine"].back().unchanged);
  }
  CHECK(f.files.waiting() == 1);
  f.clock.advance(seconds(10));
  f.loop->turn(base::Duration(0));
  REQUIRE(f.reader->overdue().size() == 1);
  CHECK(f.reader->overdue().front().deployment == "a-hung");
  CHECK(f.reader->overdue().front().waited >= seconds(10));

  f.files.release();
  f.until([&] { return f.read.contains("a-hung"); });
  CHECK(f.read["a-hung"].front().problems.empty());
  CHECK(f.reader->overdue().empty());
  CHECK(f.threads->close());
}

namespace {

// A file that somebody truncates and writes while it is read.
class BeingWritten final : public watch::FileAccess {
 public:
  [[nodiscard]] std::vector<std::string> expand(const std::string& /*pattern*/) const override {
    return {};
  }
  [[nodiscard]] std::string stamp(const std::string& path) const override {
    return path == "/f/appsettings.json" ? std::to_string(reads) : "-";
  }
  [[nodiscard]] base::Result<std::string> read(const std::string& path,
                                               std::size_t /*bytes_max*/) const override {
    if (path != "/f/appsettings.json") {
      return base::fail(base::ErrorKind::kNotFound, path + " does not exist", "create the file");
    }
    if (reads < settled_after) ++reads;
    return reads < settled_after ? std::string() : std::string("{}");
  }
  mutable int reads = 0;
  int settled_after = 2;
};

}  // namespace

TEST_CASE("a file that is written while it is read is read again", "[daemon]") {
  const config::DeploymentConfig config = deployment("shop", "/f/appsettings.json");
  BeingWritten files;
  const DeploymentReading reading = watch::read_deployment_files(config, "", files);
  CHECK(files.reads == 2);
  const DeploymentReading again = watch::read_deployment_files(config, reading.fingerprint, files);
  CHECK(again.unchanged);
  // One that never settles is taken as it is, and read again at the next turn.
  BeingWritten restless;
  restless.settled_after = 1000;
  const DeploymentReading taken = watch::read_deployment_files(config, "", restless);
  CHECK(restless.reads == 4);
  CHECK_FALSE(watch::read_deployment_files(config, taken.fingerprint, restless).unchanged);
}

TEST_CASE("what was read for a configuration that is no longer in force is dropped", "[daemon]") {
  Fixture f;
  f.files.hanging = "/nfs/";
  f.files.files = {{"/nfs/appsettings.json", "{}"}, {"/srv/appsettings.json", "{}"}};
  f.reader->configure({deployment("orders", "/nfs/appsettings.json")});
  f.until([&] { return f.files.waiting() == 1; });
  f.reader->configure({deployment("orders", "/srv/appsettings.json")});
  f.until([&] { return f.read.contains("orders"); });
  f.files.release();
  f.until([&] { return f.files.waiting() == 0; });
  f.reader->refresh();
  f.until([&] { return f.read["orders"].size() == 2; });
  CHECK(f.read["orders"].back().unchanged);
  for (const DeploymentReading& reading : f.read["orders"]) {
    CHECK(reading.fingerprint.find("/nfs/") == std::string::npos);
  }
}

TEST_CASE("a reader that ends waits for nothing, and nothing comes of what was under way",
          "[daemon]") {
  Fixture f;
  f.files.hanging = "/nfs/";
  f.reader->configure({deployment("orders", "/nfs/appsettings.json")});
  f.until([&] { return f.files.waiting() == 1; });
  f.reader.reset();
  f.files.release();
  f.until([&] { return f.threads->close(); });
  CHECK(f.read.empty());
}
