// Deployed files that cannot be read, or whose mount does not answer, beside everything else that
// the watch does.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::milliseconds;
using base::minutes;
using base::seconds;

namespace {

const std::string kShop = "https://shop.test";
const std::string kRule = "deployment-unreadable";

class Deployed {
 public:
  explicit Deployed(const std::string& name)
      : folder_(std::filesystem::temp_directory_path() /
                ("idpwatch-unread-" + name + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  ~Deployed() { std::filesystem::remove_all(folder_); }
  Deployed(const Deployed&) = delete;
  Deployed& operator=(const Deployed&) = delete;

  [[nodiscard]] std::string file() const { return (folder_ / "appsettings.json").string(); }
  void write(const std::string& authority) const {
    std::ofstream(file()) << R"({"Authentication":{"Schemes":{"Bearer":{"Authority":")" << authority
                          << R"(","ValidAudiences":["api://orders"]}}}})";
  }
  void remove() const { std::filesystem::remove(file()); }
  [[nodiscard]] config::DeploymentConfig config() const {
    config::DeploymentConfig deployment;
    deployment.name = "orders-api";
    deployment.framework = "8.0";
    deployment.files = {file()};
    return deployment;
  }

 private:
  std::filesystem::path folder_;
};

std::size_t count(const Replay& replay, const std::string& what) {
  const auto told = replay.told();
  return static_cast<std::size_t>(std::count(told.begin(), told.end(), what));
}

watch::ValidatorState only_validator(const Replay& replay) {
  const auto shot = replay.watch().snapshot();
  REQUIRE(shot->validators.size() == 1);
  return shot->validators.front();
}

}  // namespace

TEST_CASE("a deployment whose file cannot be read is a finding, and undetermined", "[replays]") {
  const Deployed deployed("gone");
  Replay replay;
  replay.config.deployments = {deployed.config()};
  replay.start();
  replay.advance(minutes(2));
  REQUIRE(count(replay, "alert.firing " + kRule) == 1);
  const base::Json finding =
      base::Json::parse(replay.messages().back().body)["data"]["findings"][0];
  CHECK(finding["severity"] == "warning");
  CHECK(finding["subject"]["deployment"] == "orders-api");
  CHECK(finding["summary"] == "The files of deployment orders-api cannot be read: " +
                                  deployed.file() + " does not exist; it is not judged");
  CHECK(only_validator(replay).state == model::RefusalState::kUndetermined);
  CHECK(only_validator(replay).findings.size() == 1);

  replay.crash_and_start();
  replay.advance(minutes(5));
  CHECK(count(replay, "alert.firing " + kRule) == 1);
  CHECK(count(replay, "alert.resolved " + kRule) == 0);

  deployed.write(kShop);
  replay.advance(minutes(10));
  CHECK(count(replay, "alert.resolved " + kRule) == 1);
  CHECK(only_validator(replay).name == "orders-api#Bearer");
}

TEST_CASE("a mount that hangs stops neither looks nor alerts, and what was read stays in force",
          "[replays]") {
  const Deployed deployed("hung");
  deployed.write("http://shop.test");  // is refused: no https
  Replay replay;
  replay.authority("login", "https://login.test", {"k1"});
  replay.config.deployments = {deployed.config()};
  replay.start();
  replay.advance(minutes(10));
  REQUIRE(count(replay, "alert.firing refusal-https") == 1);
  const std::size_t asked = replay.requests();

  replay.files_hang(true);
  deployed.write(kShop);
  replay.fail("https://login.test", model::FailureKind::kTimeout);
  replay.advance(minutes(10));
  CHECK(replay.requests() >= asked + 10);
  CHECK(count(replay, "alert.firing authority-unreachable") >= 1);
  CHECK(count(replay, "alert.firing " + kRule) == 1);
  CHECK(count(replay, "alert.resolved refusal-https") == 0);
  CHECK(only_validator(replay).name == "orders-api#Bearer");

  replay.files_hang(false);
  replay.advance(minutes(10));
  CHECK(count(replay, "alert.resolved " + kRule) == 1);
  CHECK(count(replay, "alert.resolved refusal-https") == 1);
}

