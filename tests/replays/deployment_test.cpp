// Deployed services beside a watched authority, through the daemon's own logic on a virtual clock.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";

config::DeploymentConfig service(const std::string& version) {
  config::DeploymentConfig deployment;
  deployment.name = "orders-api";
  deployment.profile = "aspnetcore-jwtbearer";
  deployment.version = version;
  deployment.settings.authority = model::TextSetting(kShop);
  deployment.settings.audiences = model::ListSetting({"api://orders"});
  return deployment;
}

// Which does not fetch because of an unknown key: a new one is refused for hours.
config::DeploymentConfig stubborn(const std::string& version) {
  config::DeploymentConfig deployment = service(version);
  deployment.settings.refresh_on_unknown_kid = model::FlagSetting(false);
  return deployment;
}

void watch_shop(Replay& replay, config::DeploymentConfig deployment) {
  replay.authority("shop", kShop, {"k1"});
  replay.config.deployments = {std::move(deployment)};
}

std::size_t count(const Texts& all, const std::string& text) {
  return static_cast<std::size_t>(std::count(all.begin(), all.end(), text));
}

// The newest finding of a rule that a message holds.
base::Json newest(const Replay& replay, const std::string& rule) {
  base::Json found;
  for (const Message& message : replay.messages()) {
    if (message.rule.empty()) continue;
    const base::Json body = base::Json::parse(message.body);
    for (const base::Json& finding : body["data"]["findings"]) {
      if (finding["rule"] == rule) found = finding;
    }
  }
  return found;
}

}  // namespace

TEST_CASE("a quiet provider gives a quiet forecast", "[replays]") {
  Replay replay;
  watch_shop(replay, service("8.23.0"));
  replay.start();
  replay.advance(hours(24));
  CHECK(replay.told() == Texts{"event key.published"});
}

TEST_CASE("a key published too late is forecast, and taken back with the key", "[replays]") {
  Replay replay;
  watch_shop(replay, stubborn("6.10.0"));
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(2));
  REQUIRE(count(replay.told(), "alert.firing refusal-rotation") == 1);
  const base::Json finding = newest(replay, "refusal-rotation");
  CHECK(finding["error"]["id"] == "IDX10501");
  CHECK(finding["status"] == 401);
  CHECK(finding["subject"]["deployment"] == "orders-api");
  replay.keys(kShop, {"k1"});
  replay.advance(minutes(30));
  CHECK(count(replay.told(), "alert.resolved refusal-rotation") == 1);
}

TEST_CASE("a new key that the first refused request brings is worth knowing, and no warning",
          "[replays]") {
  Replay replay;
  watch_shop(replay, service("6.10.0"));
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(hours(14));
  CHECK(newest(replay, "refusal-rotation")["severity"] == "info");
}

TEST_CASE("a key published in good time is a warning that ends by itself", "[replays]") {
  Replay replay;
  watch_shop(replay, stubborn("6.10.0"));
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(hours(14));
  CHECK(count(replay.told(), "alert.firing refusal-rotation") == 1);
  CHECK(count(replay.told(), "alert.resolved refusal-rotation") == 1);
  replay.keys(kShop, {"k2"});
  replay.advance(hours(1));
  CHECK(count(replay.told(), "alert.firing refusal-rotation") == 1);
}

TEST_CASE("a restart of idpwatch repeats no forecast and forgets none", "[replays]") {
  Replay replay;
  watch_shop(replay, stubborn("6.10.0"));
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(10));
  replay.crash_and_start();
  replay.advance(minutes(30));
  CHECK(count(replay.told(), "alert.firing refusal-rotation") == 1);
  CHECK(count(replay.told(), "alert.resolved refusal-rotation") == 0);
  replay.advance(hours(14));
  CHECK(count(replay.told(), "alert.resolved refusal-rotation") == 1);
}

TEST_CASE("a key pinned in code is missed when the authority moves on", "[replays]") {
  Replay replay;
  config::DeploymentConfig deployment = service("8.23.0");
  deployment.settings.authority = {};
  deployment.settings.issuers = model::ListSetting({kShop});
  deployment.settings.pinned_keys = model::ListSetting({key_text("k1")});
  watch_shop(replay, std::move(deployment));
  replay.start();
  replay.advance(hours(2));
  CHECK(count(replay.told(), "alert.firing refusal-pinned-key") == 0);
  replay.keys(kShop, {"k2"});
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.firing refusal-pinned-key") == 1);
}

