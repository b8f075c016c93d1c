// What is asked after a probe that failed or is in doubt, and only then.
#include "tests/unit/probe/probe_fixture.hpp"

using namespace idpwatch;
using namespace idpwatch::fakes;
using namespace idpwatch::probe_test;

namespace {

model::ClientRequest jwt_bearer(base::Duration timeout = base::minutes(1)) {
  return {.as = "JwtBearer",
          .headers = {{"User-Agent", "Microsoft ASP.NET Core JwtBearer handler"},
                      {"Accept", ""},
                      {"Accept-Encoding", ""}},
          .timeout = timeout,
          .redirects = 50,
          .proxy = std::nullopt,
          .decodes = false};
}

struct Watched : Fixture {
  explicit Watched(model::ClientRequest client = jwt_bearer(), model::Limits limits = {})
      : Fixture(spec(), limits) {
    probe.ask_as({std::move(client)});
    probe.wait_for_clients();
  }
};

// As the daemon asks: beside its probes.
struct Beside : Fixture {
  explicit Beside(model::ClientRequest client = jwt_bearer()) { probe.ask_as({std::move(client)}); }

  // Only what the probe itself asks is answered; the rest stays waiting.
  model::Observation look_past(std::vector<net::HttpResponse> answers) {
    std::vector<net::RequestId> others;
    for (const FakeHttp::Waiting& one : http.waiting) others.push_back(one.id);
    begin();
    for (net::HttpResponse& answer : answers) {
      const auto own = std::ranges::find_if(http.waiting, [&](const FakeHttp::Waiting& one) {
        return std::ranges::find(others, one.id) == others.end() && !one.request.raw_body;
      });
      REQUIRE(own != http.waiting.end());
      http.answer(own->id, std::move(answer));
    }
    REQUIRE(observation);
    return *observation;
  }
};

// Connected, and then nothing came.
net::HttpResponse silence() {
  net::HttpResponse response = http_failure(FailureKind::kTimeout);
  response.phases.connect_us = 1'000;
  response.phases.total_us = 10'000'000;
  return response;
}

const model::AskedAgain& only_answer(const std::optional<model::Fetch>& fetch) {
  REQUIRE(fetch);
  REQUIRE(fetch->circumstances);
  REQUIRE(fetch->circumstances->again.size() == 1);
  return fetch->circumstances->again.front();
}

}  // namespace

TEST_CASE("without a doubt nobody is asked again", "[probe][way]") {
  Watched f;
  const auto seen = f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(f.http.asked.size() == 2);
  CHECK_FALSE(seen.discovery->circumstances);
  const auto missing = f.look({http_answer(404), http_answer(200, kKeys)});
  CHECK(f.http.asked.size() == 4);
  CHECK_FALSE(missing.discovery->circumstances);
}

TEST_CASE("a status that the headers may bring about is asked for as the service asks",
          "[probe][way]") {
  for (const int status : {400, 401, 403, 406, 500, 503}) {
    Watched f;
    const auto seen = f.look({http_answer(status), http_answer(200, kDiscovery),
                              http_answer(status), http_answer(200, kKeys)});
    INFO(status);
    CHECK(header_of(f.asked(2), "User-Agent") == "Microsoft ASP.NET Core JwtBearer handler");
    CHECK(f.asked(2).url == kDiscoveryUrl);
    CHECK(f.asked(2).total_timeout == base::minutes(1));  // as long as the service waits
    CHECK(f.asked(2).raw_body);
    CHECK(only_answer(seen.discovery).as == "JwtBearer");
    CHECK(only_answer(seen.discovery).status == 200);
    // The document is known by that answer alone, and so is where the keys are.
    CHECK(only_answer(seen.jwks).status == 200);
    CHECK(*only_answer(seen.jwks).body == kKeys);
  }
}

TEST_CASE("who asks to be asked later is not asked again", "[probe][way]") {
  for (const net::HttpResponse& answer :
       {http_answer(429), http_answer(503, "", {{"retry-after", "300"}})}) {
    Watched f;
    f.look({answer});
    CHECK(f.http.asked.size() == 1);
  }
}

TEST_CASE("it is asked again at most once in ten minutes, and the answer is remembered",
          "[probe][way]") {
  Watched f;
  f.look({http_answer(403), http_answer(403)});
  CHECK(f.http.asked.size() == 2);
  f.clock.advance(base::minutes(9));
  const auto remembered = f.look({http_answer(403)});
  CHECK(f.http.asked.size() == 3);
  CHECK(only_answer(remembered.discovery).status == 403);
  f.clock.advance(base::minutes(2));
  f.look({http_answer(403), http_answer(403)});
  CHECK(f.http.asked.size() == 5);
}

