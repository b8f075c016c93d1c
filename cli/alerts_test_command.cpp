#include "cli/alerts_test_command.hpp"

#include "alerts/receivers/kinds.hpp"
#include "base/clock.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/daemon_client.hpp"
#include "cli/request_preview.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "net/event_loop.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

// The first attempt is over by then, and most often the second.
constexpr base::Duration kWait = base::seconds(10);
constexpr base::Duration kLookEvery = base::milliseconds(100);
constexpr std::size_t kAnswerBytesMax = std::size_t{1024} * 1024;

// What the daemon says of the message to each receiver.
using Messages = std::map<std::string, nlohmann::json>;

// The receivers that a test would go to; nullopt when the one named does not exist.
std::optional<std::vector<alerts::ReceiverConfig>> chosen(const AlertsOptions& options,
                                                          const config::Config& config,
                                                          Streams& streams) {
  std::vector<alerts::ReceiverConfig> receivers = config.alerts.receivers;
  std::vector<std::string> names;
  names.reserve(receivers.size());
  for (const alerts::ReceiverConfig& receiver : receivers) names.push_back(receiver.name);
  if (options.receiver) {
    std::erase_if(receivers,
                  [&](const auto& receiver) { return receiver.name != *options.receiver; });
  }
  if (!receivers.empty()) return receivers;
  const std::string wanted = options.receiver ? "there is no receiver \"" + *options.receiver + "\""
                                              : std::string("the configuration has no receivers");
  const auto near = base::nearest(options.receiver.value_or(""), names);
  report(streams, base::make_error(base::ErrorKind::kUsage, wanted,
                                   near ? "did you mean " + *near + "?" : "add it to receivers"));
  return std::nullopt;
}

