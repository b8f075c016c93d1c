// What a service meets on its own way to the provider: its proxy by the variables and the dialect
// of its stack, its trust store. The reports behind it are real.
#include "fixture.hpp"
#include "forecast/route/service_route.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::forecast {

using base::seconds;
using Catch::Matchers::Contains;
using deployed::EnvironmentRead;
using deployed::RouteFacts;
using deployed::StoreSource;
using model::Certainty;
using model::Circumstances;
using model::FailureDetail;
using validators::Fault;

namespace {

constexpr const char* kProxy = "http://127.0.0.1:3128";

RouteFacts facts_of(std::vector<std::pair<std::string, std::string>> variables) {
  RouteFacts facts;
  facts.read = EnvironmentRead::kPart;
  int line = 0;
  for (auto& [name, value] : variables) {
    facts.variables.push_back({name, std::move(value), {"/etc/orders/env", ++line, name}});
  }
  return facts;
}

Fixture dotnet(RouteFacts facts) {
  Fixture world("8.0.1");
  world.route = std::move(facts);
  return world;
}

// A service on jose, which asks for the key set alone.
Fixture jose(RouteFacts facts) {
  Fixture world("6.2.18");
  world.settings.profile = "jose";
  world.settings.jwks_url = model::TextSetting(std::string(kKeys), {"app.js", 3, "jwksUri"});
  world.settings.issuers = model::ListSetting({std::string(kIssuer)}, {"app.js", 4, "issuer"});
  world.route = std::move(facts);
  return world;
}

ServiceRoute route_of(const Fixture& world) {
  const auto validator = validators::Validator::compile(world.settings, nullptr);
  REQUIRE(validator);
  return service_route((*validator)->transport(), (*validator)->cache().fetch, *world.route);
}

// idpwatch's own look, and what came on the service's way.
struct Looked {
  Circumstances met;
  bool well = true;
  Fault fault = Fault::kRefused;
};

model::AskedAgain asked(const Fixture& world) {
  const ServiceRoute route = route_of(world);
  REQUIRE(route.request);
  model::AskedAgain again;
  again.as = route.request->as;
  again.request = route.request->key();
  again.took = seconds(1);
  return again;
}

model::AskedAgain refused(const Fixture& world, std::string failure,
                          FailureDetail detail = FailureDetail::kNone) {
  model::AskedAgain again = asked(world);
  again.failure = std::move(failure);
  again.detail = detail;
  return again;
}

void serve(Fixture& world, Looked looked) {
  const auto met = std::make_shared<const Circumstances>(looked.met);
  for (const auto& [url, text] :
       {std::pair{kMetadata, document(kIssuer)}, std::pair{kKeys, key_set({"old"})}}) {
    validators::Served served = looked.well ? body(text) : fault(looked.fault);
    served.circumstances = met->plain() ? nullptr : met;
    world.serve(kNoon, url, served);
  }
}

void serve_asked(Fixture& world, Looked looked, model::AskedAgain again) {
  for (const auto& [url, text] :
       {std::pair{kMetadata, document(kIssuer)}, std::pair{kKeys, key_set({"old"})}}) {
    Looked one = looked;
    if (again.status == 200) again.body = std::make_shared<const std::string>(text);
    one.met.again = {again};
    validators::Served served = one.well ? body(text) : fault(one.fault);
    served.circumstances = std::make_shared<const Circumstances>(std::move(one.met));
    world.serve(kNoon, url, served);
  }
}

std::string all_of(const std::vector<std::string>& notes) {
  std::string out;
  for (const std::string& note : notes) out += note + "\n";
  return out;
}

std::string text_of(const model::Finding& finding) {
  std::string out = finding.summary + "\n" + finding.remedy;
  for (const model::Evidence& row : finding.evidence) out += "\n" + row.fact + ": " + row.value;
  return out;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

constexpr const char* kRefusedTunnel =
    "the proxy 127.0.0.1:3128 refuses the tunnel: HTTP status 403";

}  // namespace

TEST_CASE("NO_PROXY in a form that .NET does not take sends it to a proxy that refuses",
          "[forecast][way]") {
  for (const char* list :
       {"example.com", "*.example.com", "*", "127.0.0.0/8", "id.example.com:443"}) {
    Fixture world = dotnet(facts_of({{"HTTPS_PROXY", kProxy}, {"NO_PROXY", list}}));
    serve_asked(world, {}, refused(world, kRefusedTunnel, FailureDetail::kProxy));
    INFO(list);
    const model::Finding finding = world.finding("refusal-unreachable", kNoon, true);
    CHECK(finding.certainty == Certainty::kLikely);
    const std::string text = text_of(finding);
    CHECK_THAT(text, Contains(std::string("NO_PROXY=") + list + " (/etc/orders/env:2)"));
    CHECK_THAT(text, Contains("'.example.com'"));
    CHECK_THAT(text, Contains("3128"));
    CHECK_THAT(text, Contains("403"));
    for (const char* never : {"bring back", "status page", "firewall between", "restart"}) {
      CHECK_THAT(lower(text), !Contains(never));
    }
  }
}

TEST_CASE("NO_PROXY in a form that .NET takes leaves it on idpwatch's own way", "[forecast][way]") {
  for (const char* list : {".example.com", "id.example.com", "a.test, ID.example.com"}) {
    Fixture world = dotnet(facts_of({{"HTTPS_PROXY", kProxy}, {"NO_PROXY", list}}));
    serve(world, {});
    INFO(list);
    CHECK(world.bad_rules(kNoon).empty());
    CHECK(world.judge(kNoon).undetermined.empty());
  }
}

TEST_CASE("An empty no_proxy hides NO_PROXY from .NET", "[forecast][way]") {
  Fixture world =
      dotnet(facts_of({{"https_proxy", kProxy}, {"no_proxy", ""}, {"NO_PROXY", ".example.com"}}));
  const ServiceRoute route = route_of(world);
  REQUIRE(route.way.choice);
  CHECK(route.way.choice->of(*base::parse_url(kKeys)) == kProxy);
  Fixture lower_first = dotnet(facts_of({{"https_proxy", ""}, {"HTTPS_PROXY", kProxy}}));
  const ServiceRoute none = route_of(lower_first);
  REQUIRE(none.way.choice);
  CHECK(none.way.choice->of(*base::parse_url(kKeys)) == "");
}

TEST_CASE("HTTP_PROXY is not read by .NET beside GATEWAY_INTERFACE", "[forecast][way]") {
  const auto plain = *base::parse_url("http://id.example.com/keys");
  Fixture world = dotnet(facts_of({{"HTTP_PROXY", kProxy}}));
  CHECK(route_of(world).way.choice->of(plain) == kProxy);
  Fixture gateway = dotnet(facts_of({{"HTTP_PROXY", kProxy}, {"GATEWAY_INTERFACE", "CGI/1.1"}}));
  CHECK_FALSE(route_of(gateway).way.choice.has_value());
}

TEST_CASE("A proxy that both go through is named, and its failure holds for the service",
          "[forecast][way]") {
  const RouteFacts same = facts_of({{"HTTPS_PROXY", kProxy}});
  Looked through;
  through.met.proxy = "127.0.0.1:3128";
  Fixture well = dotnet(same);
  serve(well, through);
  CHECK(well.bad_rules(kNoon).empty());
  CHECK_THAT(all_of(well.judge(kNoon).notes), Contains("HTTPS_PROXY (/etc/orders/env:1)"));
  CHECK_THAT(all_of(well.judge(kNoon).notes), !Contains("not read"));

  through.well = false;
  through.met.detail = FailureDetail::kProxy;
  Fixture down = dotnet(same);
  serve(down, through);
  const model::Finding finding = down.finding("refusal-unreachable", kNoon, true);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK_THAT(text_of(finding), Contains("127.0.0.1:3128"));
}

TEST_CASE("A failure of a proxy that only idpwatch is known to use is no refusal",
          "[forecast][way]") {
  for (const RouteFacts& facts : {RouteFacts(), facts_of({}), facts_of({{"SSL_CERT_FILE", "x"}})}) {
    Fixture world = dotnet(facts);
    Looked through;
    through.well = false;
    through.met.proxy = "127.0.0.1:3128";
    through.met.detail = FailureDetail::kProxy;
    serve(world, through);
    CHECK(world.bad_rules(kNoon).empty());
    CHECK_THAT(world.judge(kNoon).undetermined, Contains("through the proxy 127.0.0.1:3128"));
    CHECK_THAT(world.judge(kNoon).undetermined, Contains("idpwatch's own"));
  }
}

TEST_CASE("Where all of its environment was read and names no proxy, a service goes directly",
          "[forecast][way]") {
  RouteFacts whole;
  whole.read = EnvironmentRead::kWhole;
  Fixture world = dotnet(whole);
  Looked through;
  through.well = false;
  through.met.proxy = "127.0.0.1:3128";
  through.met.detail = FailureDetail::kProxy;
  model::AskedAgain again = asked(world);
  again.status = 200;
  serve_asked(world, through, again);
  CHECK(world.bad_rules(kNoon).empty());
  CHECK(world.judge(kNoon).undetermined.empty());
  CHECK(world.judge(kNoon).by_itself);
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("goes to id.example.com directly"));
}

