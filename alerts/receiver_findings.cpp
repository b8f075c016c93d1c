#include "alerts/receiver_findings.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace idpwatch::alerts {

using model::CheckResult;

namespace {

model::Subject subject_of(const std::string& instance, const ReceiverHealth& health) {
  model::Subject subject;
  subject.host = instance;
  subject.receiver = health.name;
  return subject;
}

model::Finding finding_of(base::Instant now, const std::string& instance,
                          const ReceiverHealth& health, std::string_view rule) {
  model::Finding finding;
  finding.rule = rule;
  finding.severity = model::Severity::kWarning;
  finding.subject = subject_of(instance, health);
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = now;
  finding.evidence = {{"waiting messages", std::to_string(health.waiting), "outbox"}};
  if (!health.last_error.empty()) {
    finding.evidence.push_back({"last answer", base::printable(health.last_error), "delivery"});
  }
  return finding;
}

std::string remedy_of(const ReceiverHealth& health) {
  const std::string tested = " `idpwatch alerts test --receiver " + health.name +
                             "` sends one more message. A success closes this finding; any other "
                             "answer is in the daemon's log.";
  if (health.disabled) {
    return "Give it another URL, or take it out of the configuration; a reload enables it again. "
           "Messages are kept and not tried until then.";
  }
  if (health.drops) {
    return "Check the receiver's URL: redirects are never followed. A message that is answered so "
           "is dropped and not tried again; later ones are sent all the same." +
           tested;
  }
  if (health.urgent) {
    return "Check the receiver's URL and secret. Messages are kept and tried hourly." + tested;
  }
  return "See whether the receiver is up and can be reached from here. Messages are kept and tried "
         "again.";
}

}  // namespace

CheckResult judge_receiver(base::Instant now, const std::string& instance,
                           const ReceiverHealth& health) {
  const bool patience_over =
      health.failing_since && now - *health.failing_since >= kReceiverPatience;
  if (health.disabled || (health.failures > 0 && health.urgent) || patience_over) {
    model::Finding finding = finding_of(now, instance, health, "self-receiver");
    finding.summary = "The receiver " + health.name +
                      " is rejecting notifications: " + base::printable(health.last_error);
    finding.remedy = remedy_of(health);
    return CheckResult::bad(std::move(finding));
  }
  const model::Subject subject = subject_of(instance, health);
  if (health.succeeded && health.failures == 0) return CheckResult::good("self-receiver", subject);
  return CheckResult::unknown("self-receiver", subject);
}

CheckResult judge_outbox(base::Instant now, const std::string& instance,
                         const ReceiverHealth& health, const OutboxLimits& limits) {
  const std::size_t percent = std::max(health.waiting * 100 / std::max<std::size_t>(limits.rows, 1),
                                       health.bytes * 100 / std::max<std::size_t>(limits.bytes, 1));
  if (percent > 50) {
    model::Finding finding = finding_of(now, instance, health, "self-outbox");
    finding.summary = "Messages for the receiver " + health.name +
                      " pile up: " + std::to_string(health.waiting) +
                      " are waiting; when the outbox is full the oldest updates are dropped";
    finding.remedy = remedy_of(health);
    return CheckResult::bad(std::move(finding));
  }
  const model::Subject subject = subject_of(instance, health);
  return percent < 40 ? CheckResult::good("self-outbox", subject)
                      : CheckResult::unknown("self-outbox", subject);
}

}  // namespace idpwatch::alerts
