// idpwatch's own configuration, resolved: defaults applied, variables expanded, secrets read,
// names checked (docs/configuration.md). What the fields are called, mean and may hold stands in
// one table, config/fields.hpp, which also drives `config schema`, `config show` and the reference.
//
// A plain value: immutable once loaded, shared freely between threads.
#pragma once

#include "alerts/alert_config.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "model/authority.hpp"
#include "model/canary.hpp"
#include "model/declared_route.hpp"
#include "model/validator_settings.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::config {

// Something wrong, or worth a warning, with what is written.
struct ConfigProblem {
  std::string file;
  int line = 0;     // 0: the file as a whole
  std::string key;  // "authorities[0].interval"; empty: no key in particular
  std::string message;
  std::string hint;

  // "FILE:12: authorities[0].interval: message (hint)".
  [[nodiscard]] std::string text() const;
};
using ConfigProblems = std::vector<ConfigProblem>;

struct Listen {
  enum class Kind { kOff, kTcp, kUnix };
  Kind kind = Kind::kTcp;
  std::string host = "127.0.0.1";  // address literal, IPv6 without brackets
  std::uint16_t port = 7517;
  std::string path;  // of the unix socket

  // Reachable from this host alone: needs no token.
  [[nodiscard]] bool local() const;
  [[nodiscard]] std::string text() const;  // as it is written in the configuration
};

enum class ClockHunt { kAuto, kOn, kOff };

struct ClockConfig {
  bool kernel = true;
  ClockHunt hunt = ClockHunt::kAuto;
  base::Duration warn = base::seconds(1);
};

// What is called by, and what a preflight asks about.
enum class CallMethod { kGet, kPost };
enum class PageMethod { kGet, kPost, kHead, kPut, kPatch, kDelete };
enum class ForwardedProto { kHttps, kHttp };
std::string_view to_text(CallMethod method);
std::string_view to_text(PageMethod method);
std::string_view to_text(ForwardedProto proto);

// The protected API of a deployment, as its callers reach it.
struct Endpoint {
  std::string url;
  CallMethod method = CallMethod::kGet;
  std::optional<std::string> cors_origin;
  std::optional<PageMethod> cors_method;  // else `method`
  bool credentials = false;
  std::optional<ForwardedProto> forwarded_proto;
  std::optional<std::string> expect_resource, expect_authority;

  bool operator==(const Endpoint&) const = default;
};

// What the tokens of a deployment's callers look like, where no canary shows it.
struct CallerTokens {
  base::Duration lifetime = base::hours(1);
  bool lifetime_told = false;                              // it stands in a file
  std::optional<std::string> issuer, audience, algorithm;  // audience "none", or empty: no aud
  model::FlagSetting kid, not_before, scope;               // whether they have them
};

// How a service goes to its provider: what is not read, or read wrong.
struct DeploymentRoute {
  std::optional<std::string> proxy, no_proxy, ca_file;  // proxy "": none
  model::FlagSetting same_place;                        // it stands where idpwatch stands

  [[nodiscard]] model::DeclaredRoute declared() const;
};

struct DeploymentConfig {
  std::string name;
  std::vector<std::string> files;  // absolute, globs unexpanded
  std::optional<std::string> environment_file;
  std::optional<std::string> profile, framework, version, variant;
  model::ValidatorSettings settings;  // what stands in code and not in a file
  std::optional<base::Instant> started_at;
  std::optional<std::string> unit, pid_file;
  std::vector<CallerTokens> tokens = std::vector<CallerTokens>(1);  // one for each kind of callers
  std::optional<model::CanarySpec> canary;
  std::optional<Endpoint> endpoint;
  DeploymentRoute route;
  model::Origin origin;  // of the entry in our configuration
};

struct AuthorityConfig {
  model::AuthoritySpec spec;
  std::optional<model::CanarySpec> canary;
  model::Origin origin;
};

// What an authority gets that does not say otherwise.
struct AuthorityDefaults {
  base::Duration interval = base::seconds(60);
  base::Duration timeout = base::seconds(10);
  bool http2 = false;
  model::IpVersion ip_version = model::IpVersion::kAny;
  std::optional<std::string> proxy, ca_file;

  bool operator==(const AuthorityDefaults&) const = default;
};

struct LogConfig {
  base::log::Level level = base::log::Level::kInfo;
  base::log::Format format = base::log::Format::kAuto;
};

struct Config {
  std::string state_dir;  // absolute
  Listen listen;
  std::string admin_token;  // empty: none
  std::string instance;
  LogConfig log;
  AuthorityDefaults defaults;
  model::Limits limits;
  model::TimelineConfig timeline;
  ClockConfig clock;
  model::TlsThresholds tls;
  alerts::AlertsConfig alerts;   // with receivers, routes, ignore
  bool every_authority = false;  // metrics: series of each, however many there are
  base::Duration retention_observations = std::chrono::days(400);
  std::optional<std::string> audit_key_file;
  std::vector<AuthorityConfig> authorities;
  std::vector<DeploymentConfig> deployments;
  std::vector<std::string> files;  // that it was read from, in order
  // Where secrets were read from: "receivers[0].webhook.secret_file" -> the file.
  std::map<std::string, std::string> secret_files;
  ConfigProblems warnings;  // it is taken all the same

  [[nodiscard]] std::string database_path() const { return state_dir + "/idpwatch.db"; }
  // An authority that is named only by a deployment, with this configuration's defaults.
  [[nodiscard]] model::AuthoritySpec authority_of(const std::string& issuer) const;
  [[nodiscard]] const AuthorityConfig* find_authority(std::string_view name_or_issuer) const;
};

}  // namespace idpwatch::config
