#include "config/config_checks.hpp"

#include "alerts/receivers/kinds.hpp"
#include "alerts/receivers/smtp_url.hpp"
#include "alerts/standard_webhooks.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "config/canary_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>

namespace idpwatch::config {
namespace {

// Among more names no likely one is looked for: it would take seconds, and nobody reads the list.
constexpr std::size_t kGuessAmong = 1000;

// Host of a URL: IPv6 stands in brackets.
bool is_loopback(std::string_view host) {
  const bool numeric = host.find_first_not_of("0123456789.") == std::string_view::npos;
  return host == "localhost" || host.ends_with(".localhost") || host == "[::1]" ||
         (numeric && host.starts_with("127."));
}

class Checks {
 public:
  Checks(const Config& config, const Places& places, const ConfigWorld& world,
         ConfigProblems& problems, ConfigProblems& warnings)
      : config_(config), places_(places), world_(world), problems_(problems), warnings_(warnings) {}

  void run() {
    listen();
    thresholds();
    for (std::size_t i = 0; i < config_.authorities.size(); ++i) authority(i);
    for (std::size_t i = 0; i < config_.deployments.size(); ++i) deployment(i);
    for (std::size_t i = 0; i < config_.alerts.receivers.size(); ++i) {
      receiver(i);
    }
    for (std::size_t i = 0; i < config_.alerts.routes.size(); ++i) route(i);
    for (std::size_t i = 0; i < config_.alerts.ignore.size(); ++i) ignore(i);
    for (std::size_t i = 0; i < config_.alerts.maintenance.size(); ++i) maintenance(i);
    if (config_.alerts.heartbeat.every.count() == 0 &&
        !config_.alerts.heartbeat.receivers.empty()) {
      problem("heartbeat", "it is not said how often", "for example every: 1h");
    }
    for (const std::string& name : config_.alerts.heartbeat.receivers) {
      receiver_named(name, "heartbeat.receivers");
    }
  }

 private:
  using Names = std::map<std::string, std::string, std::less<>>;  // name -> key
  using Text = std::optional<std::string>;
  using Way = std::tuple<std::string, Text, Text, Text, Text, int>;

  static std::string key(std::string_view list, std::size_t index, std::string_view field = {}) {
    return fmt::format("{}[{}]{}{}", list, index, field.empty() ? "" : ".", field);
  }

  // The nearest key that stands in a file.
  [[nodiscard]] Place place(std::string_view key) const {
    for (;;) {
      if (const auto found = places_.find(key); found != places_.end()) return found->second;
      const std::size_t cut = key.find_last_of(".[");
      if (cut == std::string_view::npos) break;
      key = key.substr(0, cut);
    }
    const auto root = places_.find("");
    return root == places_.end() ? Place{} : root->second;
  }

  void problem(std::string key, std::string message, std::string hint = {}) {
    const Place where = place(key);
    add_problem(problems_, where, std::move(key), std::move(message), std::move(hint));
  }

  void warning(std::string key, std::string message, std::string hint) {
    const Place where = place(key);
    add_problem(warnings_, where, std::move(key), std::move(message), std::move(hint));
  }

  void unique(Names& names, const std::string& name, const std::string& key,
              std::string_view what) {
    if (name.empty()) return;
    const auto [first, fresh] = names.emplace(name, key);
    if (fresh) return;
    const Place there = place(first->second);
    problem(key,
            fmt::format("another {} is called \"{}\" already: {}:{}", what,
                        base::printable(name, 80), there.file ? *there.file : "", there.line),
            "give one of them another name");
  }

  void listen() {
    if (!config_.listen.local() && config_.admin_token.empty()) {
      problem("listen",
              fmt::format("{} can be reached from other hosts, and there is no admin_token",
                          config_.listen.text()),
              "give admin_token_file, or listen on 127.0.0.1:7517 or a unix socket");
    }
  }

