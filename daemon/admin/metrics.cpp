#include "daemon/admin/metrics.hpp"

#include "base/text.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace idpwatch::daemon {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

double seconds(base::Instant at) { return static_cast<double>(base::to_unix_micros(at)) / 1e6; }

class Page {
 public:
  void begin(const char* name, const char* help, MetricType type = MetricType::Gauge) {
    families_.push_back({name, help, type, {}});
  }
  void add(double value, Labels labels = {}) {
    ClientMetric metric;
    metric.label = std::move(labels);
    if (families_.back().type == MetricType::Counter) {
      metric.counter.value = value;
    } else {
      metric.gauge.value = value;
    }
    families_.back().metric.push_back(std::move(metric));
  }
  void gauge(const char* name, const char* help, double value, Labels labels = {}) {
    begin(name, help);
    add(value, std::move(labels));
  }
  void counter(const char* name, const char* help, std::int64_t value) {
    begin(name, help, MetricType::Counter);
    add(static_cast<double>(value));
  }
  // One sample for each authority that has a value.
  void each(const std::vector<watch::AuthorityState>& authorities, const char* name,
            const char* help,
            const std::function<std::optional<double>(const watch::AuthorityState&)>& value) {
    begin(name, help);
    for (const watch::AuthorityState& authority : authorities) {
      if (const auto sample = value(authority)) {
        add(*sample, {{"authority", base::printable(authority.name)}});
      }
    }
  }
  [[nodiscard]] std::string text() {
    // A family without a sample is no family.
    std::erase_if(families_, [](const MetricFamily& family) { return family.metric.empty(); });
    return prometheus::TextSerializer().Serialize(families_);
  }

 private:
  std::vector<MetricFamily> families_;
};

void add_authorities(Page& page, const std::vector<watch::AuthorityState>& all) {
  using A = watch::AuthorityState;
  using Value = std::optional<double>;
  const auto time = [](const std::optional<base::Instant>& at) {
    return at ? Value(seconds(*at)) : std::nullopt;
  };
  page.each(all, "idpwatch_authority_up", "Whether the authority is well, by its last probe.",
            [](const A& a) {
              return a.state == A::State::kUnknown ? std::nullopt
                                                   : Value(a.state == A::State::kOk ? 1 : 0);
            });
  page.each(all, "idpwatch_probe_duration_seconds", "How long the last probe took.",
            [](const A& a) { return a.latency_ms ? Value(*a.latency_ms / 1000) : std::nullopt; });
  page.each(all, "idpwatch_probe_timestamp_seconds", "When the authority was probed last.",
            [&](const A& a) { return time(a.last_probe); });
  page.each(all, "idpwatch_jwks_keys", "Signing keys in the last good key set.",
            [](const A& a) { return Value(static_cast<double>(a.keys)); });
  page.each(all, "idpwatch_jwks_last_change_timestamp_seconds", "When the key set changed last.",
            [&](const A& a) { return time(a.last_key_change); });
  page.each(all, "idpwatch_authority_clock_offset_low_seconds",
            "Lower end of the authority's clock minus ours.",
            [](const A& a) { return a.clock ? Value(a.clock->lo_s) : std::nullopt; });
  page.each(all, "idpwatch_authority_clock_offset_high_seconds",
            "Upper end of the authority's clock minus ours.",
            [](const A& a) { return a.clock ? Value(a.clock->hi_s) : std::nullopt; });
  page.each(all, "idpwatch_tls_certificate_not_after_timestamp_seconds",
            "When the authority's certificate expires.",
            [&](const A& a) { return time(a.certificate_not_after); });
}

void add_findings(Page& page, const watch::Snapshot& snapshot) {
  std::map<model::Severity, double> severities;
  for (const model::Finding* finding : snapshot.findings()) {
    if (!finding->ignored) severities[finding->severity] += 1;
  }
  page.begin("idpwatch_findings", "Active findings that are not ignored, by severity.");
  for (const model::Severity severity : {model::Severity::kInfo, model::Severity::kWarning,
                                         model::Severity::kError, model::Severity::kCritical}) {
    page.add(severities[severity], {{"severity", std::string(model::to_text(severity))}});
  }
  std::map<model::AlertState, double> states;
  for (const model::Alert& alert : snapshot.alerts) states[alert.state] += 1;
  page.begin("idpwatch_alerts", "Alerts, by state.");
  for (const model::AlertState state : {model::AlertState::kPending, model::AlertState::kFiring}) {
    page.add(states[state], {{"state", std::string(model::to_text(state))}});
  }
}

