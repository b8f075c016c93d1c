// Where a probe goes: redirects, addresses, and what it shows to whom.
#include "tests/unit/probe/probe_fixture.hpp"

using namespace idpwatch;
using namespace idpwatch::fakes;
using namespace idpwatch::probe_test;

TEST_CASE("redirects are followed hop by hop and told", "[probe]") {
  Fixture f;
  const auto seen = f.look({redirect("/moved?a=1#f"), redirect("https://other.example/doc"),
                            http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(seen.discovery->url == kDiscoveryUrl);
  CHECK(seen.discovery->redirects ==
        std::vector<std::string>{"https://issuer.example/moved?a=1", "https://other.example/doc"});
  CHECK(seen.discovery->answered());
}

TEST_CASE("validators go only to the URL that gave them", "[probe]") {
  Fixture f;
  f.look({redirect("https://other.example/doc"), http_answer(200, kDiscovery, {{"etag", "\"1\""}}),
          http_answer(200, kKeys)});
  f.look({redirect("https://other.example/doc"), http_answer(304), http_answer(200, kKeys)});
  CHECK(header_of(f.asked(2), "If-None-Match").empty());
  CHECK(header_of(f.asked(1), "If-None-Match") == "\"1\"");
}

TEST_CASE("a redirect may end badly in several ways", "[probe]") {
  const auto discovery_after = [](std::vector<net::HttpResponse> answers) {
    Fixture f;
    const auto discovery = f.look(std::move(answers)).discovery;
    // Where it must not be followed it was not.
    for (const auto& asked : f.http.asked) CHECK(asked.url.starts_with("https://issuer.example/"));
    CHECK(f.http.asked.size() <= 6);
    return discovery;
  };
  check_failed(discovery_after({redirect("/a"), redirect("/b"), redirect("/a#x")}),
               FailureKind::kHttp, FailureDetail::kRedirectLoop);
  check_failed(discovery_after({redirect(kDiscoveryUrl)}), FailureKind::kHttp,
               FailureDetail::kRedirectLoop);
  check_failed(discovery_after({redirect("/1"), redirect("/2"), redirect("/3"), redirect("/4"),
                                redirect("/5"), redirect("/6")}),
               FailureKind::kHttp, FailureDetail::kTooManyRedirects);
  check_failed(discovery_after({redirect("http://issuer.example/")}), FailureKind::kHttp,
               FailureDetail::kRedirectDowngrade);
  check_failed(discovery_after({redirect("ftp://issuer.example/")}), FailureKind::kHttp);
  check_failed(discovery_after({redirect("javascript:alert(1)")}), FailureKind::kHttp);
  check_failed(discovery_after({http_answer(302)}), FailureKind::kHttp);
}

TEST_CASE("credentials in a redirect or a learned URL are dropped", "[probe]") {
  Fixture f;
  f.look({redirect("https://user:secret@other.example/doc"),
          http_answer(200, R"({"issuer":"i","jwks_uri":"https://a:b@keys.example/k"})"),
          http_answer(200, kKeys)});
  CHECK(f.asked(1).url == "https://other.example/doc");
  CHECK(f.asked(0).url == "https://keys.example/k");
}

TEST_CASE("all hops share one deadline", "[probe]") {
  Fixture f;
  f.begin();
  CHECK(f.http.waiting.front().request.total_timeout == base::seconds(10));
  f.clock.advance(base::seconds(7));
  f.http.answer_next(redirect("/moved"));
  CHECK(f.http.waiting.front().request.total_timeout == base::seconds(3));
  f.clock.advance(base::seconds(3));
  f.http.answer_next(redirect("/again"));
  REQUIRE(f.observation);
  check_failed(f.observation->discovery, FailureKind::kTimeout);
}

TEST_CASE("private addresses are open to configured hosts, closed to learned ones", "[probe]") {
  auto authority = spec();
  authority.metadata_url = "https://meta.example/doc";
  Fixture f(authority);
  f.look({redirect("https://issuer.example/x"), redirect("https://10.0.0.1/x"),
          http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(f.http.asked[0].addresses.allow_private);        // configured
  CHECK(f.http.asked[1].addresses.allow_private);        // the very host of the issuer
  CHECK_FALSE(f.http.asked[2].addresses.allow_private);  // somewhere else
  CHECK(f.http.asked[3].addresses.allow_private);        // learned, but the issuer's host
  model::Limits open;
  open.private_addresses = true;
  Fixture g(spec(), open);
  g.look({redirect("https://10.0.0.1/x"), http_answer(200, kDiscovery), http_answer(200, kKeys)});
  CHECK(g.http.asked[1].addresses.allow_private);
}

TEST_CASE("a provider on a private network may keep its keys on one", "[probe]") {
  const auto keys_allowed = [](const std::string& peer, bool proxied) {
    Fixture f;
    auto document = http_answer(200, R"({"issuer":"https://issuer.example",)"
                                     R"("jwks_uri":"https://keys.internal/jwks"})");
    document.address = peer;
    document.proxied = proxied;
    f.look({document, http_answer(200, kKeys)});
    return f.http.asked.at(1).addresses.allow_private;
  };
  CHECK(keys_allowed("10.1.2.3:443", false));
  CHECK(keys_allowed("[fd00::1]:443", false));
  CHECK_FALSE(keys_allowed("93.184.216.34:443", false));
  CHECK_FALSE(keys_allowed("127.0.0.1:443", false));
  CHECK_FALSE(keys_allowed("[::1]:443", false));
  CHECK_FALSE(keys_allowed("10.1.2.3:3128", true));  // that is the proxy's address
  CHECK_FALSE(keys_allowed("", false));
}

TEST_CASE("the client certificate is shown to configured origins alone", "[probe]") {
  auto authority = spec();
  authority.metadata_url = "https://meta.example/doc";
  authority.client_cert = "/cert.pem";
  authority.client_key_file = "/key.pem";
  const auto shown = [](const net::HttpRequest& request) {
    CHECK(request.client_cert.has_value() == request.client_key_file.has_value());
    return request.client_cert.has_value();
  };
  Fixture f(authority);
  f.look({redirect("https://issuer.example/x"), redirect("https://issuer.example:8443/x"),
          redirect("https://foreign.example/x"), redirect("https://issuer.example:443/y"),
          http_answer(200, kDiscovery), http_answer(200, kKeys)});
  REQUIRE(f.http.asked.size() == 6);
  CHECK(shown(f.http.asked[0]));        // configured
  CHECK(shown(f.http.asked[1]));        // the issuer's origin
  CHECK_FALSE(shown(f.http.asked[2]));  // its host, another port
  CHECK_FALSE(shown(f.http.asked[3]));
  CHECK(shown(f.http.asked[4]));  // the default port, written out
  CHECK(shown(f.http.asked[5]));  // learned, at the issuer's origin

  authority.metadata_url.reset();
  Fixture learned(authority);
  learned.look({http_answer(200, R"({"issuer":"https://issuer.example",)"
                                 R"("jwks_uri":"https://issuer.example.foreign.example/keys"})"),
                http_answer(200, kKeys)});
  CHECK(shown(learned.asked(1)));
  CHECK_FALSE(shown(learned.asked(0)));

  authority.jwks_url = "https://keys.example/jwks";
  Fixture configured(authority);
  configured.look({http_answer(200, kKeys)});
  CHECK(shown(configured.asked(0)));
}