  void thresholds() {
    const model::TlsThresholds& tls = config_.tls;
    if (tls.info < tls.warning || tls.warning < tls.error) {
      problem("tls", "the days left for info, warning and error must fall in this order",
              "the defaults are info: 21d, warning: 7d, error: 2d");
    }
  }

  void authority(std::size_t index) {
    const model::AuthoritySpec& spec = config_.authorities[index].spec;
    unique(authorities_, spec.name, key("authorities", index, "name"), "authority");
    if (spec.client_cert.has_value() != spec.client_key_file.has_value()) {
      problem(key("authorities", index, spec.client_cert ? "client_cert" : "client_key_file"),
              "client_cert and client_key_file belong together", "give both");
    }
    canary(config_.authorities[index].canary, key("authorities", index, "canary"));
    same_issuer(index);
  }

  // Asked for the same documents in the same way, two of them would only tell everything twice. One
  // issuer by two ways (another address of its documents, another proxy) is legitimate.
  void same_issuer(std::size_t index) {
    const model::AuthoritySpec& spec = config_.authorities[index].spec;
    if (spec.issuer.empty()) return;
    const Way way{spec.issuer, spec.metadata_url, spec.jwks_url,
                  spec.proxy,  spec.client_cert,  static_cast<int>(spec.ip_version)};
    const auto [same, fresh_way] = ways_.emplace(way, index);
    const auto [first, fresh_issuer] = issuers_.emplace(spec.issuer, index);
    const std::size_t other = fresh_way ? first->second : same->second;
    if (other == index) return;
    const Place there = place(key("authorities", other, "issuer"));
    const std::string name = base::printable(config_.authorities[other].spec.name, 80);
    std::string also = fmt::format("\"{}\" has this issuer too: {}:{}", name,
                                   there.file ? *there.file : "", there.line);
    if (fresh_way) {
      warning(key("authorities", index, "issuer"), std::move(also),
              fmt::format("deployments that trust this issuer are judged by \"{}\"", name));
    } else {
      problem(key("authorities", index, "issuer"), std::move(also),
              "take one of them out, or give it the address of other documents (metadata_url)");
    }
  }

  void deployment(std::size_t index) {
    const DeploymentConfig& deployment = config_.deployments[index];
    unique(deployments_, deployment.name, key("deployments", index, "name"), "deployment");
    if (deployment.name.find('#') != std::string::npos) {
      problem(key("deployments", index, "name"), "the name of a deployment must not contain #",
              "it separates the scheme from the name");
    }
    if (deployment.files.empty() && !deployment.profile) {
      problem(key("deployments", index), "neither files nor profile is given",
              "name the deployed files, or the profile and its settings");
    }
    if (deployment.profile && !world_.profiles.empty() &&
        std::find(world_.profiles.begin(), world_.profiles.end(), *deployment.profile) ==
            world_.profiles.end()) {
      const auto near = base::nearest(*deployment.profile, world_.profiles);
      problem(
          key("deployments", index, "profile"),
          fmt::format("\"{}\" is not a known profile", base::printable(*deployment.profile, 80)),
          near ? "did you mean " + *near + "?" : "known: " + base::join(world_.profiles, ", "));
    }
    if (deployment.framework && deployment.version) {
      problem(key("deployments", index, "framework"),
              "framework and version are mutually exclusive",
              "keep version: it is the one that decides");
    }
    const int sources =
        (deployment.started_at ? 1 : 0) + (deployment.unit ? 1 : 0) + (deployment.pid_file ? 1 : 0);
    if (sources > 1) {
      problem(key("deployments", index), "started_at, unit and pid_file answer the same question",
              "keep one of them");
    }
    canary(deployment.canary, key("deployments", index, "canary"));
    if (deployment.endpoint) endpoint(*deployment.endpoint, key("deployments", index, "endpoint"));
  }

  // What only a page of another origin needs.
  void endpoint(const Endpoint& endpoint, const std::string& key) {
    if (endpoint.cors_origin || (!endpoint.cors_method && !endpoint.credentials)) return;
    problem(key + (endpoint.credentials ? ".credentials" : ".cors_method"),
            "it is not said which page calls it", "add cors_origin: https://app.example.com");
  }

