// What the tests of alerts share: results in one line, and alerting as a whole with a receiver
// that the test plays.
#pragma once

#include "alerts/alert_center.hpp"
#include "model/rules.hpp"
#include "tests/fakes/fake_http.hpp"

#include <nlohmann/json.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace idpwatch::alerts_test {

inline constexpr base::Instant kStart = base::Instant(base::seconds(1'772'323'200));  // 2026-03-01
inline constexpr const char* kSecret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

inline model::Subject about(std::string authority, std::string deployment = {}) {
  model::Subject subject;
  subject.authority = std::move(authority);
  subject.deployment = std::move(deployment);
  return subject;
}

inline model::Finding finding(std::string rule, model::Subject subject,
                              model::Severity severity = model::Severity::kError) {
  model::Finding out;
  out.rule = std::move(rule);
  out.subject = std::move(subject);
  out.severity = severity;
  out.id = model::finding_id(out.rule, out.subject);
  out.summary = out.rule + " holds";
  return out;
}

inline model::CheckResult bad(std::string rule, model::Subject subject,
                              model::Severity severity = model::Severity::kError) {
  return model::CheckResult::bad(finding(std::move(rule), std::move(subject), severity));
}

inline model::CheckResult good(std::string_view rule, model::Subject subject) {
  return model::CheckResult::good(rule, std::move(subject));
}

inline alerts::AlertsConfig config_of(std::vector<std::string> receivers) {
  alerts::AlertsConfig config;
  config.instance = "vm-17";
  for (const std::string& name : receivers) {
    alerts::ReceiverConfig receiver;
    receiver.name = name;
    receiver.url = "https://" + name + ".example/hook";
    receiver.secrets = {kSecret};
    config.receivers.push_back(std::move(receiver));
  }
  return config;
}

// What a receiver got: webhook-id and body of each request that it took.
struct Got {
  std::string id;
  nlohmann::json body;
};

// The loop in small: stores what each turn gives, acknowledges, answers what is sent.
class House {
 public:
  explicit House(alerts::AlertsConfig config) : config_(std::move(config)) { start(); }

  base::Instant now = kStart;
  // What a receiver answers; absent: 204.
  std::map<std::string, net::HttpResponse> answers;
  // Instead: drawn for each attempt.
  std::function<net::HttpResponse(const std::string& receiver)> answer_with;
  bool arrives_without_answer = false;          // a receiver reads what it then fails to answer
  std::map<std::string, std::vector<Got>> got;  // with a 2xx
  std::map<std::string, std::vector<Got>> attempts;  // all
  std::map<std::string, model::Alert> stored_alerts;
  std::map<std::pair<std::string, std::string>, model::OutboxMessage> stored_outbox;
  std::vector<model::AuditNote> notes;
  std::vector<std::string> log, warnings;

  alerts::AlertCenter& center() { return *center_; }

  void see(std::vector<model::CheckResult> results, std::vector<model::Event> events = {}) {
    keep(center_->apply(now, results, events));
    settle();
  }
  void keep(alerts::Turn turn) {
    for (model::OutboxMessage& message : turn.batch.outbox) {
      stored_outbox.insert_or_assign({message.id, message.receiver}, message);
    }
    for (const auto& done : turn.batch.outbox_done) stored_outbox.erase(done);
    for (model::Alert& alert : turn.batch.alerts) {
      stored_alerts.insert_or_assign(alert.finding.id, alert);
    }
    for (const std::string& id : turn.batch.alerts_removed) stored_alerts.erase(id);
    notes.insert(notes.end(), turn.batch.notes.begin(), turn.batch.notes.end());
    log.insert(log.end(), turn.log.begin(), turn.log.end());
    warnings.insert(warnings.end(), turn.warnings.begin(), turn.warnings.end());
    center_->acknowledged(turn.ticket);
  }
  // Everything that is due now, with answers at once.
  void settle() {
    for (int turns = 0; turns < 1000; ++turns) {
      answer_all();
      const auto due = center_->next_due();
      if (!due || *due > now) return;
      keep(center_->tick(now));
    }
    throw std::logic_error("alerting never comes to rest");
  }
  void advance(base::Duration by) {
    const base::Instant until = now + by;
    settle();
    while (true) {
      const auto due = center_->next_due();
      if (!due || *due > until) break;
      now = *due;
      settle();
    }
    now = until;
    settle();
  }
  // Sends what is due, and the receivers read it, but no answer ever comes.
  void send_into_the_void() {
    keep(center_->tick(now));
    for (const auto& one : http_->waiting) answer(one.request);
  }
  // What is on its way is forgotten; state and outbox are read back.
  void restart() {
    center_.reset();
    http_ = std::make_unique<fakes::FakeHttp>();
    start();
    std::vector<model::Alert> alerts;
    for (const auto& [id, alert] : stored_alerts) {
      alerts.push_back(model::alert_from_json(model::to_json(alert)));
    }
    std::vector<model::OutboxMessage> outbox;
    for (const auto& [key, message] : stored_outbox) outbox.push_back(message);
    keep(center_->restore(now, std::move(alerts), std::move(outbox)));
    settle();
  }
  fakes::FakeHttp& http() { return *http_; }
  void answer_all() {
    http_->answer_all([this](const net::HttpRequest& request) { return answer(request); });
  }
  [[nodiscard]] std::vector<std::string> types(const std::string& receiver) const {
    std::vector<std::string> out;
    const auto found = got.find(receiver);
    if (found == got.end()) return out;
    for (const Got& each : found->second) out.push_back(each.body.at("type"));
    return out;
  }

 private:
  void start() {
    http_ = std::make_unique<fakes::FakeHttp>();
    center_ = std::make_unique<alerts::AlertCenter>(config_, random_, *http_);
  }
  net::HttpResponse answer(const net::HttpRequest& request) {
    const std::string name = request.url.substr(8, request.url.find('.') - 8);
    const auto found = answers.find(name);
    net::HttpResponse response = found != answers.end() ? found->second : fakes::http_answer(204);
    if (answer_with) response = answer_with(name);
    Got each{fakes::header_of(request, "webhook-id"), nlohmann::json::parse(request.body)};
    attempts[name].push_back(each);
    const bool taken = response.status >= 200 && response.status < 300;
    if (taken || (arrives_without_answer && response.phases.connect_us > 0))
      got[name].push_back(std::move(each));
    return response;
  }

  alerts::AlertsConfig config_;
  base::SeededRandom random_{7};
  std::unique_ptr<fakes::FakeHttp> http_;
  std::unique_ptr<alerts::AlertCenter> center_;
};

// One refusal each of as many services.
inline std::vector<model::CheckResult> refusals(int count, model::Severity severity) {
  std::vector<model::CheckResult> out;
  for (int i = 0; i < count; ++i) {
    out.push_back(
        bad("refusal-rotation", about("entra", "service-" + std::to_string(i)), severity));
  }
  return out;
}

inline std::size_t attempts_of(const House& house, const std::string& receiver) {
  const auto found = house.attempts.find(receiver);
  return found == house.attempts.end() ? 0 : found->second.size();
}

}  // namespace idpwatch::alerts_test
