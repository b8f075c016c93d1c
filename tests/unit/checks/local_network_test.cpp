#include "checks/reachability/local_network.hpp"

#include <catch2/catch.hpp>

#include <random>

namespace idpwatch::checks {

namespace {

using base::seconds;
using Catch::Matchers::Contains;
using model::Health;

constexpr base::Duration kInterval = seconds(60);

base::Instant at(int s) { return base::Instant(seconds(1'780'000'000 + s)); }

std::string name(int i) { return "a" + std::to_string(i); }
HostOutcome outcome(int i, bool failed) {
  return {.host = "h" + std::to_string(i) + ".example.com:443", .failed = failed};
}

void record(LocalNetworkGuard& guard, int i, bool failed, int s) {
  guard.record(name(i), {outcome(i, failed)}, kInterval, at(s));
}

LocalNetworkGuard guard_of(int hosts) {
  LocalNetworkGuard guard;
  for (int i = 0; i < hosts; ++i) record(guard, i, false, i);
  return guard;
}

model::CheckResult bad(std::string rule, std::string authority) {
  model::Finding finding;
  finding.rule = std::move(rule);
  finding.subject.authority = std::move(authority);
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace

TEST_CASE("local-network: three hosts that fall silent together are our side", "[checks]") {
  LocalNetworkGuard guard = guard_of(5);
  record(guard, 0, true, 60);
  record(guard, 1, true, 75);
  CHECK_FALSE(guard.active());
  record(guard, 2, true, 100);
  REQUIRE(guard.active());
  CHECK(guard.withholds("a0"));
  CHECK(guard.withholds("a2"));
  CHECK_FALSE(guard.withholds("a3"));
  const model::CheckResult result = guard.result("vm-17", at(100));
  REQUIRE(result.health == Health::kFailing);
  CHECK(result.finding.severity == model::Severity::kError);
  CHECK(result.finding.subject.host == "vm-17");
  CHECK(
      result.finding.summary ==
      "3 of 5 hosts stopped answering vm-17 within one interval: the fault is most likely on this "
      "side");
  CHECK(result.finding.evidence.size() == 3);
  record(guard, 3, true, 110);
  CHECK(guard.withholds("a3"));
}

TEST_CASE("local-network: three of eight are less than 40 percent", "[checks]") {
  LocalNetworkGuard guard = guard_of(8);
  for (int i = 0; i < 3; ++i) record(guard, i, true, 60 + i);
  CHECK_FALSE(guard.active());
  record(guard, 3, true, 70);
  CHECK(guard.active());
}

TEST_CASE("local-network: failures that begin far apart are the authorities' own", "[checks]") {
  LocalNetworkGuard guard = guard_of(3);
  record(guard, 0, true, 60);
  record(guard, 1, true, 200);
  record(guard, 2, true, 400);
  for (int s = 420; s < 1000; s += 60) {
    for (int i = 0; i < 3; ++i) record(guard, i, true, s + i);
  }
  CHECK_FALSE(guard.active());
}

TEST_CASE("local-network: a host that failed long before keeps its own finding", "[checks]") {
  LocalNetworkGuard guard = guard_of(5);
  record(guard, 4, true, 60);
  for (int i = 0; i < 3; ++i) record(guard, i, true, 1000 + i);
  REQUIRE(guard.active());
  CHECK_FALSE(guard.withholds("a4"));
}

TEST_CASE("local-network: it ends when too few still fail", "[checks]") {
  LocalNetworkGuard guard = guard_of(4);
  for (int i = 0; i < 4; ++i) record(guard, i, true, 60 + i);
  record(guard, 0, false, 120);
  CHECK(guard.active());
  record(guard, 1, false, 121);
  CHECK_FALSE(guard.active());
  CHECK(guard.result("vm-17", at(130)).health == Health::kPassing);
  // The two that are left are not new: they count for themselves.
  record(guard, 2, true, 122);
  record(guard, 3, true, 123);
  CHECK_FALSE(guard.active());
}

TEST_CASE("local-network: hosts that are watched and not yet asked count among all", "[checks]") {
  LocalNetworkGuard guard;
  for (int i = 0; i < 10; ++i) guard.watch(name(i), outcome(i, false).host, kInterval);
  for (int i = 0; i < 3; ++i) record(guard, i, true, i);
  CHECK_FALSE(guard.active());
  record(guard, 3, true, 3);
  CHECK(guard.active());
}

TEST_CASE("local-network: what is watched is the host that is asked first", "[checks]") {
  model::AuthoritySpec spec;
  spec.name = "a";
  spec.issuer = "https://a.example.com/realm";
  LocalNetworkGuard guard;
  guard.watch(spec);
  spec.name = "b";
  spec.jwks_url = "https://b.example.com:8443/keys";
  guard.watch(spec);
  guard.record("a", {{.host = "a.example.com:443", .failed = true}}, kInterval, at(0));
  guard.record("b", {{.host = "b.example.com:8443", .failed = true}}, kInterval, at(1));
  CHECK_FALSE(guard.active());
  record(guard, 1, true, 2);
  CHECK(guard.active());
  CHECK(guard.result("vm-17", at(3)).finding.summary.substr(0, 12) == "3 of 3 hosts");
}

TEST_CASE("local-network: without any network from the start it holds in the first round",
          "[checks]") {
  LocalNetworkGuard guard;
  for (int i = 0; i < 5; ++i) guard.watch(name(i), outcome(i, false).host, kInterval);
  for (int i = 0; i < 3; ++i) record(guard, i, true, i);
  CHECK(guard.active());
}

TEST_CASE("local-network: several authorities on one host are one host", "[checks]") {
  LocalNetworkGuard guard;
  for (int i = 0; i < 6; ++i) {
    guard.record(name(i), {{.host = "one.example.com:443", .failed = true}}, kInterval, at(i));
  }
  CHECK_FALSE(guard.active());
}

TEST_CASE("local-network: only results that rest on silence are withheld", "[checks]") {
  LocalNetworkGuard guard = guard_of(3);
  for (int i = 0; i < 3; ++i) record(guard, i, true, 60 + i);
  std::vector<model::CheckResult> results = {bad("authority-unreachable", "a0"),
                                             bad("tls-invalid", "a0"), bad("keyset-replaced", "a0"),
                                             bad("authority-unreachable", "other")};
  results.push_back(
      model::CheckResult::good("authority-unreachable", model::Subject{"a1", {}, {}}));
  guard.withhold(results);
  CHECK(results[0].health == Health::kUnknown);
  CHECK(results[1].health == Health::kUnknown);
  CHECK(results[2].health == Health::kFailing);
  CHECK(results[3].health == Health::kFailing);
  CHECK(results[4].health == Health::kPassing);
}

TEST_CASE("local-network: an authority that is watched no longer is forgotten", "[checks]") {
  LocalNetworkGuard guard = guard_of(3);
  for (int i = 0; i < 3; ++i) record(guard, i, true, 60 + i);
  REQUIRE(guard.active());
  guard.forget("a1");
  CHECK_FALSE(guard.active());
}

TEST_CASE("local-network: an error status is an answer, silence is not", "[checks]") {
  model::Observation observation;
  model::Fetch& fetch = observation.discovery.emplace();
  fetch.url = "https://login.example.com/x";
  fetch.status = 503;
  CHECK_FALSE(host_outcomes(observation).at(0).failed);
  fetch.status = 0;
  fetch.failure = model::Failure{};
  REQUIRE(host_outcomes(observation).size() == 1);
  CHECK(host_outcomes(observation)[0].failed);
  CHECK(host_outcomes(observation)[0].host == "login.example.com:443");
  // Its other document answered from the same host: the host is there.
  observation.jwks.emplace().url = "https://login.example.com/keys";
  observation.jwks->status = 200;
  REQUIRE(host_outcomes(observation).size() == 1);
  CHECK_FALSE(host_outcomes(observation)[0].failed);
  observation.jwks->url = "https://keys.example.com/keys";
  CHECK(host_outcomes(observation).size() == 2);
  // Who redirects has answered, even if nobody answers behind it.
  observation.jwks.reset();
  fetch.redirects = {"https://other.example.com/x"};
  REQUIRE(host_outcomes(observation).size() == 1);
  CHECK_FALSE(host_outcomes(observation)[0].failed);
  CHECK(host_outcomes(observation)[0].host == "login.example.com:443");
}

TEST_CASE("local-network: hosts with bad certificates fall silent like the others", "[checks]") {
  LocalNetworkGuard guard = guard_of(5);
  const auto refused = [&guard](int i, int s) {
    HostOutcome seen = outcome(i, true);
    seen.certificate = true;
    guard.record(name(i), {seen}, kInterval, at(s));
  };
  refused(3, 60);
  refused(4, 60);
  for (int i = 0; i < 5; ++i) record(guard, i, true, 3600 + i);
  REQUIRE(guard.active());
  CHECK(guard.withholds("a3"));
  CHECK(guard.withholds("a4"));
  CHECK(guard.result("vm-17", at(3605)).finding.summary.substr(0, 12) == "5 of 5 hosts");
  // Back as they were before: reached, with a certificate that is their own matter.
  refused(3, 3660);
  refused(4, 3661);
  CHECK(guard.active());
  CHECK_FALSE(guard.withholds("a3"));
  for (int i = 0; i < 3; ++i) record(guard, i, false, 3662 + i);
  CHECK_FALSE(guard.active());
  refused(3, 3720);
  refused(4, 3721);
  CHECK_FALSE(guard.active());
}

TEST_CASE("local-network: with fewer than three hosts there is no guard", "[checks]") {
  std::mt19937 random(3);
  std::uniform_int_distribution<int> host(0, 1), step(0, 90), coin(0, 1);
  LocalNetworkGuard guard;
  int s = 0;
  for (int i = 0; i < 20'000; ++i) {
    s += step(random);
    const int which = host(random);
    // Any number of authorities may share the two hosts.
    guard.record(name(i % 40), {outcome(which, coin(random) == 1)}, kInterval, at(s));
    REQUIRE_FALSE(guard.active());
  }
}

TEST_CASE(
    "local-network: an authority that names another host at each look counts with those it names "
    "now",
    "[checks]") {
  LocalNetworkGuard guard = guard_of(5);
  for (int i = 0; i < 1000; ++i) {
    guard.record("a0",
                 {{.host = "h0.example.com:443"},
                  {.host = "keys" + std::to_string(i) + ".example.com:443", .failed = i % 2 == 0}},
                 kInterval, at(60 * i));
    REQUIRE(guard.hosts() <= 6);
    REQUIRE_FALSE(guard.active());
  }
  // 3 of 6 are enough, whatever it named before.
  for (int i = 1; i < 4; ++i) record(guard, i, true, 100'000 + i);
  CHECK(guard.active());
  guard.forget("a0");
  CHECK(guard.hosts() == 4);
}

TEST_CASE("local-network: while it holds, three hosts and 40 percent are silent", "[checks]") {
  std::mt19937 random(11);
  std::uniform_int_distribution<int> host(0, 9), step(0, 20), coin(0, 2);
  LocalNetworkGuard guard = guard_of(10);
  std::vector<bool> failing(10, false);
  int s = 100;
  int held = 0;
  for (int i = 0; i < 50'000; ++i) {
    s += step(random);
    const int which = host(random);
    failing[static_cast<std::size_t>(which)] = coin(random) != 0;
    record(guard, which, failing[static_cast<std::size_t>(which)], s);
    if (!guard.active()) continue;
    ++held;
    REQUIRE(std::count(failing.begin(), failing.end(), true) >= 4);
    for (int j = 0; j < 10; ++j) {
      if (!failing[static_cast<std::size_t>(j)]) REQUIRE_FALSE(guard.withholds(name(j)));
    }
  }
  CHECK(held > 0);
}

}  // namespace idpwatch::checks
