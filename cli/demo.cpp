// The story of a forecast in under a minute: everything in it is real but the service, which is
// simulated: TLS, the daemon, its database, the webhook and its signature.
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/demo/demo_daemon.hpp"
#include "cli/demo/demo_server.hpp"
#include "cli/demo/demo_service.hpp"
#include "cli/demo/throwaway_ca.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <utility>

namespace idpwatch::cli {

namespace {

using base::Json;

constexpr const char* kVersion = "6.10.0";  // Microsoft.IdentityModel, as ASP.NET Core 6 brings it

std::string config_text(const std::string& issuer, const std::string& hook,
                        const std::string& folder, base::Instant started) {
  return fmt::format(R"(state_dir: {2}/state
listen: unix:{2}/admin.sock
instance: demo
log: {{level: info, format: json}}
defaults: {{interval: 1s, timeout: 2s, ca_file: {2}/ca.pem, proxy: ""}}
limits: {{private_addresses: true}}
timeline: {{confirm_observations: 3, confirm_span: 0s}}
alerts: {{group_wait: 0s, group_interval: 1s}}
authorities:
  - {{name: login, issuer: "{0}"}}
deployments:
  - name: orders-api
    profile: aspnetcore-jwtbearer
    version: "{4}"
    settings: {{authority: "{0}", audiences: ["api://orders"]}}
    started_at: "{3}"
receivers:
  - {{name: oncall, webhook: {{url: "{1}", secret_file: {2}/hook.secret}}}}
routes:
  - {{match: {{kind: finding, rule: ["refusal-*"]}}, receivers: [oncall]}}
)",
                     issuer, hook, folder, base::format_rfc3339(started), kVersion);
}

std::string key_set(const std::vector<const DemoKey*>& keys) {
  Json set = {{"keys", Json::array()}};
  for (const DemoKey* key : keys) set["keys"].push_back(Json::parse(key->jwk));
  return set.dump();
}

std::string fresh_secret() {
  base::SystemRandom random;
  std::string bytes;
  while (bytes.size() < 32) {
    const std::uint64_t word = random.next();
    bytes.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return "whsec_" + base::base64_encode(bytes);
}

class Story {
 public:
  explicit Story(Streams& streams) : streams_(streams) {}

  base::Status prepare();
  base::Status tell();

 private:
  void say(std::string_view text, Colour colour = Colour::kNone);
  void detail(std::string_view label, std::string_view text);
  // The next message about the rule that fires or is updated, verified; an Error when none comes.
  base::Result<Json> alert(const std::string& rule, base::Duration patience);
  base::Status show(const Json& finding);
  base::Status call_until_refused();
  base::Status wait_for_first_look();

  Streams& streams_;
  base::SystemClock clock_;
  base::Instant began_ = clock_.wall();
  ThrowawayTls tls_;
  DemoKey old_key_, new_key_;
  std::unique_ptr<DemoProvider> provider_;
  std::unique_ptr<DemoReceiver> receiver_;
  std::unique_ptr<DemoDaemon> daemon_;
  std::unique_ptr<DemoService> service_;
  std::optional<base::Instant> earliest_, until_;
  std::string error_;
};

void Story::say(std::string_view text, Colour colour) {
  const auto seconds = std::chrono::duration_cast<base::seconds>(clock_.wall() - began_).count();
  streams_.out << paint(fmt::format("[{:>2} s] ", seconds), Colour::kDim, streams_.colour)
               << paint(text, colour, streams_.colour) << '\n'
               << std::flush;
}

// Messages of the library run over several lines; here each is one.
std::string one_line(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == ' ';
    if (!space) {
      out += c;
    } else if (!out.ends_with(' ')) {
      out += ' ';
    }
  }
  return out;
}

void Story::detail(std::string_view label, std::string_view text) {
  streams_.out << "       " << paint(fmt::format("{:<9}", label), Colour::kDim, streams_.colour)
               << base::printable(one_line(text), 400) << '\n'
               << std::flush;
}

base::Status Story::prepare() {
  auto tls = make_throwaway_tls(clock_.wall());
  if (!tls) return base::fail(tls.error());
  tls_ = std::move(*tls);
  auto old_key = make_demo_key("key-1");
  auto new_key = make_demo_key("key-2");
  if (!old_key || !new_key) return base::fail(old_key ? new_key.error() : old_key.error());
  old_key_ = std::move(*old_key);
  new_key_ = std::move(*new_key);

  auto provider = DemoProvider::start(tls_);
  if (!provider) return base::fail(provider.error());
  provider_ = std::move(*provider);
  provider_->serve_keys(key_set({&old_key_}));
  const std::string secret = fresh_secret();
  auto receiver = DemoReceiver::start(secret);
  if (!receiver) return base::fail(receiver.error());
  receiver_ = std::move(*receiver);

  auto daemon = DemoDaemon::prepare();
  if (!daemon) return base::fail(daemon.error());
  daemon_ = std::move(*daemon);
  for (const auto& [name, content] :
       {std::pair<std::string, std::string>("ca.pem", tls_.ca_pem),
        std::pair<std::string, std::string>("hook.secret", secret),
        std::pair<std::string, std::string>("idpwatch.yaml",
                                            config_text(provider_->issuer(), receiver_->url(),
                                                        daemon_->folder().string(), began_))}) {
    if (auto written = daemon_->write(name, content); !written) return written;
  }
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = kVersion;
  settings.authority = model::TextSetting(provider_->issuer());
  settings.audiences = model::ListSetting({"api://orders"});
  auto service = DemoService::start(settings, *provider_);
  if (!service) return base::fail(service.error());
  service_ = std::move(*service);
  return base::Ok{};
}

base::Result<Json> Story::alert(const std::string& rule, base::Duration patience) {
  const base::Instant end = clock_.wall() + patience;
  while (clock_.wall() < end) {
    const auto delivery = receiver_->next(base::milliseconds(200));
    if (!delivery && !daemon_->running()) {
      return base::fail(base::ErrorKind::kInternal, "the daemon ended:\n" + daemon_->log());
    }
    if (!delivery) continue;
    const auto body = base::parse_json(delivery->body);
    if (!body || !delivery->verified) {
      return base::fail(base::ErrorKind::kInternal, "a webhook came whose signature does not hold");
    }
    const Json& data = (*body->value)["data"];
    if (data["group"].value("rule", "") == rule && !data["findings"].empty()) {
      return data["findings"][0];
    }
  }
  return base::fail(base::ErrorKind::kInternal,
                    "no alert of " + rule + " came in time; the daemon said:\n" + daemon_->log());
}

base::Status Story::show(const Json& finding) {
  detail("summary", finding.value("summary", ""));
  if (finding.contains("error")) {
    error_ = finding["error"].value("id", "");
    detail("error", finding["error"].value("message", finding["error"].value("id", "")));
  }
  if (finding.contains("window")) {
    const Json& window = finding["window"];
    const auto instant = [&](const char* name) -> std::optional<base::Instant> {
      return window[name].is_string() ? base::parse_rfc3339(window[name].get<std::string>())
                                      : std::nullopt;
    };
    earliest_ = instant("earliest");
    until_ = instant("until");
    detail("window", (earliest_ ? base::format_rfc3339(*earliest_) : "?") + " .. " +
                         (until_ ? base::format_rfc3339(*until_) : "until it is mended"));
  }
  detail("remedy", finding.value("remedy", ""));
  return base::Ok{};
}

base::Status Story::call_until_refused() {
  const base::Instant now = clock_.wall();
  const validators::Answer answer = service_->call(new_key_, "key-2", now);
  if (answer.accepted()) {
    return base::fail(base::ErrorKind::kInternal,
                      "the service accepted the token that it was forecast to refuse");
  }
  const bool inside = earliest_ && *earliest_ <= now && (!until_ || now <= *until_);
  say(fmt::format("orders-api answers {} to a valid token, and logs:", answer.status),
      Colour::kRed);
  detail("log", answer.message);
  if (!inside) {
    return base::fail(base::ErrorKind::kInternal, "that was outside the window that was forecast");
  }
  if (answer.error != error_) {
    return base::fail(base::ErrorKind::kInternal, "forecast was another error: " + error_);
  }
  say("That is inside the window that was forecast, with the error that was forecast.",
      Colour::kGreen);
  return base::Ok{};
}

base::Status Story::wait_for_first_look() {
  const base::Instant end = clock_.wall() + base::seconds(20);
  while (daemon_->running() && clock_.wall() < end) {
    if (provider_->looks() >= 2) return base::Ok{};
    receiver_->next(base::milliseconds(100));
  }
  return base::fail(base::ErrorKind::kInternal,
                    "the daemon did not look at the provider:\n" + daemon_->log());
}

base::Status Story::tell() {
  say("A provider, " + provider_->issuer() + ", signs tokens with key-1 and publishes it.");
  say("orders-api, an ASP.NET Core 6 service (simulated), starts and caches the provider's keys.");
  const validators::Answer first = service_->call(old_key_, "key-1", clock_.wall());
  if (!first.accepted()) return base::fail(base::ErrorKind::kInternal, first.message);
  detail("answer", "200: the token of key-1 is accepted");
  if (auto started = daemon_->start(); !started) return started;
  say("idpwatch serve starts: it looks at the provider every second, and knows of orders-api.");
  if (auto looked = wait_for_first_look(); !looked) return looked;

  say("The provider publishes key-2, seconds before it will sign with it. Nobody is told.");
  provider_->serve_keys(key_set({&old_key_, &new_key_}));
  const auto forecast = alert("refusal-rotation", base::seconds(20));
  if (!forecast) return base::fail(forecast.error());
  say("The webhook is here, its signature verified, before any request has failed:", Colour::kBold);
  if (auto shown = show(*forecast); !shown) return shown;
  const validators::Answer still = service_->call(old_key_, "key-1", clock_.wall());
  detail("so far", std::to_string(still.status) + ": orders-api still answers as it should");

  say("The provider swaps: from now on key-2 signs, key-1 is gone.");
  provider_->serve_keys(key_set({&new_key_}));
  return call_until_refused();
}

}  // namespace

int run_demo(const DemoOptions& /*options*/, Streams& streams) {
  Story story(streams);
  if (auto prepared = story.prepare(); !prepared) return report(streams, prepared.error());
  if (auto told = story.tell(); !told) return report(streams, told.error());
  streams.out
      << "\nYour own services: name them under `deployments:` in idpwatch.yaml, or ask once\n"
         "with `idpwatch check appsettings.json`.\n";
  return kFine;
}

}  // namespace idpwatch::cli
