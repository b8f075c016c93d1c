// The fields of a whole configuration that stand at its top, and the small sections.
#include "config/row.hpp"

namespace idpwatch::config {
namespace {

std::shared_ptr<const Table> log_rows() {
  return rows({
      leaf("level", Form::kChoice, &LogConfig::level,
           {.fallback = "info",
            .choices = {"debug", "info", "warning", "error", "off"},
            .help = "The least important lines that are written."}),
      leaf("format", Form::kChoice, &LogConfig::format,
           {.fallback = "auto",
            .choices = {"auto", "text", "json", "journal"},
            .help = "Format of log lines. `auto`: with journal prefixes under systemd, text on a "
                    "terminal, else one JSON object a line."}),
  });
}

std::shared_ptr<const Table> defaults_rows() {
  return rows({
      leaf("interval", Form::kDuration, &AuthorityDefaults::interval,
           {.fallback = "60s",
            .least = "1s",
            .most = "7d",
            .help = "How often an authority is probed."}),
      leaf("timeout", Form::kDuration, &AuthorityDefaults::timeout,
           {.fallback = "10s",
            .least = "100ms",
            .most = "5m",
            .help = "The longest that one request may take, from resolving to the last byte."}),
      leaf("http2", Form::kFlag, &AuthorityDefaults::http2,
           {.fallback = "false",
            .help = "Offer HTTP/2. HTTP/1.1 costs less for two small requests."}),
      leaf("ip_version", Form::kChoice, &AuthorityDefaults::ip_version,
           {.fallback = "any",
            .choices = {"any", "4", "6"},
            .help = "The addresses that are tried."}),
      leaf("proxy", Form::kProxyUrl, &AuthorityDefaults::proxy,
           {.help = "The proxy to go through. Absent: what `https_proxy`, `http_proxy` and "
                    "`no_proxy` in the environment say. An empty text: none at all.",
            .example = "http://proxy.example.com:3128"}),
      leaf("ca_file", Form::kReadableFile, &AuthorityDefaults::ca_file,
           {.help = "PEM file of the certificate authorities to trust, instead of the system's.",
            .example = "/etc/ssl/certs/corporate.pem"}),
  });
}

std::shared_ptr<const Table> limits_rows() {
  using model::Limits;
  return rows({
      leaf("body", Form::kSize, &Limits::body_bytes,
           {.fallback = "2MiB",
            .least = "1KiB",
            .most = "64MiB",
            .help = "The largest body that is read, as sent and after decompression."}),
      leaf("headers", Form::kSize, &Limits::header_bytes,
           {.fallback = "64KiB",
            .least = "1KiB",
            .most = "1MiB",
            .help = "The largest sum of all header lines of one answer."}),
      leaf("redirects", Form::kInteger, &Limits::redirects,
           {.fallback = "5",
            .least = "0",
            .most = "20",
            .help = "How many redirects are followed; never from https to http."}),
      leaf("connections", Form::kInteger, &Limits::connections,
           {.fallback = "256",
            .least = "1",
            .most = "65536",
            .help = "How many connections are kept open at most; half as many if there are 16 "
                    "times as many authorities. Beyond that each probe opens a new connection."}),
      leaf(
          "private_addresses", Form::kFlag, &Limits::private_addresses,
          {.fallback = "false",
           .help = "Whether URLs learned from documents (`jwks_uri`, redirects) may lead to "
                   "private addresses. Link-local and cloud metadata addresses are always "
                   "refused; the very host of a configured issuer is always allowed, and where its "
                   "document comes from a private network, so is a `jwks_uri` on one."}),
  });
}

std::shared_ptr<const Table> timeline_rows() {
  using model::TimelineConfig;
  return rows({
      leaf("confirm_observations", Form::kInteger, &TimelineConfig::confirm_observations,
           {.fallback = "3",
            .least = "1",
            .most = "1000",
            .help = "A key counts as withdrawn after so many consecutive good observations "
                    "without it."}),
      leaf("confirm_span", Form::kDuration, &TimelineConfig::confirm_span,
           {.fallback = "10m",
            .least = "0s",
            .most = "30d",
            .help = "And only when those observations span at least this time."}),
  });
}

std::shared_ptr<const Table> clock_rows() {
  return rows({
      leaf("kernel", Form::kFlag, &ClockConfig::kernel,
           {.fallback = "true",
            .help = "Let the kernel's own NTP state, where it can be read, count as one "
                    "more voice on the time."}),
      leaf("hunt", Form::kChoice, &ClockConfig::hunt,
           {.fallback = "auto",
            .choices = {"auto", "on", "off"},
            .help = "Accepted, but not implemented yet: time probes so that the interval around an "
                    "authority's clock shrinks fastest. "
                    "`auto`: only while the interval is too wide to judge."}),
      leaf("warn", Form::kDuration, &ClockConfig::warn,
           {.fallback = "1s",
            .least = "1ms",
            .most = "1h",
            .help =
                "The proven offset that is a finding where no deployment's tolerance says more."}),
  });
}

std::shared_ptr<const Table> tls_rows() {
  using model::TlsThresholds;
  const auto threshold = [](std::string name, base::Duration TlsThresholds::* place,
                            std::string fallback, std::string help) {
    return leaf(
        std::move(name), Form::kDuration, place,
        {.fallback = std::move(fallback), .least = "0s", .most = "400d", .help = std::move(help)});
  };
  return rows({
      threshold("info", &TlsThresholds::info, "21d",
                "A certificate with less time left is a finding of severity info."),
      threshold("warning", &TlsThresholds::warning, "7d", "With less time left, a warning."),
      threshold("error", &TlsThresholds::error, "2d", "With less time left, an error."),
  });
}

std::shared_ptr<const Table> alerts_rows() {
  using alerts::AlertsConfig;
  return rows({
      leaf("group_wait", Form::kDuration, &AlertsConfig::group_wait,
           {.fallback = "30s",
            .least = "0s",
            .most = "1h",
            .help = "How long the first message of a group waits for more findings of it."}),
      leaf("group_interval", Form::kDuration, &AlertsConfig::group_interval,
           {.fallback = "5m",
            .least = "1s",
            .most = "1d",
            .help = "The least time between two messages about one group."}),
      leaf("repeat", Form::kDuration, &AlertsConfig::repeat,
           {.fallback = "4h",
            .least = "5m",
            .most = "30d",
            .help = "How often a critical finding that still holds is sent again; `0s`: never.",
            .zero_is_off = true}),
      leaf("runbooks", Form::kText, &AlertsConfig::runbooks,
           {.fallback = alerts::kRunbooks,
            .help = "Where the pages of the rules are: the name of a rule is put behind it, and "
                    "the link into every message."}),
  });
}

std::shared_ptr<const Table> retention_rows() {
  return rows({leaf(
      "observations", Form::kDuration, &Config::retention_observations,
      {.fallback = "400d",
       .least = "2d",
       .most = "36500d",
       .help = "How long observations are kept in full. Older ones are compacted: what is left "
               "says which keys were published when. Keys, events and the audit chain are "
               "kept forever."})});
}

std::shared_ptr<const Table> audit_rows() {
  return rows(
      {leaf("key_file", Form::kReadableFile, &Config::audit_key_file,
            {.help = "Accepted, but not implemented yet: Ed25519 private key (PEM) that signs "
                     "checkpoints of the audit chain. "
                     "A relative name is looked for below `$CREDENTIALS_DIRECTORY` first.",
             .example = "audit-key.pem"})});
}

std::shared_ptr<const Table> metrics_rows() {
  return rows({leaf("every_authority", Form::kFlag, &Config::every_authority,
                    {.fallback = "false",
                     .help = "Whether there are series of each authority and each validator even "
                             "where there are more than 2,000 of them."})});
}

AuthorityConfig authority_prototype(const Config& config) {
  AuthorityConfig authority;
  authority.spec = config.authority_of("");
  return authority;
}

std::vector<AuthorityConfig>& authorities(Config& config) { return config.authorities; }
std::vector<DeploymentConfig>& deployments(Config& config) { return config.deployments; }
template <auto Place>
auto& alerts_part(Config& config) {
  return config.alerts.*Place;
}

Row heartbeat_section() {
  Row row = section("heartbeat", &alerts::AlertsConfig::heartbeat, heartbeat_rows(),
                    "A message that says that idpwatch lives, so that silence is noticed. Absent: "
                    "none.");
  const auto inner = row.object;
  row.object = [inner](void* owner, bool create) -> void* {
    alerts::AlertsConfig& alerts = static_cast<Config*>(owner)->alerts;
    return create || alerts.heartbeat.every.count() > 0 ? inner(&alerts, create) : nullptr;
  };
  return row;
}

Table make_table() {
  return {
      leaf("state_dir", Form::kFolder, &Config::state_dir,
           {.help = "Where the database lives. Absent: systemd's `$STATE_DIRECTORY`, else "
                    "`/var/lib/idpwatch` for root, else `$XDG_STATE_HOME/idpwatch` or "
                    "`~/.local/state/idpwatch`.",
            .example = "/var/lib/idpwatch"}),
      leaf("listen", Form::kListen, &Config::listen,
           {.fallback = "127.0.0.1:7517",
            .help = "Where health, metrics and status are served: ADDRESS:PORT, `unix:PATH`, or "
                    "`off`. What is not loopback or a socket needs `admin_token`.",
            .example = "unix:/run/idpwatch/admin.sock"}),
      leaf("admin_token", Form::kSecret, &Config::admin_token,
           {.help = "Bearer token for everything on the listener but the health paths.",
            .example = "/run/credentials/idpwatch.service/admin-token"}),
      leaf("instance", Form::kName, &Config::instance,
           {.help = "Names this vantage in findings and messages. Absent: the host name.",
            .example = "vm-17"}),
      section("log", &Config::log, log_rows(), "The log, on standard error."),
      section("defaults", &Config::defaults, defaults_rows(),
              "What holds for every authority that does not say otherwise."),
      section("limits", &Config::limits, limits_rows(), "Bounds on what others send us."),
      section("timeline", &Config::timeline, timeline_rows(), "When a missing key is gone."),
      section("clock", &Config::clock, clock_rows(), "How clocks are compared."),
      section("tls", &Config::tls, tls_rows(), "Expiry of the authorities' certificates."),
      section("alerts", &Config::alerts, alerts_rows(), "The pace of messages."),
      same_owner_section<Config>("retention", retention_rows(), "What is forgotten, and when."),
      same_owner_section<Config>("audit", audit_rows(), "The audit chain."),
      same_owner_section<Config>("metrics", metrics_rows(), "What `/metrics` shows."),
      list_of("authorities", &authorities, authority_rows(),
              "The issuers that are probed. Those that only a deployed file names are added by "
              "themselves.",
              &authority_prototype),
      list_of("deployments", &deployments, deployment_rows(),
              "The services whose deployed files are read and judged."),
      list_of("receivers", &alerts_part<&alerts::AlertsConfig::receivers>, receiver_rows(),
              "Where alerts go."),
      list_of("routes", &alerts_part<&alerts::AlertsConfig::routes>, route_rows(),
              "Which receivers get what. The first match wins unless "
              "`continue: true`. Default: warnings and above go to all receivers."),
      list_of("ignore", &alerts_part<&alerts::AlertsConfig::ignore>, ignore_rows(),
              "What was accepted on purpose: shown as ignored, never alerted."),
      list_of("maintenance", &alerts_part<&alerts::AlertsConfig::maintenance>, maintenance_rows(),
              "Times in which what opens is sent to nobody: it is sent at the end, if it still "
              "holds."),
      heartbeat_section(),
  };
}

}  // namespace

const Table& config_table() {
  static const Table the_table = make_table();
  return the_table;
}

}  // namespace idpwatch::config
