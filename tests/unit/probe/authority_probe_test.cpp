#include "tests/unit/probe/probe_fixture.hpp"

using namespace idpwatch;
using namespace idpwatch::fakes;
using namespace idpwatch::probe_test;

TEST_CASE("a look takes the discovery document and the keys it points to", "[probe]") {
  Fixture f;
  const auto seen = f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(seen.authority == "issuer");
  CHECK(seen.issuer == kIssuer);
  REQUIRE(seen.discovery);
  CHECK(seen.discovery->url == kDiscoveryUrl);
  CHECK(seen.discovery->answered());
  CHECK(*seen.discovery->body == kDiscovery);
  CHECK(seen.discovery->sha256 == base::sha256_hex(kDiscovery));
  REQUIRE(seen.jwks);
  CHECK(seen.jwks->url == kJwksUrl);
  CHECK(*seen.jwks->body == kKeys);
  CHECK_FALSE(f.probe.running());
}

TEST_CASE("with a configured jwks_url alone no discovery is asked for", "[probe]") {
  auto authority = spec();
  authority.jwks_url = "https://keys.example/jwks";
  Fixture f(authority);
  const auto seen = f.look({http_answer(200, kKeys)});
  CHECK_FALSE(seen.discovery);
  CHECK(seen.jwks->url == "https://keys.example/jwks");
}

TEST_CASE("a configured jwks_url stands over the one in the document", "[probe]") {
  auto authority = spec();
  authority.metadata_url = "https://meta.example/doc";
  authority.jwks_url = "https://keys.example/jwks";
  Fixture f(authority);
  const auto seen = f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(seen.discovery->url == "https://meta.example/doc");
  CHECK(seen.jwks->url == "https://keys.example/jwks");
}

