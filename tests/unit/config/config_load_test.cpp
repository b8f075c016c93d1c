#include "config_world.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::config {
namespace {

Config good(const std::string& text) {
  auto config = load_yaml(text);
  if (!config) {
    for (const ConfigProblem& problem : config.error()) UNSCOPED_INFO(problem.text());
  }
  REQUIRE(config.has_value());
  return std::move(*config);
}

ConfigProblems wrong(const MemoryWorld& memory) {
  auto config = load_config("/etc/idpwatch/idpwatch.yaml", memory.world());
  REQUIRE_FALSE(config.has_value());
  return config.error();
}

TEST_CASE("an empty configuration is the defaults", "[config]") {
  const Config config = good("");
  CHECK(config.state_dir == "/home/u/.local/state/idpwatch");
  CHECK(config.instance == "vm-17");
  CHECK(config.alerts.instance == "vm-17");
  CHECK(config.listen.text() == "127.0.0.1:7517");
  CHECK(config.listen.local());
  CHECK(config.limits.body_bytes == 2U * 1024 * 1024);
  CHECK(config.alerts.group_wait == base::seconds(30));
  CHECK(config.authorities.empty());
}

TEST_CASE("tokens are those of one kind of callers, or a list", "[config]") {
  const auto deployment = [](const std::string& tokens) {
    return "deployments: [{name: d, files: [/srv/d.json], tokens: " + tokens + "}]\n";
  };
  const Config one = good(deployment("{audience: none}"));
  REQUIRE(one.deployments.front().tokens.size() == 1);
  CHECK(one.deployments.front().tokens.front().audience == "none");
  const Config two = good(deployment("[{issuer: \"https://a\"}, {lifetime: 5m, audience: \"\"}]"));
  REQUIRE(two.deployments.front().tokens.size() == 2);
  CHECK(two.deployments.front().tokens[0].issuer == "https://a");
  CHECK(two.deployments.front().tokens[1].audience == "");
  CHECK(two.deployments.front().tokens[1].lifetime == base::minutes(5));
  CHECK(
      good("deployments: [{name: d, files: [/srv/d.json]}]\n").deployments.front().tokens.size() ==
      1);
}

TEST_CASE("the contract's own example is read in full", "[config]") {
  MemoryWorld memory;
  memory.files["/run/credentials/t"] = "token-1\n";
  memory.files["/run/credentials/x"] = "client-secret\n";
  memory.files["/run/credentials/hook"] =
      "whsec_bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4=\nwhsec_"
      "b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28=\n";
  memory.files["/etc/idpwatch/idpwatch.yaml"] = R"(
state_dir: /var/lib/idpwatch
listen: 127.0.0.1:7517
admin_token_file: /run/credentials/t
instance: vm-18
log: {level: info, format: auto}
defaults: {interval: 60s, timeout: 10s, http2: false, ip_version: any, proxy: null, ca_file: null}
limits: {body: 2MiB, headers: 64KiB, redirects: 5, connections: 256, private_addresses: false}
timeline: {confirm_observations: 3, confirm_span: 10m}
clock: {kernel: true, hunt: auto, warn: 1s}
tls: {info: 21d, warning: 7d, error: 2d}
alerts: {group_wait: 30s, group_interval: 5m, repeat: 4h}
retention: {observations: 400d}
audit: {key_file: null}
authorities:
  - name: entra
    issuer: https://login.microsoftonline.com/contoso.example/v2.0
    expect: {algorithms: [RS256], min_keys: 2}
deployments:
  - name: orders-api
    files: [/srv/orders/appsettings.json, "orders/*.json"]
    environment_file: /etc/orders/env
    profile: aspnetcore-jwtbearer
    framework: "8.0"
    variant: null
    settings: {clock_skew_s: 300, audiences: null, issuers: []}
    started_at: null
    tokens: {lifetime: 1h, issuer: null, audience: null, algorithm: null}
    canary: {client_credentials: {client_id: x, client_secret_file: /run/credentials/x, scope: api://orders/.default}}
    endpoint: {url: https://orders.example.com/api/health, cors_origin: https://app.example.com}
receivers:
  - name: oncall
    webhook: {url: https://hooks.example.com/idpwatch, secret_file: /run/credentials/hook}
routes:
  - {match: {kind: finding, severity: [warning, error, critical]}, receivers: [oncall]}
  - {match: {kind: event, type: [key.published, key.withdrawn]}, receivers: [oncall]}
ignore:
  - {rule: lint-JWK-07, authority: entra, until: 2027-01-01, reason: "provider will not fix it"}
)";
  const auto loaded = load_config("/etc/idpwatch/idpwatch.yaml", memory.world());
  if (!loaded) {
    for (const ConfigProblem& problem : loaded.error()) UNSCOPED_INFO(problem.text());
  }
  REQUIRE(loaded.has_value());
  const Config& config = *loaded;
  CHECK(config.admin_token == "token-1");
  REQUIRE(config.authorities.size() == 1);
  CHECK(config.authorities[0].spec.expect_keys_min == 2);
  CHECK(config.authorities[0].origin.line == 16);
  REQUIRE(config.deployments.size() == 1);
  const DeploymentConfig& orders = config.deployments[0];
  CHECK(orders.files ==
        std::vector<std::string>{"/srv/orders/appsettings.json", "/etc/idpwatch/orders/*.json"});
  CHECK(orders.framework == "8.0");
  CHECK(orders.settings.clock_skew.value() == base::seconds(300));
  CHECK(orders.settings.clock_skew.origin().line == 26);
  CHECK(orders.settings.audiences.is_null());
  CHECK(orders.settings.issuers.has_value());
  CHECK(orders.settings.issuers.value().empty());
  CHECK(orders.settings.algorithms.absent());
  CHECK(orders.canary->client_credentials->client_secret == "client-secret");
  REQUIRE(config.alerts.receivers.size() == 1);
  CHECK(config.alerts.receivers[0].secrets ==
        std::vector<std::string>{"whsec_bm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm5ubm4=",
                                 "whsec_b29vb29vb29vb29vb29vb29vb29vb29vb29vb29vb28="});
  REQUIRE(config.alerts.routes.size() == 2);
  CHECK(config.alerts.routes[0].match.severity.size() == 3);
  CHECK(config.alerts.routes[1].match.kind == alerts::RouteKind::kEvent);
  REQUIRE(config.alerts.ignore.size() == 1);
  CHECK(config.alerts.ignore[0].until == base::parse_rfc3339("2027-01-01T00:00:00Z"));
}

TEST_CASE("an authority begins with the defaults, wherever they stand", "[config]") {
  const Config config = good(
      "authorities:\n"
      "  - {name: a, issuer: 'https://a.example'}\n"
      "  - {name: b, issuer: 'https://b.example', interval: 5m, proxy: ''}\n"
      "defaults: {interval: 30s, proxy: 'http://proxy:3128'}\n");
  CHECK(config.authorities[0].spec.interval == base::seconds(30));
  CHECK(config.authorities[0].spec.proxy == "http://proxy:3128");
  CHECK(config.authorities[1].spec.interval == base::minutes(5));
  CHECK(config.authorities[1].spec.proxy == "");
  CHECK(config.authority_of("https://c.example").interval == base::seconds(30));
  REQUIRE(config.find_authority("https://b.example") != nullptr);
  CHECK(config.find_authority("https://b.example")->spec.name == "b");
}

TEST_CASE("variables come from the environment, with defaults", "[config]") {
  MemoryWorld memory;
  memory.environment = {{"HOME", "/h"}, {"EVERY", "90s"}, {"EMPTY", ""}, {"ON", "true"}};
  memory.files["/etc/idpwatch/idpwatch.yaml"] =
      "defaults: {interval: \"${EVERY}\", timeout: \"${EMPTY:-7s}\", http2: \"${ON}\"}\n"
      "instance: vm-${NO_SUCH:-17}-$${x}\n";
  const auto config = load_config("/etc/idpwatch/idpwatch.yaml", memory.world());
  REQUIRE(config.has_value());
  CHECK(config->defaults.interval == base::seconds(90));
  CHECK(config->defaults.timeout == base::seconds(7));
  CHECK(config->defaults.http2);
  CHECK(config->instance == "vm-17-${x}");
}

TEST_CASE("conf.d appends lists, replaces single values, and clashes by name", "[config]") {
  MemoryWorld memory;
  memory.files["/etc/idpwatch/idpwatch.yaml"] =
      "defaults: {interval: 60s, timeout: 10s}\n"
      "authorities: [{name: a, issuer: 'https://a.example'}]\n";
  memory.files["/etc/idpwatch/conf.d/10-more.yaml"] =
      "defaults: {interval: 2m}\n"
      "authorities: [{name: b, issuer: 'https://b.example'}]\n";
  memory.files["/etc/idpwatch/conf.d/README"] = "not: read: at all";
  const auto config = load_config("/etc/idpwatch/idpwatch.yaml", memory.world());
  REQUIRE(config.has_value());
  CHECK(config->files.size() == 2);
  CHECK(config->authorities.size() == 2);
  CHECK(config->authorities[0].spec.interval == base::minutes(2));
  CHECK(config->defaults.timeout == base::seconds(10));

  memory.files["/etc/idpwatch/conf.d/20-again.yaml"] =
      "\nauthorities: [{name: a, issuer: 'https://c.example'}]\n";
  const ConfigProblems problems = wrong(memory);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].file == "/etc/idpwatch/conf.d/20-again.yaml");
  CHECK(problems[0].line == 2);
  CHECK(problems[0].message ==
        "another authority is called \"a\" already: /etc/idpwatch/idpwatch.yaml:2");
}

TEST_CASE("secrets are looked for below CREDENTIALS_DIRECTORY first", "[config]") {
  MemoryWorld memory;
  memory.environment["CREDENTIALS_DIRECTORY"] = "/run/credentials/idpwatch.service";
  memory.files["/run/credentials/idpwatch.service/token"] = "from-credentials\r\n";
  memory.files["/etc/idpwatch/token"] = "from-beside\n";
  memory.files["/etc/idpwatch/idpwatch.yaml"] = "admin_token_file: token\n";
  CHECK(load_config("/etc/idpwatch/idpwatch.yaml", memory.world())->admin_token ==
        "from-credentials");
  memory.environment.erase("CREDENTIALS_DIRECTORY");
  CHECK(load_config("/etc/idpwatch/idpwatch.yaml", memory.world())->admin_token == "from-beside");
}

TEST_CASE("the state directory follows systemd, root, then the user", "[config]") {
  MemoryWorld memory;
  memory.files["/etc/idpwatch/idpwatch.yaml"] = "";
  ConfigWorld world = memory.world();
  world.root = true;
  CHECK(load_config("idpwatch.yaml", world)->state_dir == "/var/lib/idpwatch");
  memory.environment["STATE_DIRECTORY"] = "/var/lib/private/idpwatch:/var/lib/other";
  CHECK(load_config("idpwatch.yaml", memory.world())->state_dir == "/var/lib/private/idpwatch");
  memory.environment = {{"XDG_STATE_HOME", "/x"}};
  CHECK(load_config("idpwatch.yaml", memory.world())->state_dir == "/x/idpwatch");
  memory.environment = {};
  CHECK(wrong(memory).at(0).key == "state_dir");
}

TEST_CASE("JSON is read like YAML, with lines", "[config]") {
  MemoryWorld memory;
  memory.files["/etc/idpwatch/idpwatch.json"] =
      "{\n \"limits\": {\"redirects\": 3, \"private_addresses\": true},\n"
      " \"authorities\": [{\"name\": \"\\ud83d\\ude00\", \"issuer\": \"https://a.example\"}],\n"
      " \"deployments\": [{\"name\": \"d\", \"profile\": \"aspnetcore-jwtbearer\", \"version\": "
      "7.10}]\n}\n";
  const auto config = load_config("/etc/idpwatch/idpwatch.json", memory.world());
  REQUIRE(config.has_value());
  CHECK(config->limits.redirects == 3);
  CHECK(config->limits.private_addresses);
  CHECK(config->authorities[0].spec.name == "\xF0\x9F\x98\x80");

  memory.files["/etc/idpwatch/idpwatch.json"] = "{\n \"limits\":\n  {\"redirects\": \"many\"}}";
  const auto bad = load_config("/etc/idpwatch/idpwatch.json", memory.world());
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().at(0).line == 3);
}

TEST_CASE("all problems are reported, in the order of the file", "[config]") {
  const auto bad = load_yaml("listen: nowhere\nlimits: {body: big}\ndefaults:\n  intervall: 5s\n");
  REQUIRE_FALSE(bad.has_value());
  REQUIRE(bad.error().size() == 3);
  CHECK(bad.error()[0].line == 1);
  CHECK(bad.error()[1].line == 2);
  CHECK(bad.error()[2].text() ==
        "/etc/idpwatch/idpwatch.yaml:4: defaults.intervall: unknown key \"intervall\" (did you "
        "mean interval?)");
}

TEST_CASE("names in routes and ignore that nothing is called are warned of", "[config]") {
  const auto config = load_yaml(R"(authorities:
  - {name: entra, issuer: "https://login.example/v2.0"}
deployments:
  - {name: orders-api, profile: aspnetcore-jwtbearer}
receivers:
  - {name: oncall, webhook: {url: "https://hooks.example/x"}}
routes:
  - {match: {authority: [entra, entre], deployment: ["orders-api#Bearer", orders]}, receivers: [oncall]}
  - {match: {authority: ["https://learned.example", "en*"]}, receivers: [oncall]}
ignore:
  - {rule: tls-expiring, authority: okta, reason: "not ours"}
  - {rule: tls-expiring, authority: entra, reason: "theirs"}
)");
  REQUIRE(config);
  std::vector<std::string> said;
  for (const ConfigProblem& each : config->warnings) said.push_back(each.text());
  REQUIRE(said.size() == 3);
  const std::string file = "/etc/idpwatch/idpwatch.yaml";
  CHECK(said[0] == file +
                       ":8: routes[0].match.authority: there is no authority \"entre\": this "
                       "matches nothing (did you mean entra?)");
  CHECK_THAT(said[1], Catch::StartsWith(file + ":8: routes[0].match.deployment: there is no "
                                               "deployment \"orders\""));
  CHECK_THAT(said[2], Catch::StartsWith(file + ":11: ignore[0].authority: there is no authority "
                                               "\"okta\""));
}

TEST_CASE("what is taken all the same is warned of, with file and line", "[config]") {
  const auto config = load_yaml(R"(
alerts: {repeat: 0s}
authorities:
  - {name: near, issuer: "https://login.example.com/v2.0"}
  - name: far
    issuer: https://login.example.com/v2.0
    metadata_url: https://other.example.com/.well-known/openid-configuration
receivers:
  - {name: here, webhook: {url: "http://127.0.0.1:9000/SECRET"}}
  - {name: here6, webhook: {url: "http://[::1]:9000/SECRET"}}
  - {name: local, webhook: {url: "http://localhost/SECRET"}}
  - name: open
    webhook: {url: "http://hooks.example.com/SECRET"}
  - {name: safe, webhook: {url: "https://hooks.example.com/SECRET"}}
)");
  REQUIRE(config);
  CHECK(config->alerts.repeat == base::Duration(0));
  REQUIRE(config->warnings.size() == 2);
  CHECK(config->warnings[0].text() ==
        "/etc/idpwatch/idpwatch.yaml:6: authorities[1].issuer: \"near\" has this issuer too: "
        "/etc/idpwatch/idpwatch.yaml:4 (deployments that trust this issuer are judged by "
        "\"near\")");
  CHECK(config->warnings[1].text() ==
        "/etc/idpwatch/idpwatch.yaml:13: receivers[3].webhook.url: messages go to "
        "hooks.example.com unencrypted: anyone on the network path can read them (use https)");
  CHECK(load_yaml("authorities: []").value().warnings.empty());
}

TEST_CASE("hostile files are refused in bounded time", "[config]") {
  CHECK_FALSE(load_yaml(std::string(100'000, '[')).has_value());
  CHECK_FALSE(load_yaml(std::string(100'000, '{')).has_value());
  std::string bomb = "a: &a [x, x]\n";
  for (int i = 0; i < 30; ++i) bomb += "b: &b [*a, *a]\n";
  CHECK_FALSE(load_yaml(bomb).has_value());
  std::string wide;
  for (int i = 0; i < 20'000; ++i) wide += "k" + std::to_string(i) + ": 1\n";
  CHECK_FALSE(load_yaml(wide).has_value());
  std::string many;
  for (int i = 0; i < 900; ++i) many += "k" + std::to_string(i) + ": 1\n";
  const auto problems = load_yaml(many);
  REQUIRE_FALSE(problems.has_value());
  CHECK(problems.error().size() == 201);
  MemoryWorld memory;
  memory.files["/c.json"] = std::string(100'000, '[');
  CHECK_FALSE(load_config("/c.json", memory.world()).has_value());
}

TEST_CASE("ten thousand authorities load in reasonable time", "[config]") {
  std::string text = "authorities:\n";
  for (int i = 0; i < 10'000; ++i) {
    text += "  - {name: a" + std::to_string(i) + ", issuer: 'https://idp" + std::to_string(i) +
            ".example'}\n";
  }
  CHECK(good(text).authorities.size() == 10'000);
}

}  // namespace
TEST_CASE("thousands of files in conf.d, and many bytes in them, are one error", "[config]") {
  MemoryWorld memory;
  memory.files["/etc/idpwatch/idpwatch.yaml"] = "{}";
  for (int i = 0; i < 1001; ++i) {
    memory.files["/etc/idpwatch/conf.d/" + std::to_string(i) + ".yaml"] = "{}";
  }
  auto problems = wrong(memory);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].message == "1001 files named *.yaml; at most 1000 are read");

  memory.files.clear();
  memory.files["/etc/idpwatch/idpwatch.yaml"] = "{}";
  for (int i = 0; i < 9; ++i) {
    memory.files["/etc/idpwatch/conf.d/" + std::to_string(i) + ".yaml"] =
        "{}\n" + std::string(std::size_t{4} << 20, '#');
  }
  problems = wrong(memory);
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].file == "/etc/idpwatch/conf.d/7.yaml");
  CHECK_THAT(problems[0].message, Catch::Contains("more than 32 MiB together"));
}

TEST_CASE("where the daemon listens is known without an environment, whatever else is wrong",
          "[config]") {
  MemoryWorld memory;
  memory.environment = {};
  const auto listen = [&](const std::string& text) {
    memory.files["/etc/idpwatch/idpwatch.yaml"] = text;
    return load_listen("/etc/idpwatch/idpwatch.yaml", memory.world());
  };
  auto found = listen("listen: 127.0.0.1:7600\nadmin_token: ${TOKEN}\nnonsense: 1\n");
  REQUIRE(found);
  CHECK(found->text() == "127.0.0.1:7600");
  found = listen("authorities: [{name: a, issuer: 'no url'}]\n");
  REQUIRE(found);
  CHECK(found->text() == "127.0.0.1:7517");
  CHECK_FALSE(listen("listen: nowhere\n"));
  CHECK_FALSE(listen("listen: ${UNSET}\n"));
  CHECK_FALSE(listen("listen: [\n"));
  CHECK_FALSE(load_listen("/etc/idpwatch/none.yaml", memory.world()));
}

}  // namespace idpwatch::config
