#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/endpoint/endpoint_findings.hpp"
#include "checks/endpoint/endpoint_text.hpp"
#include "checks/token/pasted_token.hpp"
#include "checks/token/token_form.hpp"
#include "cli/commands.hpp"
#include "cli/endpoint_document.hpp"
#include "cli/endpoint_forecast.hpp"
#include "cli/settings.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "net/trust_store.hpp"
#include "probe/endpoint_probe.hpp"
#include "watch/deployments.hpp"
#include "watch/endpoint_question.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::cli {
namespace {

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
    ask_.transport = config_.authority_of(ask_.question.url);
    ask_.limits = config_.limits;
    ask_.on_behalf_of = "endpoint";
    const checks::EndpointQuestion question = ask_.question;
    const checks::HeaderFields extra = ask_.extra;
    auto exchange = exchanged(std::move(ask_));
    if (!exchange) return report(streams_, exchange.error());
    const checks::EndpointReport judged = checks::judge_endpoint(question, *exchange);
    const std::vector<model::Finding> findings = checks::endpoint_findings(
        judged, *exchange, {name_, config_.instance, source_, clock_.wall()});
    if (options_.output == Output::kJson) {
      streams_.out << endpoint_document({judged, *exchange, findings, extra}) << '\n';
    } else {
      streams_.out << base::printable(base::redact_url(question.url), 300) << '\n'
                   << checks::endpoint_text(judged);
    }
    return result(judged);
  }

 private:
  // On a loop of its own, by the daemon's own probe.
  base::Result<model::Exchange> exchanged(probe::EndpointAsk ask) {
    const base::Environment environment = base::Environment::of_process();
    if (auto trust = net::check_trust_store(ask.transport.ca_file, environment); !trust) {
      return base::fail(trust.error());
    }
    auto loop = net::EventLoop::create(clock_);
    if (!loop) return base::fail(loop.error());
    net::HttpClientOptions options;
    options.environment = environment;
    net::HttpClient client(**loop, clock_, options);
    probe::EndpointProbe probe(client);
    model::Exchange exchange;
    probe.start(std::move(ask), [&](probe::EndpointSeen&& seen) {
      exchange = std::move(seen.exchange);
      (*loop)->stop();
    });
    (*loop)->run();
    return exchange;
  }

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
      source_ = model::SourceRef{deployment->origin.file,
                                 static_cast<std::size_t>(deployment->origin.line),
                                 deployment->origin.key + ".endpoint"};
      read_deployment(*deployment);
    } else {
      ask_.question.url = options_.target;
    }
    const auto url = base::parse_url(ask_.question.url);
    if (!url || !url->user.empty()) {
      return base::fail(
          wrong(url ? "a URL with user name or password is not accepted" : url.error().message,
                "give the URL of the protected API, or the name of a deployment with an endpoint"));
    }
    if (name_.empty()) name_ = base::without_url_secrets(url->origin() + url->path);
    return base::Ok{};
  }

  void read_deployment(const config::DeploymentConfig& deployment) {
    watch::ReadDeployment read =
        watch::validators_of(watch::read_deployment_files(deployment, {}, watch::disk()),
                             std::make_shared<validators::DocumentStore>());
    for (const base::Error& problem : read.problems) {
      streams_.err << "note: " << base::printable(problem.text(), 400) << '\n';
    }
    validators_ = std::move(read.validators);
    ask_.question = watch::endpoint_question(*deployment.endpoint, validators());
  }

  [[nodiscard]] std::vector<const watch::WatchedValidator*> validators() const {
    std::vector<const watch::WatchedValidator*> all;
    all.reserve(validators_.size());
    for (const watch::WatchedValidator& one : validators_) all.push_back(&one);
    return all;
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
      ask_.question.cors_method = *options_.method;
      ask_.question.method = *options_.method == "POST" ? "POST" : "GET";
    }
    if (options_.origin) ask_.question.origin = *options_.origin;
    if (options_.credentials) ask_.question.credentials = true;
    const std::string& origin = ask_.question.origin;
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
      ask_.extra.push_back(std::move(*header));
    }
    return base::Ok{};
  }

  base::Status take_token() {
    if (!options_.token_file) return base::Ok{};
    const auto bytes = base::read_file(*options_.token_file);
    if (!bytes) return base::fail(bytes.error());
    ask_.token = checks::read_pasted_token(*bytes).token;
    const bool sendable =
        !ask_.token.empty() && std::all_of(ask_.token.begin(), ask_.token.end(),
                                           [](char c) { return c > ' ' && c <= '~'; });
    if (!sendable) {
      return base::fail(
          base::ErrorKind::kInput,
          base::printable(*options_.token_file, 200) + " holds no token that can be sent",
          "`idpwatch explain - < FILE` says what it holds");
    }
    const checks::TokenForm form = checks::read_token_form(ask_.token);
    if (!form.token) return base::Ok{};
    ask_.question.token_audiences = form.token->audiences;
    ask_.question.token_tenant = form.token->tenant_id.value_or("");
    if (const auto forecast = forecast_by_probe(ask_.token, validators(), config_, clock_)) {
      ask_.question.forecast_status = forecast->status;
      ask_.question.forecast_error = forecast->error;
    }
    return base::Ok{};
  }

  // A refused token is one, whether that was forecast or not.
  static ExitCode result(const checks::EndpointReport& judged) {
    ExitCode code = kFine;
    for (const EndpointCheck& check : judged.checks) {
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
  std::optional<model::SourceRef> source_;
  std::vector<watch::WatchedValidator> validators_;
  probe::EndpointAsk ask_;
};

}  // namespace

int run_endpoint(const EndpointOptions& options, Streams& streams) {
  return EndpointRun(options, streams).run();
}

}  // namespace idpwatch::cli
