#include "alerts/delivery.hpp"
#include "alerts/receivers/kinds.hpp"
#include "alerts/receivers/message.hpp"
#include "tests/unit/alerts/messages.hpp"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

using namespace idpwatch;
using namespace idpwatch::alerts_test;
using alerts::ReceiverConfig;
using nlohmann::json;

namespace {

constexpr const char* kRoutingKey = "R0UT1NGKEYR0UT1NGKEYR0UT1NGKEY12";

// Those that are sent JSON: all but e-mail, which has tests of its own.
std::vector<ReceiverConfig> all_receivers() {
  std::vector<ReceiverConfig> out;
  const auto add = [&out](alerts::ReceiverKind kind) {
    ReceiverConfig receiver;
    receiver.kind = std::move(kind);
    receiver.name = alerts::kind_of(receiver).name;
    receiver.url = "https://" + receiver.name + ".example/hook";
    out.push_back(std::move(receiver));
  };
  add(alerts::Webhook{});
  add(alerts::Alertmanager{{"http://am-1.example:9093", "http://am-2.example:9093/"}});
  add(alerts::AlertmanagerWebhook{});
  add(alerts::Slack{});
  add(alerts::Teams{});
  add(alerts::PagerDuty{kRoutingKey});
  out.back().url = "https://events.pagerduty.com/v2/enqueue";
  add(alerts::Ntfy{"idpwatch"});
  add(alerts::Discord{});
  add(alerts::CloudEvents{});
  add(alerts::Otlp{});
  return out;
}

json body_of(const ReceiverConfig& receiver, const model::OutboxMessage& message) {
  return json::parse(render(receiver, message).body);
}

ReceiverConfig receiver_of(std::string_view kind) {
  for (ReceiverConfig& receiver : all_receivers()) {
    if (receiver.name == kind) return std::move(receiver);
  }
  throw std::logic_error("no such kind");
}

std::string golden_path(const std::string& name) {
  return std::string(IDPWATCH_TEST_DATA) + "/golden/receivers/" + name + ".json";
}

std::map<std::string, std::string> golden_bodies() {
  const std::map<std::string, model::OutboxMessage> messages{{"firing", firing()},
                                                             {"forty", rotation(40)},
                                                             {"resolved", resolved()},
                                                             {"event", event()},
                                                             {"test", test_message()}};
  std::map<std::string, std::string> out;
  for (const ReceiverConfig& receiver : all_receivers()) {
    if (receiver.name == "webhook") continue;  // has golden files of its own
    for (const auto& [name, message] : messages) {
      if (receiver.name == "alertmanager" && name != "test") continue;
      out[receiver.name + "-" + name] = body_of(receiver, message).dump(1) + "\n";
    }
  }
  return out;
}

// Each text in a JSON document.
void each_text(const json& value, const std::function<void(const std::string&)>& visit) {
  if (value.is_string()) visit(value.get<std::string>());
  if (!value.is_structured()) return;
  for (const json& inner : value) each_text(inner, visit);
}

std::string all_text(const json& value) {
  std::string out;
  each_text(value, [&out](const std::string& text) { out += text + "\n"; });
  return out;
}

std::size_t characters(const std::string& text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

}  // namespace

TEST_CASE("every kind of receiver has a row of the table, named as the configuration names it",
          "[receivers]") {
  REQUIRE(alerts::receiver_kinds().size() == std::variant_size_v<alerts::ReceiverKind>);
  REQUIRE(all_receivers().size() == alerts::receiver_kinds().size() - 1);
  for (const alerts::Kind& kind : alerts::receiver_kinds()) {
    CHECK_FALSE(kind.name.empty());
    CHECK(kind.render != nullptr);
  }
}

TEST_CASE("what each kind of receiver is sent is that of the golden files", "[receivers]") {
  const auto bodies = golden_bodies();
  REQUIRE(bodies.size() == 8 * 5 + 1);
  for (const auto& [name, body] : bodies) {
    CAPTURE(name);
    std::ifstream file(golden_path(name), std::ios::binary);
    REQUIRE(file);
    CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == body);
  }
}

// Run by hand when a body is meant to change: test_receivers "[.golden]".
TEST_CASE("write the golden files of receivers", "[.golden]") {
  for (const auto& [name, body] : golden_bodies()) {
    std::ofstream(golden_path(name)) << body;
    CHECK(std::filesystem::file_size(golden_path(name)) == body.size());
  }
}

