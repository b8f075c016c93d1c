// One probe over a scripted transport and a clock that tests move.
#pragma once

#include "base/digest.hpp"
#include "probe/authority_probe.hpp"
#include "tests/fakes/fake_clock.hpp"
#include "tests/fakes/fake_http.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::probe_test {

using namespace fakes;
using model::FailureDetail;
using model::FailureKind;

inline const std::string kIssuer = "https://issuer.example";
inline const std::string kDiscoveryUrl = kIssuer + "/.well-known/openid-configuration";
inline const std::string kJwksUrl = kIssuer + "/keys";
inline const std::string kDiscovery =
    R"({"issuer":"https://issuer.example","jwks_uri":"https://issuer.example/keys"})";
inline const std::string kKeys = R"({"keys":[{"kty":"RSA"}]})";

inline std::shared_ptr<const model::AuthoritySpec> shared(model::AuthoritySpec spec) {
  return std::make_shared<const model::AuthoritySpec>(std::move(spec));
}

inline model::AuthoritySpec spec() {
  model::AuthoritySpec made;
  made.name = "issuer";
  made.issuer = kIssuer;
  return made;
}

struct Fixture {
  explicit Fixture(model::AuthoritySpec authority = spec(), model::Limits limits = {})
      : probe(http, clock, shared(std::move(authority)), limits) {}

  void begin() {
    observation.reset();
    probe.start([this](model::Observation seen) { observation = std::move(seen); });
  }

  // One whole look, answered in order.
  model::Observation look(std::vector<net::HttpResponse> answers) {
    begin();
    for (net::HttpResponse& answer : answers) http.answer_next(std::move(answer));
    REQUIRE(observation);
    CHECK(http.waiting.empty());
    return *observation;
  }

  const net::HttpRequest& asked(std::size_t from_last) const {
    return http.asked[http.asked.size() - 1 - from_last];
  }

  FakeClock clock;
  FakeHttp http;
  probe::AuthorityProbe probe;
  std::optional<model::Observation> observation;
};

inline net::HttpResponse redirect(const std::string& to) {
  return http_answer(302, "", {{"location", to}});
}

inline void check_failed(const std::optional<model::Fetch>& fetch, FailureKind kind,
                         FailureDetail detail = FailureDetail::kNone) {
  REQUIRE(fetch);
  REQUIRE(fetch->failure);
  INFO(fetch->failure->message);
  CHECK(fetch->failure->kind == kind);
  CHECK(fetch->failure->detail == detail);
  CHECK_FALSE(fetch->answered());
  CHECK_FALSE(fetch->body);
}

}  // namespace idpwatch::probe_test
