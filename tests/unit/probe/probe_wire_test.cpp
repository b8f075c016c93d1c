// The probe over the real client and a real TLS server.
#include "probe/authority_probe.hpp"
#include "tests/unit/net/client_fixture.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::fakes;

namespace {

const std::string kDate = "Date: Sun, 06 Nov 1994 08:49:37 GMT";

struct Provider {
  Provider()
      : identity(ca.issue({"localhost"})),
        server([this](RawConnection& connection,
                      const std::string& head) { return connection.send(answer(head)); },
               &identity) {}

  std::string answer(const std::string& head) const {
    if (head.starts_with("GET /loop")) return http_message(302, "", {"Location: /loop"});
    if (head.starts_with("GET /down")) {
      return http_message(302, "", {"Location: http://localhost:1/"});
    }
    const bool keys = head.starts_with("GET /keys ");
    const std::string etag = keys ? "\"k\"" : "\"d\"";
    if (head.find("If-None-Match: " + etag) != std::string::npos) {
      return http_message(304, "", {kDate, "ETag: " + etag});
    }
    const std::string body = keys ? R"({"keys":[]})"
                                  : R"({"issuer":")" + server.url("") + R"(","jwks_uri":")" +
                                        server.url("/keys") + R"("})";
    return http_message(200, body, {kDate, "ETag: " + etag});
  }

  model::AuthoritySpec spec() const {
    model::AuthoritySpec made;
    made.name = "local";
    made.issuer = server.url("");
    made.ca_file = ca.file();
    made.proxy = "";
    return made;
  }

  TestCa ca;
  Identity identity;
  RawServer server;
};

std::shared_ptr<const model::AuthoritySpec> shared(model::AuthoritySpec spec) {
  return std::make_shared<const model::AuthoritySpec>(std::move(spec));
}

model::Observation look(ClientFixture& fixture, probe::AuthorityProbe& probe) {
  std::optional<model::Observation> seen;
  probe.start([&](model::Observation observation) { seen = std::move(observation); });
  while (!seen) fixture.loop->turn(base::seconds(5));
  return *seen;
}

}  // namespace

TEST_CASE("over the wire: two documents on one connection, then two 304", "[probe]") {
  const Provider provider;
  ClientFixture fixture;
  probe::AuthorityProbe probe(fixture.client, fixture.clock, shared(provider.spec()), {});
  const auto first = look(fixture, probe);
  REQUIRE(first.discovery);
  REQUIRE(first.jwks);
  CHECK(first.discovery->answered());
  CHECK(*first.jwks->body == R"({"keys":[]})");
  CHECK(first.jwks->reused_connection);
  CHECK(first.jwks->clock);
  REQUIRE(first.jwks->tls);
  CHECK(first.jwks->tls->subject == "CN=localhost");
  const auto second = look(fixture, probe);
  CHECK(second.discovery->not_modified);
  CHECK(second.jwks->not_modified);
  CHECK(second.jwks->sha256 == first.jwks->sha256);
  CHECK(provider.server.connections() == 1);
  CHECK(provider.server.requests() == 4);
}

TEST_CASE("over the wire: loops and downgrades are found out", "[probe]") {
  const Provider provider;
  ClientFixture fixture;
  auto spec = provider.spec();
  spec.metadata_url = provider.server.url("/loop");
  probe::AuthorityProbe looping(fixture.client, fixture.clock, shared(spec), {});
  CHECK(look(fixture, looping).discovery->failure->detail == model::FailureDetail::kRedirectLoop);
  spec.metadata_url = provider.server.url("/down");
  probe::AuthorityProbe falling(fixture.client, fixture.clock, shared(spec), {});
  CHECK(look(fixture, falling).discovery->failure->detail ==
        model::FailureDetail::kRedirectDowngrade);
}
