// The protected API of a deployment beside it, through the daemon's own logic on a virtual clock.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::minutes;
using base::seconds;
using Texts = std::vector<std::string>;

namespace {

const std::string kShop = "https://shop.test";
const std::string kApi = "https://orders.test/api";
const std::string kPage = "https://app.test";

config::DeploymentConfig service() {
  config::DeploymentConfig deployment;
  deployment.name = "orders-api";
  deployment.profile = "aspnetcore-jwtbearer";
  deployment.version = "8.23.0";
  deployment.settings.authority = model::TextSetting(kShop);
  deployment.settings.audiences = model::ListSetting({"api://orders"});
  deployment.endpoint = config::Endpoint{};
  deployment.endpoint->url = kApi;
  deployment.endpoint->cors_origin = kPage;
  return deployment;
}

// What the API answers to calls and to preflights.
struct Api {
  net::HttpResponse call = fakes::http_answer(
      401, "", {{"www-authenticate", "Bearer"}, {"access-control-allow-origin", kPage}});
  net::HttpResponse preflight = fakes::http_answer(
      204, "",
      {{"access-control-allow-origin", kPage}, {"access-control-allow-headers", "authorization"}});

  std::optional<net::HttpResponse> answer(const net::HttpRequest& request) const {
    if (!request.url.starts_with("https://orders.test")) return std::nullopt;
    if (request.url != kApi) return fakes::http_answer(404);
    return request.method == net::Method::kOptions ? preflight : call;
  }
};

struct Scene {
  Api api;
  Replay replay;
  Scene() {
    replay.authority("shop", kShop, {"k1"});
    replay.config.deployments = {service()};
    replay.provider = [this](const net::HttpRequest& request) { return api.answer(request); };
  }
  [[nodiscard]] std::size_t count(const std::string& text) const {
    const Texts told = replay.told();
    return static_cast<std::size_t>(std::count(told.begin(), told.end(), text));
  }
};

}  // namespace

TEST_CASE("a protected API that is well is probed each interval, and nothing is said",
          "[replays]") {
  Scene scene;
  scene.replay.start();
  scene.replay.advance(minutes(30));
  CHECK(scene.replay.told() == Texts{"event key.published"});
  const std::size_t asked = scene.replay.asked_at(kApi).size();
  // Two a probe: the call and the preflight.
  CHECK(asked >= 2 * 29);
  CHECK(asked <= 2 * 31);
}

TEST_CASE("authentication before CORS opens at the second probe and closes at the second good one",
          "[replays]") {
  Scene scene;
  scene.replay.start();
  scene.replay.advance(minutes(5));
  const Api good = scene.api;
  scene.api.preflight = fakes::http_answer(401);
  scene.replay.advance(seconds(61));
  CHECK(scene.count("alert.firing endpoint-cors") == 0);
  scene.replay.advance(seconds(62));
  CHECK(scene.count("alert.firing endpoint-cors") == 1);
  scene.api = good;
  scene.replay.advance(seconds(61));
  CHECK(scene.count("alert.resolved endpoint-cors") == 0);
  scene.replay.advance(seconds(62));
  CHECK(scene.count("alert.resolved endpoint-cors") == 1);
}

TEST_CASE("an API that is silent is unreachable at the third probe, once", "[replays]") {
  Scene scene;
  scene.replay.start();
  scene.replay.advance(minutes(5));
  const Api good = scene.api;
  scene.api.call = scene.api.preflight = fakes::http_failure(model::FailureKind::kConnect);
  scene.replay.advance(minutes(10));
  CHECK(scene.count("alert.firing endpoint-unreachable") == 1);
  CHECK(scene.count("alert.firing endpoint-cors") == 0);
  scene.api = good;
  scene.replay.advance(minutes(4));
  CHECK(scene.count("alert.resolved endpoint-unreachable") == 1);
}

TEST_CASE("a finding about an API ends with its place in the configuration", "[replays]") {
  for (const bool whole : {true, false}) {
    Scene scene;
    scene.api.preflight = fakes::http_answer(401);
    scene.replay.start();
    scene.replay.advance(minutes(5));
    REQUIRE(scene.count("alert.firing endpoint-cors") == 1);
    auto& endpoint = scene.replay.config.deployments.front().endpoint;
    if (whole) {
      endpoint.reset();
    } else {
      endpoint->cors_origin.reset();
    }
    scene.replay.reload();
    scene.replay.advance(minutes(5));
    INFO("the whole endpoint: " << whole);
    CHECK(scene.count("alert.resolved endpoint-cors") == 1);
  }
}

TEST_CASE("a finding about the API of a deployment with schemes outlives readings of its files",
          "[replays]") {
  Scene scene;
  scene.api.preflight = fakes::http_answer(401);
  scene.replay.start();
  scene.replay.advance(minutes(5));
  scene.replay.reload();
  scene.replay.crash_and_start();
  scene.replay.advance(minutes(5));
  CHECK(scene.count("alert.firing endpoint-cors") == 1);
  CHECK(scene.count("alert.resolved endpoint-cors") == 0);
}

TEST_CASE("with a canary, the API's own answer stands beside the forecast", "[replays]") {
  Scene scene;
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / ("idpwatch-canary-" + std::to_string(::getpid()));
  // Signed by nobody: the service is forecast to refuse it.
  std::ofstream(file)
      << "eyJhbGciOiJSUzI1NiIsImtpZCI6ImsxIn0."
         "eyJpc3MiOiJodHRwczovL3Nob3AudGVzdCIsImF1ZCI6ImFwaTovL29yZGVycyIsImV4cCI6ND"
         "EwMjQ0NDgwMH0.c2lnbmVkLWJ5LW5vYm9keS1hdC1hbGw";
  auto& deployment = scene.replay.config.deployments.front();
  deployment.canary = model::CanarySpec{};
  deployment.canary->token_file = file.string();
  scene.replay.start();
  scene.replay.advance(minutes(5));
  CHECK(scene.count("alert.firing refusal-contradiction") == 0);
  scene.api.call = fakes::http_answer(200, "", {{"access-control-allow-origin", kPage}});
  scene.replay.advance(minutes(5));
  CHECK(scene.count("alert.firing refusal-contradiction") == 1);
  std::filesystem::remove(file);
}

TEST_CASE("many protected APIs are probed a few at a time, and each", "[replays]") {
  Scene scene;
  constexpr std::size_t kMany = 60;
  scene.replay.config.deployments.clear();
  for (std::size_t i = 0; i < kMany; ++i) {
    config::DeploymentConfig one = service();
    one.name = "api-" + std::to_string(i);
    one.endpoint->url = "https://api-" + std::to_string(i) + ".test/";
    one.endpoint->cors_origin.reset();
    scene.replay.config.deployments.push_back(std::move(one));
  }
  scene.replay.provider = [](const net::HttpRequest& request) -> std::optional<net::HttpResponse> {
    if (!request.url.starts_with("https://api-")) return std::nullopt;
    return fakes::http_answer(401, "", {{"www-authenticate", "Bearer"}});
  };
  scene.replay.start();
  scene.replay.advance(minutes(2));
  for (std::size_t i = 0; i < kMany; ++i) {
    CHECK_FALSE(scene.replay.asked_at("https://api-" + std::to_string(i) + ".test/").empty());
  }
}