  void canary(const std::optional<model::CanarySpec>& canary, const std::string& key) {
    if (!canary) return;
    for (CanaryProblem& found : canary_problems(*canary)) {
      problem(found.field.empty() ? key : key + "." + found.field, std::move(found.message),
              std::move(found.hint));
    }
  }

  void receiver(std::size_t index) {
    const alerts::ReceiverConfig& receiver = config_.alerts.receivers[index];
    unique(receivers_, receiver.name, key("receivers", index, "name"), "receiver");
    one_kind(index);
    const std::string here = key("receivers", index, std::string(alerts::kind_of(receiver).name));
    for (const std::string& text : urls_of(receiver)) receiver_url(receiver, text, here);
    for (const std::string& secret : receiver.secrets) {
      if (const auto decoded = alerts::decode_secret(secret); !decoded) {
        problem(here + ".secret", decoded.error().message, decoded.error().hint);
      }
    }
    if (receiver.username.empty() != receiver.password.empty()) {
      problem(here, "username and password belong together", "give both");
    }
    if (!receiver.token.empty() && !receiver.username.empty()) {
      problem(here, "both token and username are given", "keep one of them");
    }
  }

  void one_kind(std::size_t index) {
    std::vector<std::string> known, given;
    for (const alerts::Kind& kind : alerts::receiver_kinds()) {
      known.emplace_back(kind.name);
      if (places_.contains(key("receivers", index, kind.name))) given.emplace_back(kind.name);
    }
    if (given.size() == 1) return;
    problem(key("receivers", index),
            given.empty() ? "it is not said what kind of receiver this is"
                          : base::join(given, " and ") + " are given together",
            given.empty() ? "give one of: " + base::join(known, ", ")
                          : "make a receiver of its own of each");
  }

  static std::vector<std::string> urls_of(const alerts::ReceiverConfig& receiver) {
    if (const auto* all = std::get_if<alerts::Alertmanager>(&receiver.kind)) return all->urls;
    return {receiver.url};
  }

  void receiver_url(const alerts::ReceiverConfig& receiver, const std::string& text,
                    const std::string& here) {
    if (const auto* email = std::get_if<alerts::Email>(&receiver.kind)) {
      mail_server(receiver, *email, here);
      return;
    }
    const auto url = base::parse_url(text);
    if (!url) return;
    if (!url->https() && !is_loopback(url->host) && !alerts::takes_state(receiver)) {
      warning(here + ".url",
              fmt::format("messages go to {} unencrypted: anyone on the network path can read them",
                          base::printable(url->host, 80)),
              "use https");
    }
    const bool connector =
        url->host.ends_with(".webhook.office.com") || url->host == "outlook.office.com";
    if (connector && std::holds_alternative<alerts::Teams>(receiver.kind)) {
      problem(here + ".url", "this is an Office 365 connector: Microsoft has retired them",
              "make a flow that starts with \"When a Teams webhook request is received\", and "
              "give its URL");
    }
  }

  void mail_server(const alerts::ReceiverConfig& receiver, const alerts::Email& email,
                   const std::string& here) {
    const auto server = alerts::parse_smtp_url(receiver.url);
    if (!server || server->tls || email.require_tls) return;
    if (!receiver.username.empty()) {
      problem(here, "the password would be sent in plain text",
              "leave out username and password, or require_tls: false");
    } else if (!is_loopback(server->host)) {
      warning(here + ".require_tls",
              fmt::format("letters go to {} unencrypted: anyone on the network path can read them",
                          base::printable(server->host, 80)),
              "leave out require_tls: false");
    }
  }

  void receiver_named(const std::string& name, const std::string& where) {
    if (receivers_.contains(name) || is_full(problems_)) return;
    std::vector<std::string> names;
    for (const auto& [known, at] : receivers_) names.push_back(known);
    const auto near = base::nearest(name, names);
    std::string hint =
        near ? "did you mean " + *near + "?" : "receivers: " + base::join(names, ", ");
    if (names.empty()) hint = "add it to receivers";
    problem(where, fmt::format("there is no receiver \"{}\"", base::printable(name, 80)),
            std::move(hint));
  }

