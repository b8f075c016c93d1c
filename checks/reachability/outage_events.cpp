#include "checks/reachability/outage_events.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace idpwatch::checks {

namespace {

std::string kind_of(const model::Finding& finding) {
  const auto row = std::find_if(finding.evidence.begin(), finding.evidence.end(),
                                [](const model::Evidence& e) { return e.fact == "kind"; });
  return row == finding.evidence.end() ? std::string() : row->value;
}

model::Event outage_event(model::EventType type, const model::Finding& finding, base::Instant at) {
  model::Event event;
  event.type = type;
  event.at = at;
  event.authority = finding.subject.authority;
  return event;
}

}  // namespace

bool has_outage_events(const model::Finding& finding) {
  return finding.rule == "authority-unreachable";
}

model::Event unreachable_event(const model::Finding& finding, base::Instant opened_at) {
  model::Event event = outage_event(model::EventType::kAuthorityUnreachable, finding, opened_at);
  event.new_value =
      base::canonical_json(base::Json{{"kind", kind_of(finding)}, {"summary", finding.summary}});
  return event;
}

model::Event recovered_event(const model::Finding& finding, base::Instant closed_at) {
  model::Event event = outage_event(model::EventType::kAuthorityRecovered, finding, closed_at);
  const auto down = std::chrono::floor<base::seconds>(closed_at - finding.first_seen);
  event.new_value = base::canonical_json(base::Json{{"down_s", down.count()}});
  return event;
}

}  // namespace idpwatch::checks
