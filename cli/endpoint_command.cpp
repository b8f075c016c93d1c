#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/endpoint_text.hpp"
#include "checks/token/pasted_token.hpp"
#include "checks/token/token_form.hpp"
#include "cli/commands.hpp"
#include "cli/endpoint_probe.hpp"
#include "cli/settings.hpp"
#include "watch/deployments.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;
using checks::EndpointCheck;
using checks::EndpointOutcome;

base::Error wrong(std::string message, std::string hint) {
  return base::make_error(base::ErrorKind::kUsage, std::move(message), std::move(hint));
}

bool is_token_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

// What files and variables would be a header of ours, or break the request.
base::Result<std::pair<std::string, std::string>> header_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  const std::string name = text.substr(0, colon);
  if (colon == std::string::npos || name.empty() ||
      !std::all_of(name.begin(), name.end(), is_token_char)) {
    return base::fail(
        wrong("--header: " + base::printable(text, 60) + " has no name before a colon",
              "write \"Name: value\""));
  }
  const std::string value(base::trim(std::string_view(text).substr(colon + 1)));
  if (std::any_of(value.begin(), value.end(),
                  [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\t'; })) {
    return base::fail(
        wrong("--header: control characters in the value of " + name, "leave them out"));
  }
  if (base::iequals(name, "authorization")) {
    return base::fail(
        wrong("--header: Authorization is not taken from the command line, which others can read",
              "put the token into a file and name it with --token-file"));
  }
  return std::pair(name, value);
}

model::Severity severity_of(const EndpointCheck& check) {
  return check.outcome == EndpointOutcome::kRefused ? model::Severity::kError
                                                    : model::Severity::kWarning;
}

bool fails(const EndpointCheck& check) {
  return check.outcome == EndpointOutcome::kRefused || check.outcome == EndpointOutcome::kWarning;
}

class EndpointRun {
 public:
  EndpointRun(const EndpointOptions& options, Streams& streams)
      : options_(options), streams_(streams) {}

  int run() {
    auto config = load_config_or_defaults(options_.config, streams_);
    if (!config) return kUsage;
    config_ = std::move(*config);
    for (const auto step :
         {&EndpointRun::find_target, &EndpointRun::take_options, &EndpointRun::take_token}) {
      if (const auto done = (this->*step)(); !done) return report(streams_, done.error());
    }
    probe_.transport = config_.authority_of(probe_.question.url);
    probe_.limits = config_.limits;
    auto exchange = probe_endpoint(probe_, base::Environment::of_process(), clock_);
    if (!exchange) return report(streams_, exchange.error());
    exchange_ = std::move(*exchange);
    report_ = checks::judge_endpoint(probe_.question, exchange_);
    if (options_.output == Output::kJson) {
      streams_.out << document().dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
      streams_.out << base::printable(base::redact_url(probe_.question.url), 300) << '\n'
                   << checks::endpoint_text(report_);
    }
    return result();
  }

 private:
  // A URL, or a deployment whose `endpoint:` names one.
  base::Status find_target() {
    const auto deployment =
        std::find_if(config_.deployments.begin(), config_.deployments.end(),
                     [&](const auto& one) { return one.name == options_.target; });
    if (deployment != config_.deployments.end()) {
      if (!deployment->endpoint) {
        return base::fail(wrong("the deployment " + deployment->name + " has no endpoint",
                                "add endpoint: {url: ...}, or give the URL"));
      }
      name_ = deployment->name;
      probe_.question.url = deployment->endpoint->url;
      probe_.question.origin = deployment->endpoint->cors_origin.value_or("");
      read_deployment(*deployment);
    } else {
      probe_.question.url = options_.target;
    }
    const auto url = base::parse_url(probe_.question.url);
    if (!url || !url->user.empty()) {
      return base::fail(
          wrong(url ? "a URL with user name or password is not accepted" : url.error().message,
                "give the URL of the protected API, or the name of a deployment with an endpoint"));
    }
    if (name_.empty()) name_ = base::without_url_secrets(url->origin() + url->path);
    return base::Ok{};
  }

  void read_deployment(const config::DeploymentConfig& deployment) {
    const watch::ReadDeployment read =
        watch::validators_of(watch::read_deployment_files(deployment, {}, watch::disk()),
                             std::make_shared<validators::DocumentStore>());
    if (read.validators.empty()) return;
    const watch::WatchedValidator& first = read.validators.front();
    if (first.settings.authority.has_value()) {
      probe_.question.authority = first.settings.authority.value();
    }
    probe_.question.audiences = first.settings.audiences.value();
    const std::string& profile = first.validator->profile();
    const bool dotnet = profile == "aspnetcore-jwtbearer" || profile == "microsoft-identity-web" ||
                        profile == "openiddict-validation";
    if (dotnet) probe_.question.stack = checks::EndpointStack::kAspNetCore;
  }

  base::Status take_options() {
    constexpr std::array<std::string_view, 6> kMethods{"GET", "HEAD",  "POST",
                                                       "PUT", "PATCH", "DELETE"};
    if (options_.method) {
      if (std::find(kMethods.begin(), kMethods.end(), *options_.method) == kMethods.end()) {
        return base::fail(
            wrong("--method " + base::printable(*options_.method, 20) + " is not known",
                  "GET, HEAD, POST, PUT, PATCH or DELETE"));
      }
      probe_.question.method = *options_.method;
    }
    if (options_.origin) probe_.question.origin = *options_.origin;
    probe_.question.credentials = options_.credentials;
    const std::string& origin = probe_.question.origin;
    const auto url = origin.empty() ? base::parse_url("https://x") : base::parse_url(origin);
    if (!url || (!origin.empty() && url->origin() != origin)) {
      return base::fail(wrong(
          "--origin " + base::printable(origin, 100) + " is not an origin as browsers send it",
          "write scheme, host and port, without a path or a slash: https://app.example.com"));
    }
    if (options_.credentials && origin.empty()) {
      return base::fail(wrong("--credentials goes with --origin",
                              "name the page's origin, such as https://app.example.com"));
    }
    for (const std::string& text : options_.headers) {
      auto header = header_of(text);
      if (!header) return base::fail(header.error());
      probe_.extra.push_back(std::move(*header));
    }
    return base::Ok{};
  }

  base::Status take_token() {
    if (!options_.token_file) return base::Ok{};
    const auto bytes = base::read_file(*options_.token_file);
    if (!bytes) return base::fail(bytes.error());
    probe_.token = checks::read_pasted_token(*bytes).token;
    const bool sendable =
        !probe_.token.empty() && std::all_of(probe_.token.begin(), probe_.token.end(),
                                             [](char c) { return c > ' ' && c <= '~'; });
    if (!sendable) {
      return base::fail(
          base::ErrorKind::kInput,
          base::printable(*options_.token_file, 200) + " holds no token that can be sent",
          "`idpwatch explain - < FILE` says what it holds");
    }
    const checks::TokenForm form = checks::read_token_form(probe_.token);
    if (!form.token) return base::Ok{};
    probe_.question.token_audiences = form.token->audiences;
    probe_.question.token_tenant = form.token->tenant_id.value_or("");
    return base::Ok{};
  }

  [[nodiscard]] Json requests() const {
    Json out = Json::array();
    for (const auto* hops :
         {&exchange_.plain, &exchange_.forwarded, &exchange_.preflight,
          &exchange_.resource_metadata, &exchange_.server_metadata, &exchange_.with_token}) {
      for (const model::Hop& hop : *hops) {
        Json sent{{"method", hop.request.method},
                  {"url", base::redact_url(hop.request.url)},
                  {"headers", fields(hop.request.headers, true)}};
        Json answered{{"status", hop.answer.status},
                      {"headers", fields(hop.answer.headers, false)}};
        const std::string target = model::redirect_target(hop);
        answered["location"] = target.empty() ? Json(nullptr) : Json(base::redact_url(target));
        if (!hop.answer.failure.empty()) answered["failure"] = hop.answer.failure;
        out.push_back(Json{{"sent", std::move(sent)}, {"answered", std::move(answered)}});
      }
    }
    return out;
  }

  // Values that are secrets of somebody are not shown: what --header adds, and cookies.
  [[nodiscard]] Json fields(const model::HeaderFields& headers, bool ours) const {
    Json out = Json::array();
    for (const auto& [name, value] : headers) {
      const bool extra = ours && std::find(probe_.extra.begin(), probe_.extra.end(),
                                           std::pair(name, value)) != probe_.extra.end();
      const bool secret =
          extra || base::iequals(name, "set-cookie") || base::iequals(name, "authorization");
      out.push_back(Json::array({name, secret ? "(not shown)" : value}));
    }
    return out;
  }

  [[nodiscard]] Json findings() const {
    Json out = Json::array();
    const base::Instant now = clock_.wall();
    for (const EndpointCheck& check : report_.checks) {
      if (!fails(check) || check.rule.empty()) continue;
      model::Finding finding;
      finding.rule = check.rule;
      finding.severity = severity_of(check);
      finding.subject.deployment = name_;
      finding.id = model::finding_id(finding.rule, finding.subject);
      finding.summary = check.found;
      finding.remedy = check.remedy;
      finding.vantage = config_.instance;
      finding.first_seen = finding.last_seen = now;
      out.push_back(Json(model::to_json(finding)));
    }
    return out;
  }

  [[nodiscard]] Json document() const {
    const auto text = [](const std::string& value) {
      return value.empty() ? Json(nullptr) : Json(value);
    };
    Json list = Json::array();
    for (const EndpointCheck& check : report_.checks) {
      list.push_back(Json{{"check", checks::to_text(check.name)},
                          {"result", checks::to_text(check.outcome)},
                          {"expected", text(check.expected)},
                          {"found", text(check.found)},
                          {"browser_says", text(check.browser_says)},
                          {"remedy", text(check.remedy)},
                          {"notes", check.notes}});
    }
    return Json{{"schema", "idpwatch.endpoint/v1"},
                {"requests", requests()},
                {"checks", std::move(list)},
                {"findings", findings()}};
  }

  [[nodiscard]] ExitCode result() const {
    ExitCode code = kFine;
    for (const EndpointCheck& check : report_.checks) {
      if (check.outcome == EndpointOutcome::kRefused) code = worst(code, kFound);
      if (check.outcome == EndpointOutcome::kUnknown) code = worst(code, kUndetermined);
    }
    return code;
  }

  const EndpointOptions& options_;
  Streams& streams_;
  base::SystemClock clock_;
  config::Config config_;
  std::string name_;
  EndpointProbe probe_;
  model::Exchange exchange_;
  checks::EndpointReport report_;
};

}  // namespace

int run_endpoint(const EndpointOptions& options, Streams& streams) {
  return EndpointRun(options, streams).run();
}

}  // namespace idpwatch::cli