  void maintenance(std::size_t index) {
    const alerts::MaintenanceWindow& window = config_.alerts.maintenance[index];
    if (window.from && window.until && *window.until <= *window.from) {
      problem(key("maintenance", index, "until"), "it ends before it begins",
              "until is later than from");
    }
    if (window.authority) {
      named(authorities_, *window.authority, key("maintenance", index, "authority"), "authority");
    }
    if (window.deployment) {
      named(deployments_, window.deployment->substr(0, window.deployment->find('#')),
            key("maintenance", index, "deployment"), "deployment");
    }
  }

  void route(std::size_t index) {
    const alerts::Route& route = config_.alerts.routes[index];
    for (const std::string& name : route.receivers) {
      receiver_named(name, key("routes", index, "receivers"));
    }
    const alerts::RouteMatch& match = route.match;
    if (match.kind == alerts::RouteKind::kEvent &&
        (!match.severity.empty() || !match.rule.empty())) {
      problem(key("routes", index, "match"), "events have neither severity nor rule",
              "match them by type");
    }
    if (match.kind == alerts::RouteKind::kFinding && !match.type.empty()) {
      problem(key("routes", index, "match"), "findings have no type", "match them by rule");
    }
    for (const std::string& name : match.authority) {
      named(authorities_, name, key("routes", index, "match.authority"), "authority");
    }
    for (const std::string& name : match.deployment) {
      named(deployments_, name.substr(0, name.find('#')), key("routes", index, "match.deployment"),
            "deployment");
    }
  }

  // A name that nothing is called quietly never matches. A warning: deployed files add authorities,
  // which are called by their issuer, and what is not deployed yet may be.
  void named(const Names& known, const std::string& name, const std::string& key,
             std::string_view what) {
    if (name.empty() || name.ends_with('*') || known.contains(name)) return;
    if (base::parse_url(name) || is_full(warnings_)) return;
    std::vector<std::string> names;
    if (known.size() <= kGuessAmong) {
      for (const auto& [each, where] : known) names.push_back(each);
    }
    const auto near = base::nearest(name, names);
    warning(
        key,
        fmt::format("there is no {} \"{}\": this matches nothing", what, base::printable(name, 80)),
        near            ? "did you mean " + *near + "?"
        : known.empty() ? fmt::format("the configuration names no {}", what)
        : names.empty() ? fmt::format("none of the {} known names is that", known.size())
                        : "known: " + base::join(names, ", "));
  }

  // A name that nothing is called would quietly never match.
  void ignore(std::size_t index) {
    const alerts::IgnoreEntry& entry = config_.alerts.ignore[index];
    if (entry.authority) {
      named(authorities_, *entry.authority, key("ignore", index, "authority"), "authority");
    }
    const auto is_pattern = [](const std::string& name) { return name.ends_with('*'); };
    if (entry.deployment && !is_pattern(*entry.deployment) &&
        !deployments_.contains(entry.deployment->substr(0, entry.deployment->find('#')))) {
      problem(key("ignore", index, "deployment"),
              fmt::format("there is no deployment \"{}\"", base::printable(*entry.deployment, 80)));
    }
  }

  const Config& config_;
  const Places& places_;
  const ConfigWorld& world_;
  ConfigProblems& problems_;
  ConfigProblems& warnings_;
  Names authorities_, deployments_, receivers_;
  std::map<Way, std::size_t> ways_;  // -> index of the first
  std::map<std::string, std::size_t, std::less<>> issuers_;
};

}  // namespace

void check_config(const Config& config, const Places& places, const ConfigWorld& world,
                  ConfigProblems& problems, ConfigProblems& warnings) {
  Checks(config, places, world, problems, warnings).run();
}

}  // namespace idpwatch::config