TEST_CASE("a start on a mount that hangs begins to probe, and forgets nothing that was told",
          "[replays]") {
  const Deployed deployed("start");
  deployed.write("http://shop.test");
  Replay replay;
  replay.authority("login", "https://login.test", {"k1"});
  replay.config.deployments = {deployed.config()};
  replay.start();
  replay.fail("http://shop.test", model::FailureKind::kTimeout);  // only the file names it
  replay.advance(minutes(10));
  REQUIRE(count(replay, "alert.firing authority-unreachable") == 1);
  REQUIRE(count(replay, "alert.firing refusal-https") == 1);

  replay.files_hang(true);
  const std::size_t asked = replay.requests();
  replay.crash_and_start();
  replay.advance(minutes(10));
  CHECK(replay.requests() > asked + 10);
  CHECK(count(replay, "alert.firing " + kRule) == 1);
  CHECK(count(replay, "alert.resolved authority-unreachable") == 0);
  CHECK(count(replay, "alert.resolved refusal-https") == 0);

  replay.files_hang(false);
  replay.config.deployments.clear();
  replay.reload();
  replay.advance(minutes(10));
  CHECK(count(replay, "alert.resolved " + kRule) == 1);
  CHECK(count(replay, "alert.resolved authority-unreachable") == 1);
  CHECK(count(replay, "alert.resolved refusal-https") == 1);
}

TEST_CASE("what another instance found of its own host is taken back at a start", "[replays]") {
  Replay replay;
  replay.config.instance = replay.config.alerts.instance = "pod-1";
  for (const char* name : {"a", "b", "c", "d"}) {
    const std::string issuer = "https://" + std::string(name) + ".test";
    replay.authority(name, issuer, {"k1"});
  }
  replay.start();
  replay.advance(minutes(5));
  for (const char* name : {"a", "b", "c", "d"}) {
    replay.fail("https://" + std::string(name) + ".test", model::FailureKind::kConnect);
  }
  replay.advance(minutes(10));
  REQUIRE(count(replay, "alert.firing local-network") == 1);

  for (const char* name : {"a", "b", "c", "d"}) {
    replay.mend("https://" + std::string(name) + ".test");
  }
  replay.config.instance = replay.config.alerts.instance = "pod-2";
  replay.crash_and_start();
  replay.advance(minutes(10));
  CHECK(count(replay, "alert.resolved local-network") == 1);
  CHECK(replay.watch().snapshot()->findings().empty());
}

TEST_CASE("a file that is found half-written is judged when two readings agree", "[replays]") {
  const Deployed deployed("half");
  deployed.write(kShop);
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.config.deployments = {deployed.config()};
  replay.start();
  replay.advance(minutes(10));
  const std::size_t before = replay.messages().size();

  // For one turn: too short to be understood, then one that would be understood as another
  // authority, then what it becomes.
  const auto half = [&](const std::string& text) {
    std::ofstream(deployed.file()) << text;
    replay.advance(seconds(10));
  };
  half(R"({"Authentication":{"Schemes":)");
  half(R"({"Authentication":{"Schemes":{"Bearer":{"Authority":"http://shop.te"}}}})");
  half("");
  deployed.write(kShop);
  replay.advance(minutes(10));
  CHECK(replay.messages().size() == before);
  CHECK(only_validator(replay).name == "orders-api#Bearer");

  // What stays so is a finding, and soon: the service would not start with it.
  std::ofstream(deployed.file()) << R"({"Authentication":{"Schemes":)";
  replay.advance(seconds(25));
  CHECK(count(replay, "alert.firing refusal-start") == 1);
}

TEST_CASE("a file that is half-written at the start is no finding either", "[replays]") {
  const Deployed deployed("begun");
  std::ofstream(deployed.file()) << "{";
  Replay replay;
  replay.authority("shop", kShop, {"k1"});
  replay.config.deployments = {deployed.config()};
  replay.start();
  replay.advance(seconds(5));
  deployed.write(kShop);
  replay.advance(minutes(10));
  CHECK(count(replay, "alert.firing " + kRule) == 0);
  CHECK(count(replay, "alert.firing refusal-start") == 0);
  CHECK(only_validator(replay).name == "orders-api#Bearer");
}

TEST_CASE("a file that is rewritten all the time is judged all the same", "[replays]") {
  const Deployed deployed("restless");
  deployed.write(kShop);
  Replay replay;
  replay.config.deployments = {deployed.config()};
  replay.start();
  replay.advance(minutes(1));
  const auto changes = [&replay] {
    const auto types = replay.event_types();
    return std::count(types.begin(), types.end(), "deployment.changed");
  };
  const auto rewrite_until = [&](int half_seconds, int& written) {
    for (; written < half_seconds; ++written) {
      deployed.write("http://shop.test/" + std::to_string(written));
      replay.advance(milliseconds(500));
    }
  };
  int written = 0;
  rewrite_until(90, written);
  CHECK(changes() == 0);
  rewrite_until(150, written);
  CHECK(changes() == 1);
}