TEST_CASE("an authority that is down is told for the restart, not as it runs", "[replays]") {
  Replay replay;
  watch_shop(replay, service("8.23.0"));
  replay.start();
  replay.advance(hours(24));
  replay.fail(kShop, model::FailureKind::kConnect);
  replay.advance(minutes(10));
  REQUIRE(count(replay.told(), "alert.firing refusal-unreachable") == 1);
  CHECK(newest(replay, "refusal-unreachable")["if"] == "restarted");
  replay.mend(kShop);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved refusal-unreachable") == 1);
}

TEST_CASE("a deployment that is taken out of the configuration takes its forecast along",
          "[replays]") {
  Replay replay;
  watch_shop(replay, service("6.10.0"));
  replay.start();
  replay.advance(hours(24));
  replay.keys(kShop, {"k1", "k2"});
  replay.advance(minutes(2));
  replay.config.deployments.clear();
  replay.reload();
  replay.advance(minutes(5));
  CHECK(count(replay.told(), "alert.resolved refusal-rotation") == 1);
}

TEST_CASE("a deployed file that is gone for a while mends nothing and hides nothing", "[replays]") {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("idpwatch-gone-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::filesystem::path file = folder / "appsettings.json";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write(R"({"Authentication":{"Schemes":{"Bearer":{"Authority":"http://u:pw@shop.test",)"
        R"("ValidAudiences":["api://orders"]}}}})");

  Replay replay;
  config::DeploymentConfig deployment;
  deployment.name = "orders-api";
  deployment.framework = "8.0";
  deployment.files = {file.string()};
  replay.config.deployments = {deployment};
  replay.start();
  replay.advance(minutes(10));
  REQUIRE(count(replay.told(), "alert.firing refusal-https") == 1);

  std::filesystem::remove(file);
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved refusal-https") == 0);
  REQUIRE(replay.watch().snapshot()->validators.size() == 1);
  CHECK(replay.watch().snapshot()->validators[0].name == "orders-api#Bearer");

  write(R"({"Authentication":{"Schemes":{"Bearer":{"Authority":"https://shop.test",)"
        R"("ValidAudiences":["api://orders"]}}}})");
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved refusal-https") == 1);
  for (const Message& message : replay.messages()) {
    CHECK(message.body.find("u:pw") == std::string::npos);
  }
  std::filesystem::remove_all(folder);
}

TEST_CASE("a filter that refuses idpwatch alone is no outage of a service, for few more requests",
          "[replays]") {
  Replay replay;
  watch_shop(replay, service("8.0.1"));
  replay.start();
  replay.advance(hours(1));
  const std::string document = kShop + "/.well-known/openid-configuration";
  const std::size_t before = replay.asked_at(document).size();
  // JwtBearer names itself in the request; idpwatch's own name is added further down.
  replay.provider = [](const net::HttpRequest& request) -> std::optional<net::HttpResponse> {
    const bool ours = fakes::header_of(request, "User-Agent").empty();
    if (!request.url.starts_with(kShop) || !ours) return std::nullopt;
    return fakes::http_answer(403, "no robots");
  };
  replay.advance(hours(1));
  CHECK(replay.asked_at(document).size() - before <= 60 + 3 + 7);
  CHECK(count(replay.told(), "alert.firing authority-unreachable") == 1);
  CHECK(count(replay.told(), "alert.firing refusal-unreachable") == 0);
  CHECK(newest(replay, "authority-unreachable")["severity"] == "warning");

  replay.provider = [](const net::HttpRequest& request) -> std::optional<net::HttpResponse> {
    if (!request.url.starts_with(kShop)) return std::nullopt;
    return fakes::http_answer(403, "nobody");
  };
  replay.advance(hours(1));
  // By its address or by its headers: the service may be refused or not.
  CHECK(count(replay.told(), "alert.firing refusal-unreachable") == 0);
  replay.provider = nullptr;
  replay.advance(minutes(10));
  CHECK(count(replay.told(), "alert.resolved authority-unreachable") == 1);
}