TEST_CASE("Node.js does not read HTTPS_PROXY: the provider that only the proxy reaches is lost",
          "[forecast][way]") {
  for (const auto& variables :
       {facts_of({{"HTTPS_PROXY", kProxy}}),
        facts_of({{"HTTPS_PROXY", kProxy}, {"NODE_USE_ENV_PROXY", "0"}}),
        facts_of(
            {{"HTTPS_PROXY", kProxy}, {"NODE_USE_ENV_PROXY", "1"}, {"NODE_VERSION", "20.11.0"}}),
        facts_of(
            {{"HTTPS_PROXY", kProxy}, {"NODE_USE_ENV_PROXY", "1"}, {"NODE_VERSION", "22.20.9"}})}) {
    Fixture world = jose(variables);
    Looked through;
    through.met.proxy = "127.0.0.1:3128";
    serve_asked(world, through, refused(world, "cannot connect: Connection refused"));
    const model::Finding finding = world.finding("refusal-unreachable", kNoon, true);
    CHECK(finding.certainty == Certainty::kLikely);
    const std::string text = text_of(finding);
    CHECK_THAT(text,
               Contains("does not read HTTPS_PROXY=http://127.0.0.1:3128 (/etc/orders/env:1)"));
    CHECK_THAT(text, Contains("NODE_USE_ENV_PROXY"));
    CHECK_THAT(lower(text), !Contains("bring back"));
    CHECK_THAT(lower(text), !Contains("status page"));
    // The provider answers directly, too.
    Fixture both = jose(variables);
    model::AskedAgain well = asked(both);
    well.status = 200;
    serve_asked(both, through, well);
    CHECK(both.bad_rules(kNoon).empty());
  }
}

