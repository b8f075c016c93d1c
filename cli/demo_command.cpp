// The story of a forecast in under a minute: everything in it is real but the service, which is
// simulated: TLS, the daemon, its database, the webhook and its signature.
#include "base/clock.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/narrator.hpp"
#include "cli/terminal.hpp"
#include "demo/demo_daemon.hpp"
#include "demo/demo_server.hpp"
#include "demo/demo_service.hpp"
#include "demo/throwaway_ca.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <optional>
#include <utility>

namespace idpwatch::cli {

namespace {

using base::Json;

constexpr std::size_t kRemedyMax = 200;
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
    settings: {{authority: "{0}", audiences: ["api://orders"], refresh_on_unknown_kid: false}}
    started_at: "{3}"
receivers:
  - {{name: oncall, webhook: {{url: "{1}", secret_file: {2}/hook.secret}}}}
routes:
  - {{match: {{kind: finding, rule: ["refusal-*"]}}, receivers: [oncall]}}
)",
                     issuer, hook, folder, base::format_rfc3339(started), kVersion);
}

std::string key_set(const std::vector<const demo::DemoKey*>& keys) {
  Json set = {{"keys", Json::array()}};
  for (const demo::DemoKey* key : keys) set["keys"].push_back(Json::parse(key->jwk));
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

// The first sentences of a text, as many as fit.
std::string beginning(const std::string& text, std::size_t most) {
  if (text.size() <= most) return text;
  const std::size_t end = text.rfind(". ", most);
  return end == std::string::npos ? text : text.substr(0, end + 1);
}

class Story {
 public:
  Story(Streams& streams, bool silent) : narrator_(streams, silent) {}

  base::Status prepare();
  base::Status tell();
  [[nodiscard]] Json record() const;

 private:
  void say(std::string_view text, Colour colour = Colour::kNone) {
    narrator_.say(clock_.wall() - began_, text, colour);
  }
  void end_act();
  // The next message about refusal-rotation that fits, verified; an Error when none comes.
  template <class Fits>
  base::Result<Json> alert(const Fits& fits);
  void show(const Json& finding);
  validators::Answer call(const demo::DemoKey& key, const std::string& kid) {
    return service_->call(key, kid, clock_.wall());
  }

  base::Status begin();
  base::Status wait_for_first_look();
  base::Status forecast();
  base::Status refuse();
  base::Status be_certain();
  base::Status restart();

  Narrator narrator_;
  base::SystemClock clock_;
  base::Instant began_ = clock_.wall();
  demo::ThrowawayTls tls_;
  demo::DemoKey old_key_, new_key_;
  model::ValidatorSettings settings_;
  std::unique_ptr<demo::DemoProvider> provider_;
  std::unique_ptr<demo::DemoReceiver> receiver_;
  std::deque<demo::DemoDelivery> deliveries_;  // that came while nobody waited
  std::unique_ptr<demo::DemoDaemon> daemon_;
  std::unique_ptr<demo::DemoService> service_;
  Json forecast_, certain_, answer_;
};

base::Status Story::prepare() {
  auto tls = demo::make_throwaway_tls(clock_.wall());
  if (!tls) return base::fail(tls.error());
  tls_ = std::move(*tls);
  auto old_key = demo::make_demo_key("key-1");
  auto new_key = demo::make_demo_key("key-2");
  if (!old_key || !new_key) return base::fail(old_key ? new_key.error() : old_key.error());
  old_key_ = std::move(*old_key);
  new_key_ = std::move(*new_key);

  auto provider = demo::DemoProvider::start(tls_);
  if (!provider) return base::fail(provider.error());
  provider_ = std::move(*provider);
  provider_->serve_keys(key_set({&old_key_}));
  const std::string secret = fresh_secret();
  auto receiver = demo::DemoReceiver::start(secret);
  if (!receiver) return base::fail(receiver.error());
  receiver_ = std::move(*receiver);

  auto daemon = demo::DemoDaemon::prepare();
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
  settings_.profile = "aspnetcore-jwtbearer";
  settings_.version = kVersion;
  settings_.authority = model::TextSetting(provider_->issuer());
  settings_.audiences = model::ListSetting({"api://orders"});
  settings_.refresh_on_unknown_kid = model::FlagSetting(false);
  auto service = demo::DemoService::start(settings_, *provider_);
  if (!service) return base::fail(service.error());
  service_ = std::move(*service);
  return base::Ok{};
}

void Story::end_act() {
  const base::Duration pause = narrator_.end_act();
  const base::Instant end = clock_.wall() + pause;
  while (clock_.wall() < end) {
    if (auto delivery = receiver_->next(end - clock_.wall())) {
      deliveries_.push_back(std::move(*delivery));
    }
  }
}

template <class Fits>
base::Result<Json> Story::alert(const Fits& fits) {
  const base::Instant end = clock_.wall() + base::seconds(20);
  while (clock_.wall() < end) {
    std::optional<demo::DemoDelivery> delivery;
    if (!deliveries_.empty()) {
      delivery = std::move(deliveries_.front());
      deliveries_.pop_front();
    } else {
      delivery = receiver_->next(base::milliseconds(200));
    }
    if (!delivery && !daemon_->running()) {
      return base::fail(base::ErrorKind::kInternal, "the daemon ended:\n" + daemon_->log());
    }
    if (!delivery) continue;
    const auto body = base::parse_json(delivery->body);
    if (!body || !delivery->verified) {
      return base::fail(base::ErrorKind::kInternal,
                        "a webhook arrived whose signature does not verify");
    }
    const Json& data = (*body->value)["data"];
    for (const Json& finding : data.value("findings", Json::array())) {
      if (finding["rule"] == "refusal-rotation" && fits(finding)) return finding;
    }
  }
  return base::fail(
      base::ErrorKind::kInternal,
      "no alert of refusal-rotation came in time; the daemon said:\n" + daemon_->log());
}

std::optional<base::Instant> instant_of(const Json& finding, const char* name) {
  const Json& window = finding["window"];
  if (!window[name].is_string()) return std::nullopt;
  return base::parse_rfc3339(window[name].get<std::string>());
}

std::string time_text(const Json& finding, const char* name) {
  const auto at = instant_of(finding, name);
  return at ? short_time(base::format_rfc3339(*at)) : "fixed";
}

void Story::show(const Json& finding) {
  narrator_.detail("severity",
                   finding.value("severity", "") + ", " + finding.value("certainty", ""));
  narrator_.detail("summary", finding.value("summary", ""));
  narrator_.detail("log", finding["error"].value("message", ""));
  narrator_.detail("window", time_text(finding, "earliest") + " .. " + time_text(finding, "until"));
  narrator_.detail("remedy", beginning(finding.value("remedy", ""), kRemedyMax));
}

base::Status Story::wait_for_first_look() {
  const base::Instant end = clock_.wall() + base::seconds(20);
  while (daemon_->running() && clock_.wall() < end) {
    if (provider_->looks() >= 2) return base::Ok{};
    receiver_->next(base::milliseconds(100));  // nothing is told before the first look
  }
  return base::fail(base::ErrorKind::kInternal,
                    "the daemon did not look at the provider:\n" + daemon_->log());
}

base::Status Story::begin() {
  say("A provider, " + provider_->issuer() + ", signs tokens with key-1 and publishes it.");
  say("orders-api, an ASP.NET Core 6 service (simulated), starts and caches the provider's keys; "
      "its "
      "code sets RefreshOnIssuerKeyNotFound to false.");
  const validators::Answer first = call(old_key_, "key-1");
  if (!first.accepted()) return base::fail(base::ErrorKind::kInternal, first.message);
  narrator_.detail("answer", "200: the token of key-1 is accepted");
  if (auto started = daemon_->start(); !started) return started;
  say("idpwatch serve starts: it probes the provider every second and knows about orders-api.");
  if (auto looked = wait_for_first_look(); !looked) return looked;
  end_act();
  return base::Ok{};
}

base::Status Story::forecast() {
  say("The provider publishes key-2, seconds before it signs with it, without notice.");
  provider_->serve_keys(key_set({&old_key_, &new_key_}));
  auto found = alert([](const Json& finding) { return finding.contains("error"); });
  if (!found) return base::fail(found.error());
  forecast_ = std::move(*found);
  say("The webhook is here, its signature verified, before any request has failed:", Colour::kBold);
  show(forecast_);
  narrator_.detail("so far", std::to_string(call(old_key_, "key-1").status) +
                                 ": orders-api still answers as it should");
  end_act();
  return base::Ok{};
}

base::Status Story::refuse() {
  say("The provider swaps: from now on key-2 signs, key-1 is gone.");
  provider_->serve_keys(key_set({&new_key_}));
  const base::Instant now = clock_.wall();
  const validators::Answer answer = service_->call(new_key_, "key-2", now);
  answer_ = {{"at", base::format_rfc3339(now)}, {"status", answer.status}, {"error", answer.error}};
  if (answer.accepted()) {
    return base::fail(base::ErrorKind::kInternal,
                      "the service accepted the token that it was forecast to refuse");
  }
  say(fmt::format("orders-api answers {} to a valid token, and logs:", answer.status),
      Colour::kRed);
  narrator_.detail("log", answer.message);
  const auto earliest = instant_of(forecast_, "earliest");
  const auto until = instant_of(forecast_, "until");
  if (!earliest || now < *earliest || (until && now > *until)) {
    return base::fail(base::ErrorKind::kInternal, "that was outside the window that was forecast");
  }
  if (answer.error != forecast_["error"].value("id", "")) {
    return base::fail(base::ErrorKind::kInternal, "forecast was another error");
  }
  say("That is inside the window that was forecast, with the error that was forecast.",
      Colour::kGreen);
  end_act();
  return base::Ok{};
}

// Which key signs is known only now: key-1 cannot any more.
base::Status Story::be_certain() {
  auto found =
      alert([](const Json& finding) { return finding.value("certainty", "") == "certain"; });
  if (!found) return base::fail(found.error());
  certain_ = std::move(*found);
  say("The next webhook: only key-2 can sign now, so the refusal is certain and its end is known:",
      Colour::kBold);
  show(certain_);
  end_act();
  return base::Ok{};
}

base::Status Story::restart() {
  auto service = demo::DemoService::start(settings_, *provider_);
  if (!service) return base::fail(service.error());
  service_ = std::move(*service);
  const validators::Answer answer = call(new_key_, "key-2");
  if (!answer.accepted()) return base::fail(base::ErrorKind::kInternal, answer.message);
  say("No caller here has a token of key-1 left, so orders-api is restarted: it fetches the key "
      "set, "
      "and answers 200 to the same token.",
      Colour::kGreen);
  return base::Ok{};
}

base::Status Story::tell() {
  for (const auto act :
       {&Story::begin, &Story::forecast, &Story::refuse, &Story::be_certain, &Story::restart}) {
    if (auto told = (this->*act)(); !told) return told;
  }
  return base::Ok{};
}

Json Story::record() const {
  return {{"schema", "idpwatch.demo/v1"}, {"told", narrator_.told()}, {"forecast", forecast_},
          {"refused", answer_},           {"certain", certain_},      {"as_forecast", true}};
}

}  // namespace

int run_demo(const DemoOptions& options, Streams& streams) {
  const bool silent = options.output == Output::kJson;
  Story story(streams, silent);
  if (auto prepared = story.prepare(); !prepared) return report(streams, prepared.error());
  if (auto told = story.tell(); !told) return report(streams, told.error());
  if (silent) {
    streams.out << story.record().dump(2) << '\n';
    return kFine;
  }
  streams.out
      << "\nYour own services: name them under `deployments:` in idpwatch.yaml, or ask once\n"
         "with `idpwatch check appsettings.json`.\n";
  return kFine;
}

}  // namespace idpwatch::cli
