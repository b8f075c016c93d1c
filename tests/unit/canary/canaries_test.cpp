// The canaries of a configuration on a virtual clock, with scripted token endpoints.
#include "watch/canaries.hpp"

#include "base/encoding.hpp"
#include "tests/fakes/fake_background.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_files.hpp"
#include "tests/fakes/fake_http.hpp"
#include "tests/fakes/fake_scheduler.hpp"

#include <catch2/catch.hpp>

#include <deque>

namespace idpwatch::watch {
namespace {

class World {
 public:
  World() : background(scheduler), canaries(parts(), random, source(), report()) {
    config->instance = "vm-17";
    config::AuthorityConfig authority;
    authority.spec.name = "shop";
    authority.spec.issuer = "https://idp.example.com";
    config->authorities.push_back(authority);
    config->deployments.emplace_back().name = "orders";
  }

  model::CanarySpec& canary() {
    auto& spec = config->deployments.front().canary;
    if (!spec) spec = model::CanarySpec{};
    return *spec;
  }
  void use_secret(const std::string& secret) {
    model::ClientCredentials client;
    client.client_id = "canary";
    client.client_secret = secret;
    canary().client_credentials = client;
  }
  void begin() {
    canaries.configure(config);
    scheduler.advance(base::seconds(1));
  }
  std::string token(base::Duration lives, const std::string& kid = "k1") {
    const std::int64_t now = base::to_unix_seconds(clock.wall());
    return base::base64url_encode(R"({"alg":"RS256","kid":")" + kid + "\"}") + '.' +
           base::base64url_encode(
               R"({"iss":"https://idp.example.com","aud":"orders","iat":)" + std::to_string(now) +
               R"(,"exp":)" +
               std::to_string(now + std::chrono::duration_cast<base::seconds>(lives).count()) +
               "}") +
           ".c2ln";
  }
  void answer_token(base::Duration lives, const std::string& kid = "k1") {
    http.answer_next(fakes::http_answer(200, R"({"access_token":")" + token(lives, kid) + "\"}"));
    scheduler.run_due();
  }
  void answer(int status, const std::string& body) {
    http.answer_next(fakes::http_answer(status, body));
    scheduler.run_due();
  }

  CanaryParts parts() { return {scheduler, http, background, files}; }
  Canaries::FindSource source() {
    return [this](const model::Subject&) {
      TokenSource found;
      found.known = known;
      found.authority = "shop";
      found.endpoint = "https://idp.example.com/token";
      found.way = config->authorities.front().spec;
      return found;
    };
  }
  Canaries::Report report() {
    return [this](CanaryNews&& news) { told.push_back(std::move(news)); };
  }
  [[nodiscard]] model::Health health() const { return told.back().results.at(0).health; }

  std::shared_ptr<config::Config> config = std::make_shared<config::Config>();
  bool known = true;
  std::deque<CanaryNews> told;
  fakes::FakeClock clock;
  fakes::FakeScheduler scheduler{clock};
  fakes::FakeHttp http;
  fakes::FakeFiles files;
  base::SeededRandom random{7};
  fakes::FakeBackground background;
  Canaries canaries;
};

}  // namespace

TEST_CASE("a token is fetched, kept in memory, and fetched again before it ends", "[canary]") {
  World world;
  world.use_secret("s3cret");
  world.begin();
  REQUIRE(world.http.waiting.size() == 1);
  CHECK(world.http.asked.front().url == "https://idp.example.com/token");
  CHECK(world.canaries.token_of("orders") == nullptr);
  world.answer_token(base::hours(1));
  REQUIRE(world.told.size() == 1);
  CHECK(world.health() == model::Health::kPassing);
  REQUIRE(world.told.back().facts);
  CHECK(world.told.back().facts->kid == "k1");
  REQUIRE(world.canaries.token_of("orders") != nullptr);
  CHECK(world.canaries.token_of("payments") == nullptr);
  world.scheduler.advance(base::minutes(35));
  CHECK(world.http.waiting.empty());
  world.scheduler.advance(base::minutes(15));
  REQUIRE(world.http.waiting.size() == 1);
  world.answer(503, "");
  CHECK(world.health() == model::Health::kFailing);
  // What the last good one proved stands, and the token is good until its end.
  CHECK(world.canaries.token_of("orders") != nullptr);
  world.scheduler.advance(base::minutes(10));
  CHECK(world.canaries.token_of("orders") == nullptr);
}

