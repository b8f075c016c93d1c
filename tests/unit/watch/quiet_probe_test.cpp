// Looks that repeat good ones are not judged again, and whatever differs wakes the checks.
#include "base/digest.hpp"
#include "tests/fakes/own_tls.hpp"
#include "watch/authority_track.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>

using namespace idpwatch;

namespace {

const std::string kIssuer = "https://shop.test";
// docs/rules.md: no rule needs more good looks than keyset-inconsistent to close.
constexpr int kMostToClose = 20;

model::Fetch fetched(const std::string& url, const std::string& body, base::Instant not_after) {
  model::Fetch fetch;
  fetch.url = url;
  fetch.status = 200;
  fetch.body = std::make_shared<const std::string>(body);
  fetch.sha256 = base::sha256_hex(body);
  fakes::own_tls(fetch) = {.protocol = "TLSv1.3",
                           .leaf_sha256 = std::string(64, 'a'),
                           .subject = "CN=shop.test",
                           .issuer = "CN=Test CA",
                           .names = {"shop.test"},
                           .not_before = {},
                           .not_after = not_after,
                           .suite = {}};
  return fetch;
}

std::string key(const std::string& kid, char last) {
  return R"({"kty":"OKP","crv":"Ed25519","use":"sig","alg":"EdDSA","kid":")" + kid +
         R"(","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHUR)" + last + R"("})";
}

// An authority with one key and a certificate that ends in a hundred days, looked at each minute.
class Scene {
 public:
  Scene() : track_(spec(), options()) { keys({key("k1", 'o')}); }

  void keys(const std::vector<std::string>& keys) {
    jwks_ = R"({"keys":[)";
    for (const std::string& one : keys) jwks_ += (jwks_.back() == '[' ? "" : ",") + one;
    jwks_ += "]}";
  }

  watch::ProbeOutcome look(const std::function<void(model::Observation&)>& change = {}) {
    now_ += base::minutes(1);
    model::Observation seen;
    seen.at = now_;
    seen.authority = "shop";
    seen.issuer = kIssuer;
    seen.discovery = fetched(
        kIssuer + "/.well-known/openid-configuration",
        R"({"issuer":"https://shop.test","jwks_uri":"https://shop.test/jwks"})", not_after_);
    seen.jwks = fetched(kIssuer + "/jwks", jwks_, not_after_);
    if (change) change(seen);
    model::Batch batch;
    watch::ProbeOutcome judged = track_.observe(seen, now_, now_.time_since_epoch(), batch);
    stored_ = !batch.empty();
    return judged;
  }

  void look_on(int times) {
    for (int i = 0; i < times; ++i) look();
  }

  void wait(base::Duration by) { now_ += by; }
  void reconfigure() { track_.reconfigure(spec(), options()); }
  [[nodiscard]] bool stored() const { return stored_; }

 private:
  static std::shared_ptr<const watch::TrackOptions> options() {
    return std::make_shared<const watch::TrackOptions>();
  }

  static std::shared_ptr<const model::AuthoritySpec> spec() {
    model::AuthoritySpec spec;
    spec.name = "shop";
    spec.issuer = kIssuer;
    return std::make_shared<const model::AuthoritySpec>(std::move(spec));
  }

  base::Instant now_ = base::from_unix_seconds(1'790'000'000);
  base::Instant not_after_ = now_ + base::hours(24 * 100);
  std::string jwks_;
  watch::AuthorityTrack track_;
  bool stored_ = false;
};

bool bad(const watch::ProbeOutcome& judged, std::string_view rule) {
  return std::ranges::any_of(judged.results, [&](const model::CheckResult& result) {
    return result.health == model::Health::kFailing && result.finding.rule == rule;
  });
}

}  // namespace

TEST_CASE("equal good looks are judged until every finding could have closed, then no more",
          "[daemon]") {
  Scene scene;
  for (int i = 0; i < kMostToClose; ++i) {
    const watch::ProbeOutcome judged = scene.look();
    INFO("look " << i);
    CHECK_FALSE(judged.quiet);
    CHECK_FALSE(judged.results.empty());
  }
  for (int i = 0; i < 100; ++i) {
    const watch::ProbeOutcome judged = scene.look();
    CHECK(judged.quiet);
    CHECK(judged.results.empty());
    CHECK((judged.discovery_good && judged.keys_good));
    CHECK_FALSE(scene.stored());
  }
}

TEST_CASE("a 304 and a redirect that works are as quiet as the document itself", "[daemon]") {
  Scene scene;
  scene.look_on(kMostToClose);
  CHECK(scene
            .look([](model::Observation& seen) {
              seen.jwks->status = 304;
              seen.jwks->not_modified = true;
              seen.jwks->body.reset();
            })
            .quiet);
  CHECK(scene
            .look([](model::Observation& seen) {
              seen.jwks->redirects = {"https://shop.test/v2/jwks"};
            })
            .quiet);
}

TEST_CASE("after quiet looks each kind of trouble is judged at the look that shows it",
          "[daemon]") {
  Scene scene;
  scene.look_on(kMostToClose + 5);
  SECTION("an authority that falls silent") {
    const auto refused = [](model::Observation& seen) {
      for (auto* part : {&seen.discovery, &seen.jwks}) {
        (*part)->status = 0;
        (*part)->body.reset();
        (*part)->sha256.clear();
        (*part)->tls.reset();
        (*part)->failure = model::Failure{model::FailureKind::kConnect, model::FailureDetail::kNone,
                                          "connection refused"};
      }
    };
    CHECK(bad(scene.look(refused), "authority-unreachable"));
    CHECK_FALSE(scene.look().quiet);  // good looks are counted anew
  }
  SECTION("a document of another issuer") {
    CHECK(bad(scene.look([](model::Observation& seen) {
      const std::string other =
          R"({"issuer":"https://other.test","jwks_uri":"https://shop.test/jwks"})";
      seen.discovery->body = std::make_shared<const std::string>(other);
      seen.discovery->sha256 = base::sha256_hex(other);
    }),
              "issuer-mismatch"));
  }
  SECTION("keys swapped at once") {
    scene.keys({key("k2", 'g')});
    CHECK(bad(scene.look(), "keyset-replaced"));
  }
  SECTION("a certificate that nears its end while nothing else changes") {
    scene.wait(base::hours(24 * 78));
    CHECK(scene.look().quiet);
    scene.wait(base::hours(24 * 2));
    CHECK(bad(scene.look(), "tls-expiring"));
  }
  SECTION("a redirect that makes a loop") {
    CHECK(bad(scene.look([](model::Observation& seen) {
      seen.jwks->failure =
          model::Failure{model::FailureKind::kHttp, model::FailureDetail::kRedirectLoop, "a loop"};
    }),
              "redirect-loop"));
  }
  SECTION("a configuration that was reloaded") {
    scene.reconfigure();
    CHECK_FALSE(scene.look().quiet);
  }
}

TEST_CASE("the certificate of the key set's own host wakes the checks too", "[daemon]") {
  Scene scene;
  scene.look_on(kMostToClose + 5);
  CHECK(bad(scene.look([](model::Observation& seen) {
    fakes::own_tls(*seen.jwks).not_after = seen.at + base::hours(24);
  }),
            "tls-expiring"));
}
