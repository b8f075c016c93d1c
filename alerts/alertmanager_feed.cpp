#include "alerts/alertmanager_feed.hpp"

#include "alerts/delivery.hpp"
#include "alerts/receiver_group_view.hpp"
#include "alerts/receivers/kinds.hpp"
#include "alerts/routing.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <span>

namespace idpwatch::alerts {

using base::Duration;
using base::Instant;

namespace {

// As Prometheus does it: told again each minute, ended four minutes after the last word, resolved
// ones told for half a minute, 256 a request.
constexpr Duration kEvery = base::minutes(1);
constexpr Duration kSoon = base::seconds(1);
constexpr Duration kAfterFailure = base::seconds(15);
// Not for long: it would end, again and again, what another instance of ours still sees. One that
// misses it lets the alert end by itself.
constexpr Duration kResolvedFor = base::seconds(30);
constexpr std::size_t kAlertsPerRequest = 256;

bool routed_to(const std::string& name, const model::Finding& finding, const AlertsConfig& config) {
  const auto names = receivers_of(finding, config);
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool beats(const AlertsConfig& config, const std::string& name) {
  const auto& names = config.heartbeat.receivers;
  return config.heartbeat.every.count() > 0 &&
         std::find(names.begin(), names.end(), name) != names.end();
}

// Always firing: an Alertmanager that hears nothing of it any more can tell somebody.
AlertmanagerAlert heartbeat(Instant now, const std::string& instance) {
  AlertmanagerAlert alert;
  alert.labels = {{"alertname", "idpwatch-heartbeat"},
                  {"job", "idpwatch"},
                  {"severity", "none"},
                  {"instance", instance}};
  alert.annotations = {{"summary", "idpwatch on " + instance + " lives. This alert always fires."}};
  alert.starts_at = now;
  return alert;
}

}  // namespace

AlertmanagerFeed::~AlertmanagerFeed() {
  for (const auto& [name, receiver] : receivers_) {
    for (const Instance& instance : receiver.instances) {
      if (instance.request != 0) transport_.cancel(instance.request);
    }
  }
}

void AlertmanagerFeed::set_receivers(Instant now, const AlertsConfig& config) {
  std::map<std::string, Receiver> kept;
  for (const ReceiverConfig& each : config.receivers) {
    if (!takes_state(each)) continue;
    auto former = receivers_.extract(each.name);
    Receiver& receiver = kept[each.name];
    if (!former.empty()) receiver = std::move(former.mapped());
    std::vector<Instance> instances;
    for (const std::string& url : std::get<Alertmanager>(each.kind).urls) {
      const auto known = std::ranges::find(receiver.instances, url, &Instance::url);
      if (known != receiver.instances.end()) {
        instances.push_back(std::move(*known));
        receiver.instances.erase(known);
      } else {
        instances.emplace_back();
        instances.back().url = url;
      }
    }
    for (const Instance& gone : receiver.instances) {
      if (gone.request != 0) transport_.cancel(gone.request);
    }
    receiver.config = each;
    receiver.instances = std::move(instances);
    receiver.next_round = now;
  }
  for (const auto& [name, gone] : receivers_) {
    for (const Instance& instance : gone.instances) {
      if (instance.request != 0) transport_.cancel(instance.request);
    }
  }
  receivers_ = std::move(kept);
}

void AlertmanagerFeed::changed(Instant now) {
  for (auto& [name, receiver] : receivers_) {
    const Instant soon = receiver.last_round ? std::max(now, *receiver.last_round + kSoon) : now;
    receiver.next_round = std::min(receiver.next_round, soon);
  }
}

void AlertmanagerFeed::clock_set(Duration step) {
  for (auto& [name, receiver] : receivers_) {
    receiver.next_round += step;
    if (receiver.last_round) *receiver.last_round += step;
    for (auto& [labels, alert] : receiver.firing) alert.starts_at += step;
    for (auto& [labels, alert] : receiver.resolved) {
      alert.starts_at += step;
      if (alert.ends_at) *alert.ends_at += step;
    }
    for (Instance& instance : receiver.instances) {
      if (instance.failing_since) *instance.failing_since += step;
    }
  }
}

std::optional<Instant> AlertmanagerFeed::due() const {
  if (!answers_.empty()) return Instant{};
  std::optional<Instant> due;
  for (const auto& [name, receiver] : receivers_) {
    due = std::min(due.value_or(receiver.next_round), receiver.next_round);
  }
  return due;
}

void AlertmanagerFeed::turn(Instant now, const AlertBook& book, const AlertsConfig& config,
                            const Muted& muted) {
  read_answers(now);
  for (auto& [name, receiver] : receivers_) {
    if (receiver.next_round > now) continue;
    regard(now, receiver, book, config, muted);
    receiver.last_round = now;
    receiver.next_round = now + kEvery;
    const std::vector<std::string> bodies = bodies_of(now, receiver);
    for (Instance& instance : receiver.instances) {
      // A slow one hears the newest when it is done with what is under way.
      instance.bodies.assign(bodies.begin(), bodies.end());
      if (instance.request == 0) post(receiver, instance);
    }
  }
}

void AlertmanagerFeed::regard(Instant now, Receiver& receiver, const AlertBook& book,
                              const AlertsConfig& config, const Muted& muted) const {
  std::map<Labels, AlertmanagerAlert> holds;
  if (beats(config, receiver.config.name)) {
    AlertmanagerAlert beat = heartbeat(now, config.instance);
    holds.emplace(beat.labels, std::move(beat));
  }
  for (const model::Alert* alert : book.all()) {
    const model::Finding& finding = alert->finding;
    if (!active(*alert) || !routed_to(receiver.config.name, finding, config)) continue;
    AlertmanagerAlert told;
    told.labels = labels_of(finding);
    if (muted(finding) && !receiver.firing.contains(told.labels)) continue;
    told.annotations = annotations_of(now, finding, config.runbooks);
    told.starts_at = std::min(alert->firing_since.value_or(now), now);
    receiver.resolved.erase(told.labels);
    holds.insert_or_assign(told.labels, std::move(told));
  }
  for (auto& [labels, alert] : receiver.firing) {
    if (holds.contains(labels)) continue;
    alert.ends_at = now;
    receiver.resolved.insert_or_assign(labels, std::move(alert));
  }
  receiver.firing = std::move(holds);
  std::erase_if(receiver.resolved, [now](const auto& each) {
    return each.second.ends_at.value_or(now) + kResolvedFor < now;
  });
}

std::vector<std::string> AlertmanagerFeed::bodies_of(Instant now, const Receiver& receiver) {
  std::vector<AlertmanagerAlert> all;
  for (const auto& [labels, alert] : receiver.firing) {
    all.push_back(alert);
    all.back().ends_at = now + 4 * kEvery;
  }
  for (const auto& [labels, alert] : receiver.resolved) all.push_back(alert);
  std::vector<std::string> bodies;
  const std::span<const AlertmanagerAlert> whole(all);
  for (std::size_t at = 0; at < all.size(); at += kAlertsPerRequest) {
    bodies.push_back(
        render_alerts(whole.subspan(at, std::min(kAlertsPerRequest, all.size() - at))));
  }
  return bodies;
}

void AlertmanagerFeed::post(Receiver& receiver, Instance& instance) {
  if (instance.bodies.empty()) return;
  std::string body = std::move(instance.bodies.front());
  instance.bodies.pop_front();
  net::HttpRequest request =
      request_to(receiver.config, alerts_url(instance.url), std::move(body), "application/json");
  const ReceiverConfig& config = receiver.config;
  instance.request = transport_.start(
      std::move(request), [this, config, url = instance.url](const net::HttpResponse& response) {
        answers_.push_back({config.name, url, attempt_result(config, response)});
        if (wake_) wake_();
      });
}

void AlertmanagerFeed::read_answers(Instant now) {
  for (Answer& answer : std::exchange(answers_, {})) {
    const auto found = receivers_.find(answer.receiver);
    if (found == receivers_.end()) continue;
    Receiver& receiver = found->second;
    const auto instance = std::ranges::find(receiver.instances, answer.url, &Instance::url);
    if (instance == receiver.instances.end()) continue;
    instance->request = 0;
    const AttemptOutcome outcome = judge(answer.result);
    const int failures = instance->failures;
    if (outcome.what == Disposition::kDelivered) {
      instance->succeeded = true;
      instance->failures = 0;
      instance->urgent = false;
      instance->failing_since.reset();
      post(receiver, *instance);
    } else if (outcome.what != Disposition::kUnsent && outcome.what != Disposition::kAgain) {
      instance->failures += 1;
      instance->urgent = outcome.what != Disposition::kRetry;
      if (!instance->failing_since) instance->failing_since = now;
      const auto url = base::parse_url(answer.url);
      instance->last_error = (url ? url->host_port() : "") + ": " + outcome.reason;
      instance->bodies.clear();  // the next round says it all again
      receiver.next_round = std::min(receiver.next_round, now + kAfterFailure);
    }
    const bool news = (failures == 0) != (instance->failures == 0);
    attempts_.push_back({answer.receiver, std::move(answer.result), news});
  }
}

std::vector<AlertmanagerFeed::Told> AlertmanagerFeed::take_attempts() {
  return std::exchange(attempts_, {});
}

std::vector<ReceiverHealth> AlertmanagerFeed::health() const {
  std::vector<ReceiverHealth> out;
  for (const auto& [name, receiver] : receivers_) {
    ReceiverHealth health;
    health.name = name;
    health.succeeded = true;
    for (const Instance& instance : receiver.instances) {
      health.succeeded = health.succeeded && instance.succeeded;
      if (instance.failures == 0) continue;
      health.failures = std::max(health.failures, instance.failures);
      health.urgent = health.urgent || instance.urgent;
      if (instance.failing_since &&
          (!health.failing_since || *instance.failing_since < *health.failing_since)) {
        health.failing_since = instance.failing_since;
      }
      health.last_error = instance.last_error;
    }
    out.push_back(std::move(health));
  }
  return out;
}

}  // namespace idpwatch::alerts