TEST_CASE("the link of every rule leads to a heading of docs/rules.md", "[receivers]") {
  std::ifstream file(std::string(IDPWATCH_SOURCE_DIR) + "/docs/rules.md");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  REQUIRE(model::rules().size() > 40);
  for (const model::Rule& rule : model::rules()) {
    CAPTURE(rule.id);
    if (rule.id.ends_with('-')) continue;  // a family
    CHECK(text.find("\n### " + std::string(rule.id) + "\n") != std::string::npos);
  }
}

TEST_CASE("every message names whom, when, the log line, the remedy and the runbook",
          "[receivers]") {
  for (const ReceiverConfig& receiver : all_receivers()) {
    if (receiver.name == "alertmanager") continue;  // the feed tells it what holds
    CAPTURE(receiver.name);
    const std::string text = all_text(body_of(receiver, firing()));
    CHECK_THAT(text, Catch::Contains("orders-api"));
    CHECK_THAT(text, Catch::Contains("00:42"));
    CHECK_THAT(text, Catch::Contains("IDX10503: Signature validation failed."));
    CHECK_THAT(text, Catch::Contains("Restart it after the new key is published"));
    CHECK_THAT(text, Catch::Contains("docs/rules.md#refusal-rotation") ||
                         Catch::Contains("docs/rules.md\\#refusal-rotation"));
  }
}

TEST_CASE("a rotation that hits forty services is one request with all of them, below 20 kB",
          "[receivers]") {
  for (const ReceiverConfig& receiver : all_receivers()) {
    if (receiver.name == "alertmanager") continue;
    CAPTURE(receiver.name);
    const alerts::Rendered out = render(receiver, rotation(40));
    CHECK(out.urls.size() == 1);
    CHECK(out.body.size() < 20'000 + (receiver.name == "otlp" ? 80'000 : 0));
    const std::string text = all_text(json::parse(out.body));
    CHECK_THAT(text, Catch::Contains("service-0"));
    CHECK((text.find("service-39") != std::string::npos ||
           text.find(" more") != std::string::npos ||
           json::parse(out.body).contains("truncatedAlerts")));
  }
}