std::string text_of(const nlohmann::json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

base::Result<Messages> ask(const config::Config& config, Method method, const std::string& path,
                           long wanted) {
  const auto answer = ask_daemon(config, method, path);
  if (!answer) return base::fail(answer.error());
  if (answer->status != wanted) return base::fail(answer_error(*answer));
  Messages out;
  const auto document = base::parse_json(answer->body, {kAnswerBytesMax, 16});
  if (!document || !document->value->is_object()) return out;
  for (const nlohmann::json& each : document->value->value("messages", nlohmann::json::array())) {
    if (each.is_object()) out.emplace(text_of(each, "receiver"), each);
  }
  return out;
}

bool settled(const Messages& messages) {
  return std::ranges::all_of(messages, [](const auto& each) {
    const std::string state = text_of(each.second, "state");
    return state == "delivered" || state == "refused";
  });
}

// Until all are delivered or refused, or it takes too long. Of our own messages alone.
base::Status follow(const config::Config& config, Messages& messages) {
  const base::SystemClock clock;
  const auto loop = net::EventLoop::create(clock);
  if (!loop) return base::fail(loop.error());
  const base::Duration until = clock.boottime() + kWait;
  while (!settled(messages) && clock.boottime() < until) {
    (*loop)->turn(kLookEvery);
    auto now = ask(config, Method::kGet, "/api/v1/test", 200);
    if (!now) return base::fail(now.error());
    for (auto& [receiver, message] : messages) {
      const auto found = now->find(receiver);
      if (found == now->end() || text_of(found->second, "id") != text_of(message, "id")) continue;
      message = std::move(found->second);
    }
  }
  return base::Ok{};
}

std::string next_step(const nlohmann::json& message, bool mail) {
  const auto status = message.find("status");
  const long code =
      status != message.end() && status->is_number_integer() ? status->get<long>() : 0;
  const std::string state = text_of(message, "state");
  if (state == "waiting") return "ask idpwatch status: the outbox, and whether the store writes";
  if (mail && (code == 530 || code == 534 || code == 535)) {
    return "the mail server does not take this login: see its username and password";
  }
  if (mail && code >= 500) return "see its from and to, and what the mail server relays";
  if (code == 401 || code == 403) return "the receiver does not take this secret: see its secret";
  if (code == 404 || code == 410) return "check the receiver's url: nothing accepts messages there";
  if (code / 100 == 3) return "give the receiver the address that it redirects to";
  if (state == "refused") return "see what the receiver logs of this message";
  return "it is tried again by itself; see the receiver's url, and whether this host reaches it";
}

// What came of it, and the exit code of that.
std::pair<std::string, ExitCode> outcome(const alerts::ReceiverConfig& receiver,
                                         const nlohmann::json& message, bool waited) {
  const std::string id = base::printable(text_of(message, "id"));
  const std::string state = text_of(message, "state");
  const bool mail = std::holds_alternative<alerts::Email>(receiver.kind);
  if (state == "delivered") {
    return {fmt::format("delivered: {} {}, webhook-id {}", mail ? "SMTP" : "HTTP",
                        message.value("status", 0), id),
            kFine};
  }
  if (!waited) return {"queued, webhook-id " + id, kFine};
  std::string text = state == "refused" ? "refused" : "still being tried";
  if (const std::string reason = text_of(message, "reason"); !reason.empty()) {
    text += ": " + base::printable(reason, 200);
  }
  text += ", webhook-id " + id;
  if (const std::string next = text_of(message, "next_attempt_at"); !next.empty()) {
    text += ", next attempt at " + short_time(next);
  }
  return {text + "; " + next_step(message, mail), state == "refused" ? kFound : kUndetermined};
}

// Text and JSON of each receiver; the worst of their exit codes.
class Report {
 public:
  Report(const AlertsOptions& options, Streams& streams) : options_(options), streams_(streams) {
    document_ = {{"schema", "idpwatch.alerts-test/v1"},
                 {"queued", !options.dry_run},
                 {"receivers", Json::array()}};
  }

  // `requests`: of a dry run.
  void add(const alerts::ReceiverConfig& receiver, const nlohmann::json* message,
           const std::optional<Json>& requests) {
    const std::string where = base::join(alerts::origins_of(receiver), ", ");
    const std::string_view kind = alerts::kind_of(receiver).name;
    const bool is_signed = !receiver.secrets.empty();
    Json entry{{"name", receiver.name}, {"kind", kind}, {"host", where}, {"signed", is_signed}};
    std::string what = options_.dry_run ? "would be sent" : "queued";
    if (message != nullptr) {
      for (const char* name : {"id", "state", "status", "reason", "attempts", "next_attempt_at"}) {
        entry[name] = message->value(name, nlohmann::json());
      }
      const auto [text, code] = outcome(receiver, *message, !options_.no_wait);
      what = text;
      code_ = worst(code_, code);
    }
    if (requests) entry["requests"] = *requests;
    document_["receivers"].push_back(std::move(entry));
    if (options_.output == Output::kJson) return;
    const bool mail = std::holds_alternative<alerts::Email>(receiver.kind);
    streams_.out << "test message for " << base::printable(receiver.name) << " (" << kind << ", "
                 << (mail ? where : "POST " + where + "/...") << ", "
                 << (is_signed ? "signed" : "unsigned") << "): " << what << '\n';
    if (requests) streams_.out << request_text(*requests) << '\n';
  }

  int end() {
    if (options_.output == Output::kJson) {
      streams_.out << document_.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    }
    return code_;
  }

 private:
  const AlertsOptions& options_;
  Streams& streams_;
  Json document_;
  ExitCode code_ = kFine;
};

}  // namespace

int run_alerts_test(const AlertsOptions& options, Streams& streams) {
  const auto config = load_config(options.store.config, streams);
  if (!config) return kUsage;
  const auto receivers = chosen(options, *config, streams);
  if (!receivers) return kUsage;
  Messages messages;
  if (!options.dry_run) {
    const std::string query =
        options.receiver ? "?receiver=" + percent_encode(*options.receiver) : "";
    auto put = ask(*config, Method::kPost, "/api/v1/test" + query, 202);
    if (!put) return report(streams, put.error());
    messages = std::move(*put);
    if (!options.no_wait) {
      if (const auto followed = follow(*config, messages); !followed) {
        return report(streams, followed.error());
      }
    }
  }
  Report out(options, streams);
  const base::Instant now = base::SystemClock().wall();
  for (const alerts::ReceiverConfig& receiver : *receivers) {
    const auto message = messages.find(receiver.name);
    std::optional<Json> requests;
    if (options.dry_run) {
      auto preview = request_preview(now, config->alerts.instance, receiver);
      if (!preview) return report(streams, preview.error());
      requests = std::move(*preview);
    }
    out.add(receiver, message == messages.end() ? nullptr : &message->second, requests);
  }
  return out.end();
}

}  // namespace idpwatch::cli