TEST_CASE("Node.js that is told to reads HTTPS_PROXY, from the versions on that can",
          "[forecast][way]") {
  for (const char* version : {"24.5.0", "22.21.0", "26.0.1", ""}) {
    std::vector<std::pair<std::string, std::string>> variables{{"HTTPS_PROXY", kProxy},
                                                               {"NODE_USE_ENV_PROXY", "1"}};
    if (*version != '\0') variables.emplace_back("NODE_VERSION", version);
    Fixture world = jose(facts_of(variables));
    Looked through;
    through.met.proxy = "127.0.0.1:3128";
    serve(world, through);
    INFO(version);
    CHECK(world.bad_rules(kNoon).empty());
    CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("through the proxy 127.0.0.1:3128"));
  }
  // How it reads exemptions is not known: a success is told with a note, a failure is open.
  const RouteFacts exempting =
      facts_of({{"HTTPS_PROXY", kProxy}, {"NODE_USE_ENV_PROXY", "1"}, {"NO_PROXY", "example.com"}});
  Fixture well = jose(exempting);
  serve(well, {});
  CHECK(well.bad_rules(kNoon).empty());
  CHECK_THAT(all_of(well.judge(kNoon).notes), Contains("NO_PROXY=example.com"));
  Fixture failing = jose(exempting);
  Looked down;
  down.well = false;
  serve(failing, down);
  CHECK(failing.bad_rules(kNoon).empty());
  CHECK_THAT(failing.judge(kNoon).undetermined, Contains("NO_PROXY=example.com"));
}

