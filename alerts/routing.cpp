#include "alerts/routing.hpp"

#include <algorithm>

namespace idpwatch::alerts {

namespace {

using Names = std::vector<std::string>;

template <class Matches>
bool any_or_empty(const Names& patterns, std::string_view name, Matches matches) {
  return patterns.empty() || std::any_of(patterns.begin(), patterns.end(),
                                         [&](const auto& p) { return matches(p, name); });
}

bool subject_matches(const RouteMatch& match, std::string_view authority,
                     std::string_view deployment) {
  return any_or_empty(match.authority, authority, name_matches) &&
         any_or_empty(match.deployment, deployment, deployment_matches);
}

bool matches(const RouteMatch& match, const model::Finding& finding) {
  if (match.kind == RouteKind::kEvent || !match.type.empty()) return false;
  const auto& severities = match.severity;
  if (!severities.empty() &&
      std::find(severities.begin(), severities.end(), finding.severity) == severities.end()) {
    return false;
  }
  return any_or_empty(match.rule, finding.rule, name_matches) &&
         subject_matches(match, finding.subject.authority, finding.subject.deployment);
}

// Severity and rule are of findings: a route that asks for them means no event.
bool matches(const RouteMatch& match, const model::Event& event) {
  if (match.kind == RouteKind::kFinding || !match.severity.empty() || !match.rule.empty()) {
    return false;
  }
  return any_or_empty(match.type, model::to_text(event.type), name_matches) &&
         subject_matches(match, event.authority, event.deployment);
}

// Only names that exist, each once, in the order of the configuration.
Names in_order(const Names& wanted, const AlertsConfig& config) {
  Names out;
  for (const ReceiverConfig& receiver : config.receivers) {
    if (std::find(wanted.begin(), wanted.end(), receiver.name) != wanted.end()) {
      out.push_back(receiver.name);
    }
  }
  return out;
}

template <class Thing>
Names routed(const Thing& thing, const AlertsConfig& config) {
  Names wanted;
  for (const Route& route : config.routes) {
    if (!matches(route.match, thing)) continue;
    wanted.insert(wanted.end(), route.receivers.begin(), route.receivers.end());
    if (!route.continues) break;
  }
  return in_order(wanted, config);
}

}  // namespace

bool name_matches(std::string_view pattern, std::string_view name) {
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

bool deployment_matches(std::string_view pattern, std::string_view name) {
  return name_matches(pattern, name) || name_matches(pattern, name.substr(0, name.find('#')));
}

Names receivers_of(const model::Finding& finding, const AlertsConfig& config) {
  Names out;
  if (!config.routes.empty()) {
    out = routed(finding, config);
  } else if (finding.severity >= model::Severity::kWarning) {
    for (const ReceiverConfig& receiver : config.receivers) out.push_back(receiver.name);
  }
  std::erase(out, finding.subject.receiver);
  return out;
}

Names receivers_of(const model::Event& event, const AlertsConfig& config) {
  return config.routes.empty() ? Names{} : routed(event, config);
}

}  // namespace idpwatch::alerts