TEST_CASE("the second look asks conditionally and a 304 stands for the body held", "[probe]") {
  Fixture f;
  f.look({http_answer(200, kDiscovery, {{"etag", "\"d1\""}}),
          http_answer(200, kKeys, {{"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}})});
  const auto seen = f.look({http_answer(304), http_answer(304)});
  CHECK(header_of(f.asked(1), "If-None-Match") == "\"d1\"");
  CHECK(header_of(f.asked(0), "If-Modified-Since") == "Sun, 06 Nov 1994 08:49:37 GMT");
  CHECK(header_of(f.asked(0), "If-None-Match").empty());
  CHECK(f.asked(0).url == kJwksUrl);
  CHECK(seen.discovery->not_modified);
  CHECK(seen.discovery->answered());
  CHECK_FALSE(seen.discovery->body);
  CHECK(seen.discovery->sha256 == base::sha256_hex(kDiscovery));
  CHECK(seen.jwks->not_modified);
  CHECK(seen.jwks->sha256 == base::sha256_hex(kKeys));
}

TEST_CASE("a 304 that was not asked for is a failure", "[probe]") {
  Fixture f;
  const auto seen = f.look({http_answer(304)});
  check_failed(seen.discovery, FailureKind::kHttp);
  CHECK(seen.discovery->status == 304);
  CHECK_FALSE(seen.jwks);
}

TEST_CASE("after a restart the first look is unconditional", "[probe]") {
  Fixture f;
  f.look({http_answer(200, kDiscovery, {{"etag", "\"d1\""}}), http_answer(200, kKeys)});
  f.probe.forget();
  f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(header_of(f.asked(1), "If-None-Match").empty());
}

TEST_CASE("failures leave the conditional state alone", "[probe]") {
  Fixture f;
  const std::vector<net::Header> e1{{"etag", "\"1\""}};
  const std::vector<net::Header> e2{{"etag", "\"2\""}};
  f.look({http_answer(200, kDiscovery, e1), http_answer(200, kKeys, e1)});
  const std::vector<std::pair<net::HttpResponse, net::HttpResponse>> bad = {
      {http_failure(FailureKind::kTimeout), http_failure(FailureKind::kConnect)},
      {http_answer(503, "busy", e2), http_answer(404, "", e2)},
  };
  for (const auto& [discovery, jwks] : bad) {
    const auto seen = f.look({discovery, jwks});
    CHECK(seen.jwks->url == kJwksUrl);  // still known from the last good document
    const auto after = f.look({http_answer(304), http_answer(304)});
    CHECK(header_of(f.asked(1), "If-None-Match") == "\"1\"");
    CHECK(header_of(f.asked(0), "If-None-Match") == "\"1\"");
    CHECK(after.discovery->sha256 == base::sha256_hex(kDiscovery));
    CHECK(after.jwks->sha256 == base::sha256_hex(kKeys));
  }
}

TEST_CASE("validators end with the body that they came with", "[probe]") {
  const std::vector<net::Header> e1{{"etag", "\"1\""},
                                    {"last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"}};
  const std::vector<net::Header> e2{{"etag", "\"2\""}};
  const std::vector<net::Header> none;
  const std::vector<std::pair<std::string, std::string>> senseless = {
      {"<html>", "<html>"},
      {"[]", R"({"keys":{}})"},
      {R"({"issuer":1})", ""},
      {R"({"issuer":"https://issuer.example"})", R"({"keys":1})"},
      {R"({"jwks_uri":"https://issuer.example/keys"})", "[]"},
  };
  for (const auto& headers : {none, e2}) {
    for (const auto& [discovery, jwks] : senseless) {
      Fixture f;
      f.look({http_answer(200, kDiscovery, e1), http_answer(200, kKeys, e1)});
      const auto seen =
          f.look({http_answer(200, discovery, headers), http_answer(200, jwks, headers)});
      CHECK(seen.jwks->url == kJwksUrl);  // still known from the last good document
      // Asked for anew, so that the good one is seen when it is back.
      const auto after = f.look({http_answer(200, kDiscovery, e1), http_answer(200, kKeys, e1)});
      CHECK(f.asked(1).headers.empty());
      CHECK(f.asked(0).headers.empty());
      CHECK(after.discovery->body);
      CHECK(after.jwks->body);
      f.look({http_answer(304), http_answer(304)});
      CHECK(header_of(f.asked(1), "If-None-Match") == "\"1\"");
    }
  }
}

TEST_CASE("an answer without validators ends those of the answer before", "[probe]") {
  Fixture f;
  f.look({http_answer(200, kDiscovery, {{"etag", "\"1\""}}),
          http_answer(200, kKeys, {{"etag", "\"1\""}})});
  f.look({http_answer(200, kDiscovery + " "), http_answer(200, kKeys)});
  f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(f.asked(1).headers.empty());
  CHECK(f.asked(0).headers.empty());
}

TEST_CASE("an unchanged body renews the validators", "[probe]") {
  Fixture f;
  f.look({http_answer(200, kDiscovery, {{"etag", "\"1\""}}), http_answer(200, kKeys)});
  f.look({http_answer(200, kDiscovery, {{"etag", "\"2\""}}), http_answer(200, kKeys)});
  f.look({http_answer(304), http_answer(200, kKeys)});
  CHECK(header_of(f.asked(1), "If-None-Match") == "\"2\"");
}

TEST_CASE("validators that could do harm are not sent back", "[probe]") {
  for (const std::string& etag : {std::string("\"a\x01\""), std::string(600, 'e')}) {
    Fixture f;
    f.look({http_answer(200, kDiscovery, {{"etag", etag}}), http_answer(200, kKeys)});
    f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
    CHECK(f.asked(1).headers.empty());
  }
}

TEST_CASE("a new jwks_uri is followed at once and asked unconditionally", "[probe]") {
  Fixture f;
  const std::vector<net::Header> etag{{"etag", "\"1\""}};
  f.look({http_answer(200, kDiscovery, etag), http_answer(200, kKeys, etag)});
  const std::string moved =
      R"({"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/new"})";
  const auto seen = f.look({http_answer(200, moved), http_answer(200, kKeys)});
  CHECK(seen.jwks->url == "https://issuer.example/new");
  CHECK(header_of(f.asked(0), "If-None-Match").empty());
}

TEST_CASE("without a usable jwks_uri there are no keys to ask for", "[probe]") {
  for (const std::string body : {"{}", "[]", R"({"jwks_uri":7})", "no json"}) {
    Fixture f;
    const auto seen = f.look({http_answer(200, body)});
    CHECK(seen.discovery->answered());
    CHECK_FALSE(seen.jwks);
  }
}

TEST_CASE("a document nested too deep is kept as bytes and not parsed", "[probe]") {
  Fixture f;
  const std::string deep = R"({"jwks_uri":"https://a.example","x":)" + std::string(60'000, '[');
  const auto seen = f.look({http_answer(200, deep)});
  CHECK(*seen.discovery->body == deep);
  CHECK_FALSE(seen.jwks);
}

TEST_CASE("time in our own queue is told and counts against nobody", "[probe]") {
  auto authority = spec();
  authority.timeout = base::seconds(10);
  Fixture f(authority);
  f.begin();
  CHECK(f.asked(0).on_behalf_of == "issuer");
  f.clock.advance(base::seconds(30));
  auto answer = redirect("/elsewhere");
  answer.waited = base::seconds(29);
  f.http.answer_next(answer);
  REQUIRE(f.http.waiting.size() == 1);
  CHECK(f.asked(0).total_timeout == base::seconds(9));
  auto document = http_answer(200, kDiscovery);
  document.waited = base::seconds(1);
  f.http.answer_next(document);
  f.http.answer_next(http_answer(200, kKeys));
  REQUIRE(f.observation);
  CHECK(f.observation->discovery->waited == base::seconds(30));
  CHECK(f.observation->jwks->waited == base::Duration{0});
  CHECK(f.observation->waited() == base::seconds(30));
}

TEST_CASE("the authority's settings and limits reach the request", "[probe]") {
  auto authority = spec();
  authority.timeout = base::seconds(3);
  authority.http2 = true;
  authority.ip_version = model::IpVersion::kV6;
  authority.proxy = "http://proxy:3128";
  authority.ca_file = "/ca.pem";
  authority.client_cert = "/cert.pem";
  authority.client_key_file = "/key.pem";
  model::Limits limits;
  limits.body_bytes = 1234;
  limits.header_bytes = 567;
  Fixture f(authority, limits);
  f.begin();
  const net::HttpRequest& request = f.http.asked.front();
  CHECK(request.total_timeout == base::seconds(3));
  CHECK(request.http2);
  CHECK(request.ip_version == model::IpVersion::kV6);
  CHECK(request.proxy == "http://proxy:3128");
  CHECK(request.ca_file == "/ca.pem");
  CHECK(request.client_cert == "/cert.pem");
  CHECK(request.client_key_file == "/key.pem");
  CHECK(request.body_limit == 1234);
  CHECK(request.header_limit == 567);
}

TEST_CASE("statuses that are no answer keep their number", "[probe]") {
  Fixture f;
  const auto seen = f.look({http_answer(500, "oops")});
  check_failed(seen.discovery, FailureKind::kHttp);
  CHECK(seen.discovery->status == 500);
  CHECK(seen.discovery->failure->message == "HTTP status 500");
}

TEST_CASE("a look can be cancelled and another begun", "[probe]") {
  Fixture f;
  f.begin();
  f.probe.cancel();
  CHECK(f.http.waiting.empty());
  CHECK_FALSE(f.observation);
  CHECK_FALSE(f.probe.running());
  f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
}

TEST_CASE("whoever is told may begin the next look or end the probe", "[probe]") {
  FakeClock clock;
  FakeHttp http;
  auto probe =
      std::make_unique<probe::AuthorityProbe>(http, clock, shared(spec()), model::Limits{});
  int told = 0;
  probe->start([&](const model::Observation&) {
    ++told;
    probe->start([&](const model::Observation&) {
      ++told;
      probe.reset();
    });
  });
  http.answer_next(http_failure(FailureKind::kDns));
  http.answer_next(http_failure(FailureKind::kDns));
  CHECK(told == 2);
  CHECK(probe == nullptr);
}

TEST_CASE("the connection of the document is held for the keys of the same origin", "[probe]") {
  Fixture f;
  f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK_FALSE(f.asked(1).another_follows);  // not known yet
  f.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(f.asked(1).another_follows);
  CHECK_FALSE(f.asked(0).another_follows);
  auto authority = spec();
  authority.jwks_url = "https://keys.example/jwks";
  authority.metadata_url = kDiscoveryUrl;
  Fixture g(authority);
  g.look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK_FALSE(g.asked(1).another_follows);
}

TEST_CASE("tenants that publish the same keys share their body", "[probe]") {
  Fixture a, b, other;
  for (Fixture* each : {&a, &b})
    each->look({http_answer(200, kDiscovery), http_answer(200, kKeys)});
  other.look({http_answer(200, kDiscovery), http_answer(200, R"({"keys":[]})")});
  REQUIRE(a.probe.memory().jwks.body);
  CHECK(a.probe.memory().jwks.body == b.probe.memory().jwks.body);
  CHECK(a.observation->jwks->body == b.observation->jwks->body);
  REQUIRE(other.probe.memory().jwks.body);
  CHECK(*other.probe.memory().jwks.body == R"({"keys":[]})");
}