TEST_CASE("What route: of our configuration says wins over what is read", "[forecast][way]") {
  RouteFacts facts = facts_of({{"HTTPS_PROXY", "http://other:1"}, {"NO_PROXY", "*"}});
  facts.declared.proxy = kProxy;
  facts.declared.no_proxy = ".example.com";
  Fixture world = dotnet(facts);
  CHECK(route_of(world).way.choice->of(*base::parse_url(kKeys)) == "");
  CHECK(route_of(world).way.choice->of(*base::parse_url("https://a.test/")) == kProxy);
  world.route->declared.proxy = "";
  CHECK(route_of(world).way.choice->of(*base::parse_url("https://a.test/")) == "");
}

TEST_CASE("A proxy's password is in no text and in no key that is stored", "[forecast][way]") {
  Fixture world = dotnet(facts_of(
      {{"HTTPS_PROXY", "http://joe:hunter2@127.0.0.1:3128"}, {"NO_PROXY", "example.com"}}));
  CHECK_THAT(asked(world).request, !Contains("hunter2"));
  serve_asked(world, {}, refused(world, kRefusedTunnel, FailureDetail::kProxy));
  CHECK_THAT(text_of(world.finding("refusal-unreachable", kNoon, true)), !Contains("hunter2"));
  CHECK_THAT(all_of(world.judge(kNoon).notes), !Contains("hunter2"));
  Fixture node = jose(world.route.value());
  Looked through;
  through.met.proxy = "127.0.0.1:3128";
  serve_asked(node, through, refused(node, "cannot connect"));
  CHECK_THAT(text_of(node.finding("refusal-unreachable", kNoon, true)), !Contains("hunter2"));
}

namespace {

constexpr const char* kPem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
constexpr const char* kOtherPem = "-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n";
constexpr const char* kThirdPem = "-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n";

deployed::StoreFile file_of(std::string path, const char* pem, bool hash_name = true) {
  return {std::move(path), hash_name, std::make_shared<const std::string>(pem)};
}

StoreSource source(std::string variable, std::string path, bool directory,
                   std::vector<deployed::StoreFile> files) {
  StoreSource made;
  made.variable = std::move(variable);
  made.path = std::move(path);
  made.directory = directory;
  made.exists = !files.empty();
  made.files = std::move(files);
  if (!made.variable.empty()) made.origin = {"/etc/orders/env", 1, made.variable};
  return made;
}

validators::TransportPolicy reading(validators::StoreKind kind) {
  validators::TransportPolicy policy;
  policy.client = "client";
  policy.trust = {.store = kind,
                  .file = "SSL_CERT_FILE",
                  .directory = "SSL_CERT_DIR",
                  .adds = {},
                  .openssl_switch = {},
                  .advice = "name it"};
  return policy;
}

}  // namespace