void add_validators(Page& page, const watch::Snapshot& snapshot) {
  const std::vector<watch::ValidatorState>& validators = snapshot.validators;
  std::map<model::RefusalState, double> states;
  for (const watch::ValidatorState& validator : validators) states[validator.state] += 1;
  using State = model::RefusalState;
  page.begin("idpwatch_validators", "Validators, by what is forecast for them.");
  for (const State state : {State::kOk, State::kUndetermined, State::kAtRisk,
                            State::kRefusesIfRestarted, State::kRefuses}) {
    page.add(states[state], {{"state", std::string(model::to_text(state))}});
  }
  if (validators.size() > kSeriesMax && !snapshot.every_authority) return;
  page.begin("idpwatch_validator_state", "1 for the state that each validator is in.");
  for (const watch::ValidatorState& validator : validators) {
    page.add(1, {{"validator", base::printable(validator.name)},
                 {"state", std::string(model::to_text(validator.state))}});
  }
  page.begin("idpwatch_validator_refusal_earliest_timestamp_seconds",
             "Earliest refusal that is forecast for the validator; absent: none.");
  for (const watch::ValidatorState& validator : validators) {
    if (!validator.earliest) continue;
    page.add(seconds(*validator.earliest), {{"validator", base::printable(validator.name)}});
  }
  page.begin("idpwatch_validator_until_refusal_seconds",
             "Seconds until the earliest refusal that is forecast for the validator; 0: it refuses "
             "now; absent: none.");
  for (const watch::ValidatorState& validator : validators) {
    if (!validator.earliest) continue;
    page.add(std::max(0.0, seconds(*validator.earliest) - seconds(snapshot.at)),
             {{"validator", base::printable(validator.name)}});
  }
}

// Of each receiver: there are as many of them as the operator wrote.
void add_receivers(Page& page, const std::vector<watch::ReceiverState>& receivers) {
  using R = watch::ReceiverState;
  const auto each = [&](const char* name, const char* help, MetricType type,
                        const std::function<std::optional<double>(const R&)>& value) {
    page.begin(name, help, type);
    for (const R& receiver : receivers) {
      if (const auto sample = value(receiver)) {
        page.add(*sample, {{"receiver", base::printable(receiver.name)}});
      }
    }
  };
  each("idpwatch_notifications_total", "Messages delivered.", MetricType::Counter,
       [](const R& r) { return static_cast<double>(r.delivered); });
  page.begin("idpwatch_notifications_failed_total", "Attempts to deliver that failed, by why.",
             MetricType::Counter);
  for (const R& receiver : receivers) {
    for (std::size_t i = 0; i < receiver.failed.size(); ++i) {
      const auto reason = static_cast<alerts::FailureReason>(i);
      page.add(static_cast<double>(receiver.failed.at(i)),
               {{"receiver", base::printable(receiver.name)},
                {"reason", std::string(alerts::to_text(reason))}});
    }
  }
  each("idpwatch_outbox_dropped_total", "Messages given up.", MetricType::Counter,
       [](const R& r) { return static_cast<double>(r.dropped); });
  each("idpwatch_outbox_messages", "Messages that wait for delivery.", MetricType::Gauge,
       [](const R& r) { return static_cast<double>(r.waiting); });
  each("idpwatch_outbox_oldest_timestamp_seconds", "When the oldest of them was made.",
       MetricType::Gauge,
       [](const R& r) { return r.oldest ? std::optional(seconds(*r.oldest)) : std::nullopt; });
  each("idpwatch_receiver_up", "0 while the newest attempts to reach the receiver fail.",
       MetricType::Gauge, [](const R& r) { return r.failing ? 0.0 : 1.0; });
}

void add_daemon(Page& page, const watch::Snapshot& snapshot) {
  const watch::Counters& counters = snapshot.counters;
  page.counter("idpwatch_probes_total", "Probes since the start.", counters.probes);
  page.counter("idpwatch_probes_failed_total", "Probes without a good answer.",
               counters.probes_failed);
  page.counter("idpwatch_events_total", "Events since the start.", counters.events);
  page.counter("idpwatch_judgements_total", "Judgements of deployed services since the start.",
               counters.judgements);
  page.gauge("idpwatch_storage_ok", "Whether the database takes what is written.",
             snapshot.storage_ok ? 1 : 0);
  page.counter("idpwatch_storage_unrecorded_total",
               "Events, notes, spans and other rows that could not be kept for it.",
               counters.unrecorded);
  page.counter("idpwatch_config_reloads_total", "Reloads that were asked for.", counters.reloads);
  page.gauge("idpwatch_config_last_reload_successful", "Whether the last one was taken.",
             snapshot.config_ok ? 1 : 0);
  if (snapshot.config_loaded_at) {
    page.gauge("idpwatch_config_last_reload_success_timestamp_seconds",
               "When the current configuration was loaded.", seconds(*snapshot.config_loaded_at));
  }
}

}  // namespace

std::string metrics_text(const watch::Snapshot& snapshot) {
  Page page;
  page.gauge("idpwatch_build_info", "The version that runs.", 1, {{"version", snapshot.version}});
  page.gauge("idpwatch_start_timestamp_seconds", "When the daemon started.",
             seconds(snapshot.started_at));
  page.gauge("idpwatch_authorities", "Authorities that are watched.",
             static_cast<double>(snapshot.authorities.size()));
  if (snapshot.authorities.size() <= kSeriesMax || snapshot.every_authority) {
    add_authorities(page, snapshot.authorities);
  }
  add_findings(page, snapshot);
  add_validators(page, snapshot);
  add_receivers(page, snapshot.receivers);
  add_daemon(page, snapshot);
  return page.text();
}

}  // namespace idpwatch::daemon
