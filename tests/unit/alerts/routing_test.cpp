#include "alerts/routing.hpp"

#include "alerts/ignore.hpp"
#include "tests/unit/alerts/support.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using alerts::receivers_of;
using alerts::Route;
using alerts::RouteKind;
using model::Severity;
using Names = std::vector<std::string>;

namespace {

Route route(alerts::RouteMatch match, Names receivers, bool continues = false) {
  return {std::move(match), std::move(receivers), continues};
}

model::Event withdrawn() {
  model::Event event;
  event.type = model::EventType::kKeyWithdrawn;
  event.at = kStart;
  event.authority = "entra";
  return event;
}

}  // namespace

TEST_CASE("without routes, findings of warning and above go to all receivers", "[alerts]") {
  const auto config = config_of({"oncall", "chat"});
  CHECK(receivers_of(finding("tls-expiring", about("entra"), Severity::kWarning), config) ==
        Names{"oncall", "chat"});
  CHECK(receivers_of(finding("tls-expiring", about("entra"), Severity::kInfo), config).empty());
  CHECK(receivers_of(withdrawn(), config).empty());
}

TEST_CASE("the first route that matches wins, unless it continues", "[alerts]") {
  auto config = config_of({"oncall", "chat", "audit"});
  alerts::RouteMatch severe;
  severe.kind = RouteKind::kFinding;
  severe.severity = {Severity::kError, Severity::kCritical};
  alerts::RouteMatch refusals;
  refusals.rule = {"refusal-*"};
  refusals.deployment = {"orders-api"};
  config.routes = {route(severe, {"oncall"}), route(refusals, {"chat"}, true),
                   route({}, {"audit", "chat"})};
  const auto subject = about("entra", "orders-api#Bearer");
  CHECK(receivers_of(finding("refusal-clock", subject, Severity::kError), config) ==
        Names{"oncall"});
  CHECK(receivers_of(finding("refusal-clock", subject, Severity::kInfo), config) ==
        Names{"chat", "audit"});
  CHECK(receivers_of(finding("refusal-clock", about("entra", "orders"), Severity::kInfo), config) ==
        Names{"chat", "audit"});
  CHECK(receivers_of(finding("tls-expiring", about("entra"), Severity::kInfo), config) ==
        Names{"chat", "audit"});
}

TEST_CASE("events are routed by type, and a route by severity means no event", "[alerts]") {
  auto config = config_of({"oncall", "chat"});
  alerts::RouteMatch by_severity, by_type, by_authority;
  by_severity.severity = {Severity::kInfo};
  by_type.kind = RouteKind::kEvent;
  by_type.type = {"key.*"};
  config.routes = {route(by_severity, {"oncall"}), route(by_type, {"chat"})};
  CHECK(receivers_of(withdrawn(), config) == Names{"chat"});
  model::Event other = withdrawn();
  other.type = model::EventType::kTlsChanged;
  CHECK(receivers_of(other, config).empty());
  CHECK(receivers_of(finding("keyset-empty", about("entra")), config).empty());
  by_authority.authority = {"entra"};
  config.routes = {route(by_authority, {"oncall"})};
  CHECK(receivers_of(other, config) == Names{"oncall"});
}

TEST_CASE("a finding about a receiver goes to the others", "[alerts]") {
  const auto config = config_of({"oncall", "chat"});
  model::Subject subject;
  subject.host = "vm-17";
  subject.receiver = "oncall";
  CHECK(receivers_of(finding("self-receiver", subject), config) == Names{"chat"});
}

TEST_CASE("an ignore entry holds for its rule and subject until its end", "[alerts]") {
  const std::vector<alerts::IgnoreEntry> entries{
      {"lint-JWK-07", "entra", {}, kStart + base::hours(1), "accepted"},
      {"refusal-*", {}, "orders", {}, "a test system"}};
  using alerts::ignored_by;
  CHECK(ignored_by(finding("lint-JWK-07", about("entra")), entries, kStart) == &entries[0]);
  CHECK(ignored_by(finding("lint-JWK-07", about("okta")), entries, kStart) == nullptr);
  CHECK(ignored_by(finding("lint-JWK-07", about("entra")), entries, kStart + base::hours(1)) ==
        nullptr);
  CHECK(ignored_by(finding("refusal-clock", about("x", "orders#B")), entries, kStart) ==
        &entries[1]);
  CHECK(ignored_by(finding("refusal-clock", about("x", "orders2")), entries, kStart) == nullptr);
  CHECK(alerts::next_expiry(entries, kStart) == kStart + base::hours(1));
  CHECK_FALSE(alerts::next_expiry(entries, kStart + base::hours(2)));
}