TEST_CASE("until the authority's document is known nothing is asked and nothing is told",
          "[canary]") {
  World world;
  world.known = false;
  world.use_secret("s");
  world.begin();
  world.scheduler.advance(base::minutes(1));
  CHECK(world.http.asked.empty());
  CHECK(world.told.empty());
  world.known = true;
  world.canaries.keys_changed("shop");
  world.scheduler.run_due();
  CHECK(world.http.waiting.size() == 1);
}

TEST_CASE("a secret that is refused in the header is tried in the body the next time", "[canary]") {
  World world;
  world.use_secret("s3cret");
  world.begin();
  world.answer(401, R"({"error":"invalid_client"})");
  CHECK(world.health() == model::Health::kFailing);
  world.scheduler.advance(base::seconds(30));
  REQUIRE(world.http.waiting.size() == 1);
  CHECK(world.http.waiting.front().request.body.find("client_secret=s3cret") != std::string::npos);
  world.answer_token(base::hours(1));
  CHECK(world.health() == model::Health::kPassing);
}

TEST_CASE("a token file is read again for each token, and one that is over is a failure",
          "[canary]") {
  World world;
  world.canary().token_file = "/var/run/secrets/tokens/orders";
  world.files.files["/var/run/secrets/tokens/orders"] = world.token(base::minutes(10)) + "\n";
  world.begin();
  CHECK(world.http.asked.empty());
  REQUIRE(world.told.size() == 1);
  CHECK(world.health() == model::Health::kPassing);
  REQUIRE(world.canaries.token_of("orders") != nullptr);
  world.scheduler.advance(base::minutes(30));
  CHECK(world.health() == model::Health::kFailing);
  CHECK(world.told.back().results.at(0).finding.summary.find("already expired") !=
        std::string::npos);
}

TEST_CASE("the identity endpoint of App Service comes from the process that the deployment names",
          "[canary]") {
  World world;
  world.canary().managed_identity = model::ManagedIdentity{};
  world.canary().managed_identity->resource = "api://orders";
  world.config->deployments.front().pid_file = "/run/orders.pid";
  world.files.files["/run/orders.pid"] = "4711\n";
  const std::string variables = std::string("PATH=/bin") + '\0' +
                                "IDENTITY_ENDPOINT=http://169.254.129.3:8081/msi/token" + '\0' +
                                "IDENTITY_HEADER=secret-header" + '\0';
  world.files.files["/proc/4711/environ"] = variables;
  world.begin();
  REQUIRE(world.http.waiting.size() == 1);
  const net::HttpRequest& asked = world.http.waiting.front().request;
  CHECK(asked.url.starts_with("http://169.254.129.3:8081/msi/token?api-version=2019-08-01&"));
  CHECK(fakes::header_of(asked, "X-IDENTITY-HEADER") == "secret-header");
  CHECK(asked.addresses.allow_metadata);
  CHECK(asked.proxy == "");
}

TEST_CASE("an endpoint that a document names gets no link-local address and no private one",
          "[canary]") {
  World world;
  world.use_secret("s");
  world.config->authorities.front().spec.issuer = "https://public.example.com";
  world.begin();
  REQUIRE(world.http.waiting.size() == 1);
  const net::HttpRequest& asked = world.http.waiting.front().request;
  CHECK_FALSE(asked.addresses.allow_metadata);
  CHECK_FALSE(asked.addresses.allow_private);
}

TEST_CASE("no finding, and nothing that is told, contains secret or token", "[canary]") {
  World world;
  world.use_secret("pl4nted-s3cret");
  world.begin();
  world.answer(401,
               R"({"error":"invalid_client","error_description":"bad secret pl4nted-s3cret"})");
  const model::Finding& finding = world.told.back().results.at(0).finding;
  std::string all = finding.summary + finding.remedy;
  for (const model::Evidence& one : finding.evidence) all += one.fact + one.value + one.source;
  CHECK(all.find("pl4nted") == std::string::npos);
  CHECK(all.find("bad secret") != std::string::npos);
}

TEST_CASE("a canary that stays configured keeps its token, one that goes takes it along",
          "[canary]") {
  World world;
  world.use_secret("s");
  world.begin();
  world.answer_token(base::hours(1));
  world.config = std::make_shared<config::Config>(*world.config);
  world.canaries.configure(world.config);
  CHECK(world.canaries.token_of("orders") != nullptr);
  world.config = std::make_shared<config::Config>(*world.config);
  world.config->deployments.front().canary.reset();
  world.canaries.configure(world.config);
  CHECK(world.canaries.token_of("orders") == nullptr);
  world.scheduler.advance(base::hours(2));
  CHECK(world.http.waiting.empty());
}

}  // namespace idpwatch::watch