TEST_CASE("its redirects are those of the service's client", "[probe][way]") {
  model::Limits limits;
  limits.redirects = 1;
  Watched f(jwt_bearer(), limits);
  const auto seen = f.look({redirect("/a"), redirect("/b"), redirect("/a"), redirect("/b"),
                            redirect("/c"), http_answer(200, kDiscovery), http_answer(200, kKeys)});
  check_failed(seen.discovery, FailureKind::kHttp, FailureDetail::kTooManyRedirects);
  CHECK(only_answer(seen.discovery).status == 200);
  CHECK(seen.jwks->answered());
}

TEST_CASE("no probe waits for what is asked as a service asks", "[probe][way]") {
  for (const net::HttpResponse& failure :
       {silence(), http_answer(403), http_answer(503), http_failure(FailureKind::kBody)}) {
    Beside f;
    const auto first = f.look_past({failure});  // it has ended
    CHECK_FALSE(first.discovery->answered());
    CHECK((!first.discovery->circumstances || first.discovery->circumstances->again.empty()));
    CHECK_FALSE(f.probe.running());
    REQUIRE(f.http.waiting.size() == 1);
    CHECK(f.http.waiting.front().request.total_timeout == base::minutes(1));
    // The next probes go on beside it, and nobody is asked twice.
    f.look_past({failure});
    const auto well = f.look_past({http_answer(200, kDiscovery), http_answer(200, kKeys)});
    CHECK(well.discovery->answered());
    CHECK(well.jwks->answered());
    REQUIRE(f.http.waiting.size() == 1);
    f.http.answer_next(http_answer(200, kDiscovery));
    // What was found tells nothing about a failure that is over.
    CHECK_FALSE(f.look_past({http_answer(200, kDiscovery), http_answer(200, kKeys)})
                    .discovery->circumstances);
    CHECK(only_answer(f.look_past({failure, http_answer(200, kKeys)}).discovery).status == 200);
    CHECK(f.http.waiting.empty());
    f.clock.advance(base::minutes(11));
    const auto later = f.look_past({failure, http_answer(200, kKeys)});
    CHECK((!later.discovery->circumstances || later.discovery->circumstances->again.empty()));
    CHECK(f.http.waiting.size() == 1);
    // A shutdown waits for nothing.
    f.probe.cancel();
    CHECK(f.http.waiting.empty());
  }
}

TEST_CASE("the answer to a service's request is told as long as its cause lasts", "[probe][way]") {
  Beside f;
  f.look_past({http_answer(403)});
  f.http.answer_next(http_answer(200, kDiscovery));
  for (int hour = 0; hour < 3; ++hour) {
    f.clock.advance(base::hours(1));
    const auto seen = f.look_past({http_answer(403), http_answer(200, kKeys)});
    CHECK(only_answer(seen.discovery).status == 200);
    REQUIRE(f.http.waiting.size() == 1);
    f.http.answer_next(http_answer(200, kDiscovery));
  }
}

