// What `alerts test --dry-run` shows: the request as it would go out, and no secret.
#include "cli/request_preview.hpp"

#include "alerts/receivers/kinds.hpp"
#include "base/encoding.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace idpwatch;

namespace {

constexpr base::Instant kNow = base::Instant(base::seconds(1'772'323'200));
constexpr const char* kPassword = "c4nary-password";

alerts::ReceiverConfig receiver(alerts::ReceiverKind kind) {
  alerts::ReceiverConfig out;
  out.kind = std::move(kind);
  out.name = alerts::kind_of(out).name;
  out.url = "https://hooks.example/c4nary-path?sig=c4nary-query";
  out.secrets = {"whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="};
  return out;
}

std::vector<alerts::ReceiverConfig> all_kinds() {
  std::vector<alerts::ReceiverConfig> out{
      receiver(alerts::Webhook{}),
      receiver(alerts::Alertmanager{{"http://am-1:9093", "http://am-2:9093"}}),
      receiver(alerts::AlertmanagerWebhook{}),
      receiver(alerts::Slack{}),
      receiver(alerts::Teams{}),
      receiver(alerts::PagerDuty{"c4nary-routing-key"}),
      receiver(alerts::Ntfy{"idpwatch"}),
      receiver(alerts::Discord{}),
      receiver(alerts::CloudEvents{}),
      receiver(alerts::Otlp{}),
      receiver(alerts::Email{"idpwatch@example.com", {"oncall@example.com"}, true})};
  out.back().url = "smtps://mail.example.com:465";
  return out;
}

}  // namespace

TEST_CASE("a dry run shows each request of each kind, and none of its secrets", "[cli]") {
  REQUIRE(all_kinds().size() == alerts::receiver_kinds().size());
  for (alerts::ReceiverConfig each : all_kinds()) {
    CAPTURE(each.name);
    for (const bool basic : {false, true}) {
      (basic ? each.token : each.password).clear();
      (basic ? each.password : each.token) = kPassword;
      each.username = basic ? "me" : "";
      const auto requests = cli::request_preview(kNow, "vm-17", each);
      REQUIRE(requests.has_value());
      REQUIRE(requests->size() == (alerts::takes_state(each) ? 2 : 1));
      const std::string text = cli::request_text(*requests), document = requests->dump();
      for (const std::string& shown : {text, document}) {
        CHECK(shown.find("c4nary") == std::string::npos);
        CHECK(shown.find(base::base64_encode(std::string("me:") + kPassword)) == std::string::npos);
        CHECK(shown.find("AAECAwQF") == std::string::npos);
        CHECK(shown.find("est message") != std::string::npos);
      }
    }
  }
}

TEST_CASE("a dry run is as HTTP and SMTP write it", "[cli]") {
  alerts::ReceiverConfig ntfy = receiver(alerts::Ntfy{"idpwatch"});
  ntfy.url = "https://ntfy.example";
  ntfy.token = "tk_secret";
  const auto http = cli::request_preview(kNow, "vm-17", ntfy);
  REQUIRE(http.has_value());
  CHECK_THAT(cli::request_text(*http),
             Catch::StartsWith("  POST https://ntfy.example/\n  Content-Type: application/json\n"
                               "  Authorization: Bearer <redacted>\n\n  {"));
  const auto mail = cli::request_preview(kNow, "vm-17", all_kinds().back());
  REQUIRE(mail.has_value());
  CHECK_THAT(cli::request_text(*mail),
             Catch::StartsWith("  SMTP smtps://mail.example.com:465\n"
                               "  MAIL FROM: idpwatch@example.com\n"
                               "  RCPT TO: oncall@example.com\n\n"
                               "  Date: Sun, 01 Mar 2026 00:00:00 +0000\n"));
}