TEST_CASE("SSL_CERT_FILE replaces the default file and leaves the default directory",
          "[forecast][way]") {
  RouteFacts facts = facts_of({});
  facts.store.own_files = true;
  facts.store.sources = {
      source("SSL_CERT_FILE", "/etc/corp/ca.pem", false, {file_of("/etc/corp/ca.pem", kPem)}),
      source("", "/etc/ssl/cert.pem", false, {file_of("/etc/ssl/cert.pem", kThirdPem)}),
      source("", "/etc/ssl/certs", true, {file_of("/etc/ssl/certs/5ed36f99.0", kOtherPem)})};
  const ServiceTrust trust = service_trust(reading(validators::StoreKind::kOpenSsl), facts);
  REQUIRE(trust.certificates);
  CHECK(trust.known);
  CHECK_THAT(trust.certificates->pem, Contains("AAAA") && Contains("BBBB"));
  CHECK_THAT(trust.certificates->pem, !Contains("CCCC"));
  CHECK_THAT(trust.described, Contains("SSL_CERT_FILE=/etc/corp/ca.pem (/etc/orders/env:1), 1 "));
}

TEST_CASE("A file without a hash name counts in .NET's directory and not in OpenSSL's",
          "[forecast][way]") {
  RouteFacts facts = facts_of({});
  facts.store.sources = {
      source("SSL_CERT_DIR", "/corp.d", true, {file_of("/corp.d/corp.pem", kPem, false)}),
      source("SSL_CERT_DIR", "/nowhere", true, {})};
  const ServiceTrust python = service_trust(reading(validators::StoreKind::kOpenSsl), facts);
  REQUIRE(python.certificates);
  CHECK_THAT(python.certificates->pem, !Contains("AAAA"));
  CHECK_THAT(all_of(python.faults), Contains("openssl rehash /corp.d"));
  CHECK_THAT(all_of(python.faults), Contains("/nowhere (/etc/orders/env:1) does not exist"));
  const ServiceTrust dotnet_trust =
      service_trust(reading(validators::StoreKind::kOpenSslFiles), facts);
  REQUIRE(dotnet_trust.certificates);
  CHECK_THAT(dotnet_trust.certificates->pem, Contains("AAAA"));
}

TEST_CASE("NODE_EXTRA_CA_CERTS adds to the store of Node.js alone", "[forecast][way]") {
  RouteFacts facts = facts_of({});
  facts.store.sources = {
      source("NODE_EXTRA_CA_CERTS", "/etc/corp/root.pem", false, {file_of("/r", kPem)}),
      source("SSL_CERT_FILE", "/etc/corp/other.pem", false, {file_of("/o", kThirdPem)}),
      source("", "/etc/ssl/certs", true, {file_of("/d", kOtherPem)})};
  Fixture node = jose(facts);
  const ServiceRoute route = route_of(node);
  REQUIRE(route.trust.certificates);
  CHECK_THAT(route.trust.certificates->pem, Contains("AAAA") && Contains("BBBB"));
  CHECK_THAT(route.trust.certificates->pem, !Contains("CCCC"));
  Fixture net = dotnet(facts);
  CHECK_THAT(route_of(net).trust.described, !Contains("NODE_EXTRA_CA_CERTS"));
}

TEST_CASE("A certificate that our store trusts and the service's does not is its refusal",
          "[forecast][way]") {
  RouteFacts facts = facts_of({});
  facts.store.own_files = true;
  facts.store.sources = {source("", "/etc/ssl/certs", true, {file_of("/d", kOtherPem)})};
  Fixture world = dotnet(facts);
  Looked ours;
  ours.met.trusted_by = "/srv/root.pem";
  serve_asked(world, ours,
              refused(world,
                      "unable to get local issuer certificate: the store has no 'CN=root of the "
                      "test'",
                      FailureDetail::kCertificateUntrusted));
  const model::Finding finding = world.finding("refusal-tls", kNoon, true);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK_THAT(text_of(finding), Contains("root of the test"));
  CHECK_THAT(text_of(finding), Contains("SSL_CERT_FILE"));
  CHECK_THAT(lower(text_of(finding)), !Contains("renew"));
  CHECK_THAT(lower(text_of(finding)), !Contains("provider has to"));
}