TEST_CASE("however long and hostile a text is, each receiver's limits are kept", "[receivers]") {
  for (const auto& message : {hostile(), rotation(1000), event(), firing()}) {
    const json slack = body_of(receiver_of("slack"), message);
    CHECK(slack.at("blocks").size() <= 50);
    for (const json& block : slack.at("blocks")) {
      if (block.contains("text")) {
        const std::string text = block.at("text").at("text");
        CHECK(characters(text) <= (block.at("type") == "header" ? 150U : 3000U));
      }
    }
    CHECK(render(receiver_of("teams"), message).body.size() < 28 * 1024);
    const json pagerduty = body_of(receiver_of("pagerduty"), message);
    CHECK(characters(pagerduty.at("payload").at("summary")) <= 1024);
    CHECK(pagerduty.dump().size() < 512'000);
    const json ntfy = body_of(receiver_of("ntfy"), message);
    CHECK(ntfy.at("message").get<std::string>().size() <= 4096);
    CHECK(ntfy.at("title").get<std::string>().size() <= 250);
    const json embed = body_of(receiver_of("discord"), message).at("embeds").at(0);
    CHECK(characters(embed.at("title")) <= 256);
    CHECK(characters(embed.at("description")) <= 4096);
    std::size_t whole = 0;
    each_text(embed, [&whole](const std::string& text) { whole += characters(text); });
    CHECK(whole <= 6000);
    CHECK(render(receiver_of("cloudevents"), message).body.size() < 64 * 1024);
    CHECK(render(receiver_of("webhook"), message).body.size() < 20'000);
    CHECK(render(receiver_of("alertmanager_webhook"), message).body.size() < 20'000);
  }
}

TEST_CASE("no outside text pages a channel, makes a link or moves a terminal", "[receivers]") {
  for (const ReceiverConfig& receiver : all_receivers()) {
    CAPTURE(receiver.name);
    const std::string body = render(receiver, hostile()).body;
    CHECK(body.find('\x1b') == std::string::npos);
    CHECK(body.find("\\u001b") == std::string::npos);
    CHECK(body.find("\xE2\x80\xAE") == std::string::npos);
  }
  for (const auto& message : {hostile(), event()}) {
    const json slack = body_of(receiver_of("slack"), message);
    CHECK(all_text(slack.at("blocks").at(1)).find("<!channel>") == std::string::npos);
    CHECK(slack.at("text").get<std::string>().find("<!") == std::string::npos);
    const json discord = body_of(receiver_of("discord"), message);
    CHECK(discord.at("allowed_mentions").at("parse").empty());
    CHECK(discord.dump().find("](https://evil") == std::string::npos);
    const json teams = body_of(receiver_of("teams"), message);
    for (const json& block : teams.at("attachments").at(0).at("content").at("body")) {
      CHECK(block.at("type") == "RichTextBlock");
    }
  }
}

TEST_CASE("PagerDuty opens and resolves one incident a group, the same for every instance",
          "[receivers]") {
  const ReceiverConfig pagerduty = receiver_of("pagerduty");
  const json opened = body_of(pagerduty, rotation(40));
  const json closed = body_of(pagerduty, resolved());
  CHECK(opened.at("event_action") == "trigger");
  CHECK(closed.at("event_action") == "resolve");
  CHECK(opened.at("dedup_key") == closed.at("dedup_key"));
  CHECK(opened.at("dedup_key").get<std::string>().size() <= 255);
  CHECK(render(pagerduty, event()).urls ==
        std::vector<std::string>{"https://events.pagerduty.com/v2/change/enqueue"});
}

TEST_CASE("a receiver that answers 200 without taking it has refused it", "[receivers]") {
  const auto result = [](std::string_view kind, const std::string& body) {
    return judge(alerts::attempt_result(receiver_of(kind), fakes::http_answer(200, body))).what;
  };
  CHECK(result("slack", "ok") == alerts::Disposition::kDelivered);
  CHECK(result("slack", "invalid_token") == alerts::Disposition::kDropped);
  CHECK(result("otlp", "{}") == alerts::Disposition::kDelivered);
  CHECK(result("otlp", R"({"partialSuccess":{"rejectedLogRecords":"3","errorMessage":"no"}})") ==
        alerts::Disposition::kDropped);
  CHECK(result("webhook", "nonsense") == alerts::Disposition::kDelivered);
  const auto status = [](std::string_view kind, int code) {
    return judge(alerts::attempt_result(receiver_of(kind), fakes::http_answer(code))).what;
  };
  CHECK(status("otlp", 500) == alerts::Disposition::kDropped);
  CHECK(status("otlp", 503) == alerts::Disposition::kRetry);
  CHECK(status("slack", 500) == alerts::Disposition::kRetry);
}

TEST_CASE("failures are counted under few reasons", "[receivers]") {
  const auto reason = [](int status, std::string failure = {}) {
    alerts::AttemptResult result;
    result.status = status;
    result.failure = std::move(failure);
    return to_text(alerts::reason_of(result));
  };
  CHECK(reason(401) == "auth");
  CHECK(reason(403) == "auth");
  CHECK(reason(429) == "rate_limit");
  CHECK(reason(302) == "client");
  CHECK(reason(404) == "client");
  CHECK(reason(503) == "server");
  CHECK(reason(0, "timeout") == "timeout");
  CHECK(reason(0, "dns") == "network");
  CHECK(reason(0, std::string(alerts::kBadRequest)) == "client");
}

TEST_CASE("tokens and passwords go into the header that HTTP has for them", "[receivers]") {
  ReceiverConfig ntfy = receiver_of("ntfy");
  ntfy.token = "tk_secret";
  auto requests = alerts::make_requests(kStart, ntfy, firing());
  REQUIRE(requests.has_value());
  REQUIRE(requests->size() == 1);
  CHECK(fakes::header_of(requests->at(0), "Authorization") == "Bearer tk_secret");
  ntfy.token.clear();
  ntfy.username = "on";
  ntfy.password = "call";
  requests = alerts::make_requests(kStart, ntfy, firing());
  REQUIRE(requests.has_value());
  CHECK(fakes::header_of(requests->at(0), "Authorization") == "Basic b246Y2FsbA==");
}

TEST_CASE("texts are cut between characters, with an ellipsis", "[receivers]") {
  const std::string fire = "\xF0\x9F\x94\xA5";
  CHECK(alerts::cut_bytes("short", 5) == "short");
  CHECK(alerts::cut_bytes(fire + fire, 7) == fire + "\xE2\x80\xA6");
  CHECK(alerts::cut_bytes(fire + fire, 6) == "\xE2\x80\xA6");
  CHECK(alerts::cut_characters(fire + fire + fire, 3) == fire + fire + fire);
  CHECK(alerts::cut_characters(fire + fire + fire, 2) == fire + "\xE2\x80\xA6");
}