TEST_CASE("a client that waits longer than idpwatch is waited for where no other probe comes",
          "[probe][way]") {
  Watched waits;
  const auto all = waits.look({silence(), http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(only_answer(all.discovery).status == 200);

  Watched hasty(jwt_bearer(base::seconds(5)));  // less than idpwatch
  hasty.look({silence()});
  CHECK(hasty.http.asked.size() == 1);
  Watched deaf;  // nobody connects: all wait in vain
  deaf.look({http_failure(FailureKind::kTimeout)});
  CHECK(deaf.http.asked.size() == 1);
}

TEST_CASE("at most four clients are asked for, whoever else watches", "[probe][way]") {
  Beside f;
  std::vector<model::ClientRequest> clients;
  for (int i = 1; i <= 6; ++i) clients.push_back(jwt_bearer(base::seconds(20 + i)));
  f.probe.ask_as(clients);
  f.look_past({http_answer(403)});
  for (int i = 0; i < 4; ++i) f.http.answer_next(http_answer(403));
  CHECK(f.http.waiting.empty());
  const auto next = f.look_past({http_answer(403)});
  CHECK(next.discovery->circumstances->again.size() == 4);
  CHECK(f.http.waiting.empty());
}

TEST_CASE("a suite that a client does not offer is asked for by its own offer", "[probe][way]") {
  auto tls = std::make_shared<model::TlsFacts>();
  tls->suite = "AES256-GCM-SHA384";
  net::HttpResponse seen = http_answer(200, kDiscovery);
  seen.tls = tls;
  model::ClientRequest client = jwt_bearer();
  client.suites = "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-AES128-GCM-SHA256";
  Watched f(client);
  const auto asked = f.look({seen, http_failure(FailureKind::kTls), http_answer(200, kKeys)});
  CHECK(f.asked(1).suites == client.suites);
  CHECK(f.asked(2).suites.empty());
  CHECK_FALSE(only_answer(asked.discovery).failure.empty());
  client.suites += ":AES256-GCM-SHA384";
  Watched offers(client);
  offers.look({seen, http_answer(200, kKeys)});
  CHECK(offers.http.asked.size() == 2);
}

TEST_CASE("where the connection came late, a client that tries addresses in turn has IPv6 asked",
          "[probe][way]") {
  net::HttpResponse late = http_answer(200, kDiscovery);
  late.phases.dns_us = 1'000;
  late.phases.connect_us = 210'000;
  net::HttpResponse silent = silence();
  silent.address = "[fd00:1::9]:443";
  model::ClientRequest client = jwt_bearer();
  client.in_turn = true;
  Watched f(client);
  const auto seen = f.look({late, silent, http_answer(200, kKeys)});
  CHECK(f.asked(1).ip_version == model::IpVersion::kV6);
  CHECK(f.asked(1).total_timeout == base::seconds(3));
  CHECK(only_answer(seen.discovery).patience);
  CHECK(only_answer(seen.discovery).failure ==
        "[fd00:1::9]:443 does not answer, 192.0.2.1:443 does");
  // On a kept connection nothing new is known: it is told on, and asked again later.
  net::HttpResponse kept = http_answer(200, kDiscovery);
  kept.reused_connection = true;
  CHECK(only_answer(f.look({kept, http_answer(200, kKeys)}).discovery).patience);
  f.clock.advance(base::minutes(11));
  CHECK_FALSE(
      only_answer(f.look({kept, http_answer(200), http_answer(200, kKeys)}).discovery).patience);
  CHECK_FALSE(f.look({kept, http_answer(200, kKeys)}).discovery->circumstances);

  client.in_turn = false;
  Watched side_by_side(client);
  side_by_side.look({late, http_answer(200, kKeys)});
  CHECK(side_by_side.http.asked.size() == 2);
}

TEST_CASE("what comes compressed is asked for without Accept-Encoding, once in twelve hours",
          "[probe][way]") {
  Watched f;
  const net::HttpResponse packed = http_answer(200, kDiscovery, {{"content-encoding", "gzip"}});
  const auto seen = f.look({packed, packed, http_answer(200, kKeys)});
  CHECK(only_answer(seen.discovery).coding == "gzip");
  f.clock.advance(base::hours(11));
  f.look({packed, http_answer(200, kKeys)});
  CHECK(f.http.asked.size() == 5);
}

TEST_CASE("a missing intermediate is asked for where the certificate says, by our address policy",
          "[probe][way]") {
  net::HttpResponse untrusted =
      http_failure(FailureKind::kTls, FailureDetail::kCertificateUntrusted);
  untrusted.tls = std::make_shared<const model::TlsFacts>();
  auto doubt = std::make_shared<net::ChainDoubt>();
  doubt->missing = "CN=issuing CA";
  doubt->url = "http://aia.example/issuing.der";
  untrusted.chain = doubt;
  using Brought = model::Intermediate::Brought;
  for (const auto& [answer, brought] :
       {std::pair{http_answer(404), Brought::kNo},
        std::pair{http_answer(200, "no certificate"), Brought::kNo},
        std::pair{http_failure(FailureKind::kConnect), Brought::kNo},
        std::pair{http_failure(FailureKind::kConnect, FailureDetail::kAddressRefused),
                  Brought::kForbidden}}) {
    Fixture f;
    f.probe.wait_for_clients();
    const auto seen = f.look({untrusted, answer});
    CHECK(f.asked(0).url == "http://aia.example/issuing.der");
    CHECK_FALSE(f.asked(0).addresses.allow_private);
    CHECK(f.asked(0).body_limit == 64UL * 1024);
    REQUIRE(seen.discovery->circumstances);
    REQUIRE(seen.discovery->circumstances->missing);
    CHECK(seen.discovery->circumstances->missing->brought == brought);
    // At most once in ten minutes.
    const auto next = f.look({untrusted});
    CHECK(next.discovery->circumstances->missing->brought == brought);
  }
}

TEST_CASE("an intermediate is fetched beside the probes, and the next one is made with it",
          "[probe][way]") {
  net::HttpResponse untrusted =
      http_failure(FailureKind::kTls, FailureDetail::kCertificateUntrusted);
  untrusted.tls = std::make_shared<const model::TlsFacts>();
  auto doubt = std::make_shared<net::ChainDoubt>();
  doubt->missing = "CN=issuing CA";
  doubt->url = "http://aia.example/issuing.der";
  untrusted.chain = doubt;
  Fixture f;
  f.begin();
  f.http.answer_next(untrusted);
  REQUIRE(f.observation);  // it does not wait
  REQUIRE(f.http.waiting.size() == 1);
  f.http.answer_next(http_failure(FailureKind::kConnect));
  const auto next = f.look({untrusted});
  REQUIRE(next.discovery->circumstances);
  REQUIRE(next.discovery->circumstances->missing);
  CHECK(next.discovery->circumstances->missing->brought == model::Intermediate::Brought::kNo);
}

namespace {

model::ClientRequest by_proxy(std::string proxy, std::string exempt = "") {
  model::ClientRequest client;
  client.as = "jose 6";
  client.timeout = base::seconds(5);
  client.decodes = true;
  client.whole = false;
  client.proxy = model::ProxyChoice{
      .https = proxy, .http = std::move(proxy), .exempt = std::move(exempt), .dialect = {}};
  return client;
}

net::HttpResponse proxied(net::HttpResponse response, std::string proxy) {
  response.proxied = true;
  response.proxy = std::move(proxy);
  return response;
}

}  // namespace

TEST_CASE("a service on a route of its own is asked for on it, once in ten minutes",
          "[probe][way]") {
  Watched f(by_proxy("http://user:secret@proxy:3128"));
  auto refused = http_failure(FailureKind::kConnect, FailureDetail::kProxy);
  const auto seen =
      f.look({http_answer(200, kDiscovery), refused, http_answer(200, kKeys), refused});
  REQUIRE(f.http.asked.size() == 4);
  CHECK(f.asked(2).proxy == "http://user:secret@proxy:3128");
  CHECK_FALSE(f.asked(3).proxy.has_value());
  CHECK(only_answer(seen.discovery).detail == FailureDetail::kProxy);
  CHECK(only_answer(seen.jwks).request.find("secret") == std::string::npos);
  f.clock.advance(base::minutes(9));
  const auto later = f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(f.http.asked.size() == 6);
  CHECK(only_answer(later.discovery).detail == FailureDetail::kProxy);
  f.clock.advance(base::minutes(2));
  f.look({http_answer(200, kDiscovery), http_answer(200, kDiscovery), http_answer(200, kKeys),
          http_answer(200, kKeys)});
  CHECK(f.http.asked.size() == 10);
}

TEST_CASE("a service on idpwatch's own route costs no request", "[probe][way]") {
  Watched direct(by_proxy(""));
  direct.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(direct.http.asked.size() == 2);
  Watched exempted(by_proxy("http://proxy:3128", "issuer.example"));
  exempted.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(exempted.http.asked.size() == 2);
  Watched same(by_proxy("http://proxy:3128"));
  same.look({proxied(http_answer(200, kDiscovery), "proxy:3128"),
             proxied(http_answer(200, kKeys), "proxy:3128")});
  CHECK(same.http.asked.size() == 2);
}

TEST_CASE("of many routes four are asked on", "[probe][way]") {
  Fixture f;
  std::vector<model::ClientRequest> clients;
  for (int i = 0; i < 9; ++i) clients.push_back(by_proxy("http://proxy:" + std::to_string(i + 1)));
  f.probe.ask_as(std::move(clients));
  f.probe.wait_for_clients();
  std::vector<net::HttpResponse> answers(10, http_answer(200, kDiscovery));
  const auto seen = f.look(std::move(answers));
  CHECK(f.http.asked.size() == 10);
  REQUIRE(seen.discovery->circumstances);
  CHECK(seen.discovery->circumstances->again.size() == 4);
}

TEST_CASE("a service that trusts others than idpwatch is asked for with its store",
          "[probe][way]") {
  model::ClientRequest client = by_proxy("");
  model::TrustedCertificates trusted;
  trusted.digest = "feed";
  client.proxy.reset();
  client.trust = std::make_shared<const model::TrustedCertificates>(std::move(trusted));
  Watched f(client);
  auto untrusted = http_failure(FailureKind::kTls, FailureDetail::kCertificateUntrusted);
  const auto seen =
      f.look({http_answer(200, kDiscovery), untrusted, http_answer(200, kKeys), untrusted});
  REQUIRE(f.http.asked.size() == 4);
  CHECK(f.asked(2).trust == client.trust);
  CHECK_FALSE(f.asked(3).trust);
  CHECK(only_answer(seen.discovery).detail == FailureDetail::kCertificateUntrusted);
}

TEST_CASE("header lines that are not known are not asked with", "[probe][way]") {
  Watched f(by_proxy(""));
  f.look({http_answer(403)});
  CHECK(f.http.asked.size() == 1);
}