TEST_CASE("Trust by our ca_file says nothing of a service whose store was not seen",
          "[forecast][way]") {
  Fixture world = dotnet(RouteFacts());
  Looked ours;
  ours.met.trusted_by = "/srv/root.pem";
  serve(world, ours);
  CHECK(world.bad_rules(kNoon).empty());
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("ca_file /srv/root.pem"));
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("not seen"));
}

TEST_CASE("A failure of trust with our store is none of a service with another's",
          "[forecast][way]") {
  Looked untrusted;
  untrusted.well = false;
  untrusted.fault = Fault::kTls;
  untrusted.met.detail = FailureDetail::kCertificateUntrusted;
  Fixture open = dotnet(RouteFacts());
  serve(open, untrusted);
  CHECK(open.bad_rules(kNoon).empty());
  CHECK_THAT(open.judge(kNoon).undetermined, Contains("store"));

  RouteFacts extra = facts_of({});
  extra.store.sources = {
      source("NODE_EXTRA_CA_CERTS", "/etc/corp/root.pem", false, {file_of("/r", kPem)})};
  Fixture node = jose(extra);
  model::AskedAgain well = asked(node);
  well.status = 200;
  serve_asked(node, untrusted, well);
  CHECK(node.bad_rules(kNoon).empty());
  CHECK(node.judge(kNoon).undetermined.empty());
  CHECK_THAT(all_of(node.judge(kNoon).notes), Contains("NODE_EXTRA_CA_CERTS=/etc/corp/root.pem"));

  RouteFacts gone = facts_of({});
  gone.store.sources = {source("NODE_EXTRA_CA_CERTS", "/etc/corp/root.pem", false, {})};
  Fixture without = jose(gone);
  serve_asked(without, untrusted,
              refused(without, "self-signed certificate in certificate chain",
                      FailureDetail::kCertificateUntrusted));
  const model::Finding finding = without.finding("refusal-tls", kNoon, true);
  CHECK(finding.certainty == Certainty::kLikely);
  CHECK_THAT(text_of(finding), Contains("NODE_EXTRA_CA_CERTS") && Contains("root.pem"));
  CHECK_THAT(text_of(finding), Contains("does not exist"));
  CHECK_THAT(lower(text_of(finding)), !Contains("renew"));

  RouteFacts same;
  same.store.own_files = same.store.ours = true;
  Fixture shared = dotnet(same);
  serve(shared, untrusted);
  CHECK(shared.finding("refusal-tls", kNoon, true).certainty == Certainty::kLikely);
}

TEST_CASE("An outage of the provider is one, whatever the service trusts", "[forecast][way]") {
  RouteFacts facts = facts_of({});
  facts.store.own_files = true;
  facts.store.sources = {source("", "/etc/ssl/certs", true, {file_of("/d", kOtherPem)})};
  Fixture world = dotnet(facts);
  Looked down;
  down.well = false;
  serve_asked(world, down, refused(world, "cannot connect: Connection refused"));
  CHECK_THAT(text_of(world.finding("refusal-unreachable", kNoon, true)), !Contains("proxy 's"));
  CHECK_THAT(text_of(world.finding("refusal-unreachable", kNoon, true)), !Contains("directly"));
}

TEST_CASE("What idpwatch lacked on the service's way is no refusal", "[forecast][way]") {
  Fixture world = dotnet(facts_of({{"HTTPS_PROXY", kProxy}}));
  serve_asked(world, {}, refused(world, "no descriptors left", FailureDetail::kOurs));
  CHECK(world.bad_rules(kNoon).empty());
  CHECK_THAT(all_of(world.judge(kNoon).notes), Contains("no descriptors left"));
}

}  // namespace idpwatch::forecast
