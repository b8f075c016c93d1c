// A provider that never repeats itself, for a year: what is kept of it is bounded.
#include "base/json.hpp"
#include "tests/replays/replay.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <malloc.h>
#include <string>

using namespace idpwatch;
using namespace idpwatch::replays;
using base::hours;
using base::minutes;

namespace {

const std::string kIssuer = "https://chameleon.test";
constexpr int kKeysALook = 20;
constexpr std::size_t kRoom = 6'000'000;

// What the process holds now, freed memory not counted. 0 where the allocator is another one.
std::size_t held() {
  const struct mallinfo2 info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// Another address of the keys at each look, on another host; other keys with other kids, other
// members in the document, now and then a redirect to an address that never comes again, a host
// that does not answer, an answer that is slow.
class Chameleon {
 public:
  explicit Chameleon(Replay& replay) : replay_(replay) {}

  std::optional<net::HttpResponse> answer(const net::HttpRequest& request) {
    const std::string& url = request.url;
    if (url.find(".chameleon.test") == std::string::npos && !url.starts_with(kIssuer)) {
      return std::nullopt;
    }
    ++asked;
    replay_.set_latency(base::milliseconds(asked % 7 == 0 ? 1700 : 30 + 100 * (asked % 9)));
    if (url.starts_with(kIssuer)) return document();
    if (asked % 11 == 0) return fakes::http_failure(model::FailureKind::kConnect);
    if (asked % 5 == 0 && url.find("signed") == std::string::npos) {
      return fakes::http_answer(302, "", {{"location", url + "?signed=" + std::to_string(asked)}});
    }
    return keys();
  }

  int asked = 0;

 private:
  net::HttpResponse document() const {
    const std::string n = std::to_string(asked);
    const base::Json body = {{"issuer", kIssuer},
                             {"jwks_uri", "https://k" + n + ".chameleon.test/keys/" + n},
                             {"x-" + n, n},
                             {"response_types_supported", {"code"}},
                             {"subject_types_supported", {"public"}},
                             {"id_token_signing_alg_values_supported", {"RS256"}}};
    return fakes::http_answer(200, body.dump());
  }
  net::HttpResponse keys() const {
    std::string set = R"({"keys":[)";
    for (int i = 0; i < kKeysALook; ++i) {
      if (i > 0) set += ',';
      set += key_text(std::to_string(asked) + "-" + std::to_string(i));
    }
    return fakes::http_answer(200, set + "]}");
  }

  Replay& replay_;
};

void watch_it(Replay& replay, Chameleon& chameleon) {
  replay.provider = [&](const net::HttpRequest& request) { return chameleon.answer(request); };
  replay.authority("chameleon", kIssuer);
  for (const char* name : {"a", "b", "c"}) {
    replay.authority(name, std::string("https://") + name + ".test", {"k"});
  }
  alerts::Route findings;
  findings.match.kind = alerts::RouteKind::kFinding;
  findings.receivers = {"oncall"};
  replay.config.alerts.routes = {findings};
}

// What is held after two days must be all, after another day and after the rest of a year, thinned:
// suspended most of the time. Gives back how often the provider was asked.
int year_of(Replay& replay, Chameleon& chameleon, int thinned) {
  replay.start();
  replay.remember_nothing();
  // Longer than anything is looked back to.
  replay.advance(hours(50));
  const std::size_t settled = held();
  replay.advance(hours(24));
  CHECK(held() <= settled + kRoom);
  for (int i = 0; i < thinned; ++i) {
    replay.clock().advance(hours(24 * 360 / thinned));
    replay.advance(minutes(2));
  }
  CHECK(held() <= settled + kRoom);
  return chameleon.asked;
}

}  // namespace

TEST_CASE("a provider that never repeats itself fills no memory in a year", "[replays]") {
  Replay replay;
  Chameleon chameleon(replay);
  watch_it(replay, chameleon);
  for (auto& authority : replay.config.authorities) authority.spec.interval = minutes(3);
  CHECK(year_of(replay, chameleon, 360) > 3'500);
}

TEST_CASE("nor does it with services that trust it, and the work that it makes is bounded",
          "[replays]") {
  constexpr int kServices = 3;
  Replay replay;
  Chameleon chameleon(replay);
  watch_it(replay, chameleon);
  for (auto& authority : replay.config.authorities) authority.spec.interval = hours(3);
  for (int i = 0; i < kServices; ++i) {
    config::DeploymentConfig service;
    service.name = "service-" + std::to_string(i);
    service.profile = "aspnetcore-jwtbearer";
    service.version = "8.0.1";
    service.settings.authority = model::TextSetting(kIssuer);
    service.settings.audiences = model::ListSetting({"api://orders"});
    replay.config.deployments.push_back(std::move(service));
  }
  CHECK(year_of(replay, chameleon, 24) > 40);

  const auto judged = [&replay] { return replay.watch().snapshot()->counters.judgements; };
  const auto probed = [&replay] { return replay.watch().snapshot()->counters.probes; };
  const std::int64_t judgements = judged(), probes = probed();
  const std::size_t rows = replay.rows_given();
  replay.advance(hours(24));
  const std::int64_t made = probed() - probes;
  REQUIRE(made >= 4 * 7);  // four authorities, one of which changes at each look
  CAPTURE(judged() - judgements, replay.rows_given() - rows, made);
  // Each service at each look of its authority, and again when one of its windows begins or ends.
  CHECK(judged() - judgements <= 4 * kServices * made / 4);
  // A look that shows everything anew: 20 keys that come and 20 that left, each with its kid, its
  // stretch and its event, and what is told of it.
  CHECK(replay.rows_given() - rows <= static_cast<std::size_t>(made / 4 * 240));
}
