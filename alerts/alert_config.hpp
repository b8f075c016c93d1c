// What the alerts know of the configuration (docs/configuration.md): secrets read, names checked.
// Plain values.
#pragma once

#include "base/time.hpp"
#include "model/finding.hpp"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::alerts {

struct ReceiverConfig {
  std::string name;
  std::string url;
  // Standard Webhooks secrets ("whsec_..."), the current one first. With two of them each message
  // carries both signatures: a secret is changed without a gap. Empty: unsigned.
  std::vector<std::string> secrets;
  base::Duration timeout = base::seconds(20);  // docs/alerts.md
  std::optional<std::string> proxy, ca_file;
};

enum class RouteKind { kFinding, kEvent };

// An empty list matches all. Names may end in "*" ("refusal-*"); a deployment's name matches its
// validators ("orders-api" matches "orders-api#Bearer").
struct RouteMatch {
  std::optional<RouteKind> kind;
  std::vector<model::Severity> severity;  // findings alone
  std::vector<std::string> type;          // events alone
  std::vector<std::string> rule;          // findings alone
  std::vector<std::string> authority, deployment;
};

struct Route {
  RouteMatch match;
  std::vector<std::string> receivers;
  bool continues = false;
};

// Accepted on purpose. `rule` may end in "*"; an absent subject matches all.
struct IgnoreEntry {
  std::string rule;
  std::optional<std::string> authority, deployment;
  std::optional<base::Instant> until;  // not ignored from then on
  std::string reason;
};

// Host and port of each configured authority's issuer, by the authority's name.
using AuthorityServers = std::map<std::string, std::string, std::less<>>;

struct AlertsConfig {
  std::string instance;
  std::shared_ptr<const AuthorityServers> servers = std::make_shared<const AuthorityServers>();
  base::Duration group_wait = base::seconds(30);
  base::Duration group_interval = base::minutes(5);
  base::Duration repeat = base::hours(4);  // reminders of critical findings; 0: none
  std::vector<ReceiverConfig> receivers;
  std::vector<Route> routes;
  std::vector<IgnoreEntry> ignore;
};

}  // namespace idpwatch::alerts
