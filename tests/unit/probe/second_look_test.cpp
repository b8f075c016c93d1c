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
  }
};

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
  for (const int status : {400, 401, 403, 406, 429, 500, 503}) {
    Watched f;
    const auto seen = f.look({http_answer(status), http_answer(200, kDiscovery),
                              http_answer(status), http_answer(200, kKeys)});
    INFO(status);
    CHECK(header_of(f.asked(2), "User-Agent") == "Microsoft ASP.NET Core JwtBearer handler");
    CHECK(f.asked(2).url == kDiscoveryUrl);
    CHECK(f.asked(2).total_timeout == base::seconds(10));  // as any probe
    CHECK(f.asked(2).raw_body);
    CHECK(only_answer(seen.discovery).as == "JwtBearer");
    CHECK(only_answer(seen.discovery).status == 200);
    // The document is known by that answer alone, and so is where the keys are.
    CHECK(only_answer(seen.jwks).status == 200);
    CHECK(*only_answer(seen.jwks).body == kKeys);
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

TEST_CASE("a client that waits longer is asked beside the probes, unless it is waited for",
          "[probe][way]") {
  Watched f;
  const auto seen = f.observation;
  f.begin();
  f.http.answer_next(http_failure(FailureKind::kTimeout));
  REQUIRE(f.observation);  // it does not wait
  CHECK_FALSE(f.observation->discovery->circumstances);
  REQUIRE(f.http.waiting.size() == 1);
  f.http.answer_next(http_answer(200, kDiscovery));
  const auto next = f.look({http_failure(FailureKind::kTimeout), http_answer(200, kKeys)});
  CHECK(only_answer(next.discovery).status == 200);

  Watched waits;
  waits.probe.wait_for_clients();
  const auto all = waits.look(
      {http_failure(FailureKind::kTimeout), http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(only_answer(all.discovery).status == 200);

  Watched hasty(jwt_bearer(base::seconds(5)));  // less than idpwatch
  hasty.look({http_failure(FailureKind::kTimeout)});
  CHECK(hasty.http.asked.size() == 1);
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
