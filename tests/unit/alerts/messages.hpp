// Messages as they are stored, for the tests of what receivers are sent: one refusal, one rotation
// that hits many services, hostile texts.
#pragma once

#include "alerts/group.hpp"
#include "alerts/receivers/kinds.hpp"
#include "alerts/webhook_payload.hpp"
#include "tests/unit/alerts/support.hpp"

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::alerts_test {

inline model::Finding refusal(const std::string& deployment) {
  model::Finding out =
      finding("refusal-rotation", about("entra", deployment), model::Severity::kCritical);
  out.validator = model::ValidatorRef{"aspnetcore-jwtbearer", "8.0.1", std::nullopt};
  out.condition = model::Condition::kRunning;
  out.certainty = model::Certainty::kCertain;
  out.window = model::Window{kStart + base::minutes(42), kStart + base::minutes(47),
                             kStart + base::minutes(52), 300};
  out.status = 401;
  out.error_id = "IDX10503";
  out.error_message =
      "IDX10503: Signature validation failed. The token's kid is: 'k7', but did not match any "
      "keys.";
  out.summary = deployment + " will answer 401 to tokens signed with the new key k7 of entra";
  out.evidence = {{"new kid", "k7", "https://login.example/keys"},
                  {"cached until", "2026-03-01T00:52:00Z", "validator"}};
  out.remedy = "Restart it after the new key is published, or let RefreshOnIssuerKeyNotFound on.";
  out.source = model::SourceRef{"/srv/orders/appsettings.json", 12, "AzureAd:Instance"};
  out.vantage = "vm-17";
  out.first_seen = out.last_seen = kStart - base::seconds(30);
  return out;
}

inline alerts::Notice notice_of(alerts::NoticeKind kind, std::vector<alerts::NoticeEntry> entries) {
  alerts::Notice notice;
  notice.receiver = "oncall";
  notice.group = alerts::group_of(entries.at(0).finding, {});
  notice.kind = kind;
  notice.entries = std::move(entries);
  return notice;
}

inline model::OutboxMessage stored(std::string type, std::string body,
                                   std::string group = "entra|keys") {
  model::OutboxMessage message;
  message.id = "019ca7f0-0000-7000-8000-000000000001";
  message.receiver = "oncall";
  message.group = std::move(group);
  message.type = std::move(type);
  message.body = std::move(body);
  message.created_at = kStart;
  return message;
}

inline model::OutboxMessage stored_notice(alerts::NoticeKind kind,
                                          std::vector<alerts::NoticeEntry> entries) {
  return stored(std::string(to_text(kind)),
                alerts::render_notice(kStart, "vm-17", notice_of(kind, std::move(entries))));
}

inline model::OutboxMessage firing() {
  return stored_notice(
      alerts::NoticeKind::kFiring,
      {{alerts::EntryState::kOpened, refusal("orders-api#Bearer"), base::seconds(30)}});
}

inline model::OutboxMessage resolved() {
  return stored_notice(
      alerts::NoticeKind::kResolved,
      {{alerts::EntryState::kResolved, refusal("orders-api#Bearer"), base::minutes(12)}});
}

// One rotation that hits as many services.
inline model::OutboxMessage rotation(int services) {
  std::vector<alerts::NoticeEntry> entries;
  for (int i = 0; i < services; ++i) {
    entries.push_back({alerts::EntryState::kOpened, refusal("service-" + std::to_string(i)), {}});
  }
  return stored_notice(alerts::NoticeKind::kFiring, std::move(entries));
}

inline model::OutboxMessage test_message() {
  return stored("test", alerts::render_test(kStart, "vm-17", "oncall"), "test");
}

inline model::OutboxMessage event() {
  model::Event event;
  event.type = model::EventType::kKeyWithdrawn;
  event.at = kStart;
  event.authority = "entra";
  event.about_key = true;
  event.kid = "<!channel> @everyone";
  return stored("event", alerts::render_event("vm-17", event).text, "event|entra");
}

inline const std::string kEvil =
    "<!channel> @everyone <@U1> [click](https://evil.example) **bold** `x` &amp; </a> "
    "\xE2\x80\xAEright\x1b[31m \"quoted\" {json} \r\nBcc: evil@example.com\r\n \xF0\x9F\x94\xA5";

inline model::OutboxMessage hostile() {
  model::Finding evil = refusal("orders");
  evil.summary = kEvil + std::string(4000, 'x');
  evil.error_message = kEvil + std::string(4000, '<');
  evil.remedy = kEvil;
  evil.evidence.assign(50, {kEvil, std::string(3000, '&'), kEvil});
  evil.source = model::SourceRef{kEvil, 1, kEvil};
  return stored_notice(alerts::NoticeKind::kFiring,
                       {{alerts::EntryState::kOpened, evil, base::seconds(1)}});
}

inline alerts::Rendered render(const alerts::ReceiverConfig& receiver,
                               const model::OutboxMessage& message) {
  auto out = alerts::kind_of(receiver).render(kStart, receiver, message);
  if (!out) throw std::logic_error(receiver.name + ": " + out.error().text());
  if (out->urls.empty()) throw std::logic_error(receiver.name + ": no address");
  return *std::move(out);
}

}  // namespace idpwatch::alerts_test
