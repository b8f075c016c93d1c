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
#include <variant>
#include <vector>

namespace idpwatch::alerts {

// What a kind of receiver needs beside what all of them have.
struct Webhook {};
struct Alertmanager {
  std::vector<std::string> urls;  // of all instances: each is told everything
};
struct AlertmanagerWebhook {};
struct Slack {};
struct Teams {};
struct PagerDuty {
  std::string routing_key;
};
struct Ntfy {
  std::string topic;
};
struct Discord {};
struct CloudEvents {};
struct Otlp {};
struct Email {
  std::string from;  // bare addresses
  std::vector<std::string> to;
  bool require_tls = true;  // false: smtp:// without STARTTLS
};
using ReceiverKind = std::variant<Webhook, Alertmanager, AlertmanagerWebhook, Slack, Teams,
                                  PagerDuty, Ntfy, Discord, CloudEvents, Otlp, Email>;

struct ReceiverConfig {
  std::string name;
  ReceiverKind kind;
  std::string url;
  // Standard Webhooks secrets ("whsec_..."), the current one first. With two of them each message
  // carries both signatures: a secret is changed without a gap. Empty: unsigned.
  std::vector<std::string> secrets;
  std::string token;                           // sent as a bearer token; empty: none
  std::string username, password;              // or by HTTP basic
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

// What opens in it is told when it ends, if it still holds then. Absent subjects match all.
struct MaintenanceWindow {
  std::optional<base::Instant> from, until;
  std::optional<std::string> authority, deployment;
  std::string reason;
};

// "We live", so that silence is noticed.
struct Heartbeat {
  base::Duration every{0};  // 0: none
  std::vector<std::string> receivers;
};

// Where the pages of the rules are: the rule's name stands behind it.
inline constexpr const char* kRunbooks =
    "https://github.com/idpwatch/idpwatch/blob/main/docs/rules.md#";

// Host and port of each configured authority's issuer, by the authority's name.
using AuthorityServers = std::map<std::string, std::string, std::less<>>;

struct AlertsConfig {
  std::string instance;
  std::shared_ptr<const AuthorityServers> servers = std::make_shared<const AuthorityServers>();
  base::Duration group_wait = base::seconds(30);
  base::Duration group_interval = base::minutes(5);
  base::Duration repeat = base::hours(4);  // reminders of critical findings; 0: none
  std::string runbooks = kRunbooks;
  std::vector<ReceiverConfig> receivers;
  std::vector<Route> routes;
  std::vector<IgnoreEntry> ignore;
  std::vector<MaintenanceWindow> maintenance;
  Heartbeat heartbeat;
};

}  // namespace idpwatch::alerts
