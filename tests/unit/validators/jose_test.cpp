#include "tests/unit/validators/served_documents.hpp"
#include "validators/node/javascript.hpp"
#include "validators/node/jose_keys.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::validators;

namespace {

std::shared_ptr<const Validator> service(const std::string& version) {
  model::ValidatorSettings settings;
  settings.profile = "jose";
  settings.version = version;
  settings.jwks_url = model::TextSetting("https://id.example.com/keys");
  auto compiled = Validator::compile(settings);
  REQUIRE(compiled);
  return *compiled;
}

}  // namespace

TEST_CASE("The policy of jose says what its options are by default", "[jose]") {
  const auto newest = service("6.2.18");
  const CachePolicy& cache = newest->cache();
  CHECK(cache.holds == CachePolicy::Holds::kKeys);
  CHECK(cache.lasts.least == base::minutes(10));
  CHECK(cache.lasts.most == base::minutes(10));
  CHECK(cache.unknown_kid == CachePolicy::Fetcher::kRequest);
  CHECK(cache.throttle.gap == base::seconds(30));
  CHECK(cache.lead_needed() == base::seconds(30));
  CHECK(cache.stale_for == base::Duration(0));
  CHECK(cache.fetch.timeout == base::seconds(5));
  CHECK(cache.fetch.redirects == 0);
  CHECK(service("4.6.0")->cache().lasts.most == kForEver);
}

TEST_CASE("A version of jose that is not known is judged as the nearest one below", "[jose]") {
  CHECK(
      service("7.0.0")->notes() ==
      std::vector<std::string>{"7.0.0 is not known: judged as 6.2.18, the nearest lower version"});
  CHECK(service("6.2.18")->notes().empty());
  model::ValidatorSettings settings;
  settings.profile = "jose";
  settings.version = "six";
  CHECK_FALSE(Validator::compile(settings));
}

TEST_CASE("Octets are read as Node.js reads them", "[jose]") {
  CHECK(buffer_from_base64("aGk=") == "hi");
  CHECK(buffer_from_base64("a.G k") == "hi");
  CHECK(buffer_from_base64("-_-_") == buffer_from_base64("+/+/"));
  CHECK(atob_base64url("aGk") == "hi");
  CHECK(atob_base64url(" aGk= ") == "hi");
  CHECK_FALSE(atob_base64url("aGk=="));
  CHECK_FALSE(atob_base64url("+/+/"));
  CHECK_FALSE(atob_base64url("a"));
  CHECK(decoded_utf8("\xEF\xBB\xBFhi\xFF") == "hi\xEF\xBF\xBD");
  CHECK_FALSE(strictly_decoded_utf8("hi\xFF"));
}

TEST_CASE("Members of another type than expected count for jose from 6.2.10 on", "[jose]") {
  const std::string set = R"({"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","alg":null,)"
                          R"("x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
  const JoseMember kid{JoseMember::Is::kText, "k"};
  const auto fits = [&](Version version) {
    const JoseTraits traits = jose_traits(version);
    const auto read = read_jose_key_set(set, traits);
    REQUIRE(read);
    return std::holds_alternative<const JoseKey*>(read->choose("EdDSA", kid, traits));
  };
  CHECK(fits({5, 10, 0}));
  CHECK(fits({6, 2, 0}));
  CHECK_FALSE(fits({6, 2, 10}));
}
