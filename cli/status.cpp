#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/daemon_client.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <string>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kStatusBytesMax = std::size_t{64} * 1024 * 1024;

// The daemon may be of another version: what is missing is shown as a dash.
std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

Colour state_colour(const std::string& state) {
  if (state == "ok") return Colour::kGreen;
  if (state == "failing" || state == "refuses") return Colour::kRed;
  if (state == "will-refuse") return Colour::kYellow;
  return Colour::kDim;
}

const json& list(const json& object, const char* name) {
  static const json empty = json::array();
  const auto found = object.find(name);
  return found != object.end() && found->is_array() ? *found : empty;
}

std::string clock_text(const json& authority) {
  const auto clock = authority.find("clock");
  if (clock == authority.end() || !clock->is_object()) return "-";
  const double lo = clock->value("lo_s", 0.0);
  const double hi = clock->value("hi_s", 0.0);
  return fmt::format("{:+.2f} .. {:+.2f} s", lo, hi);
}

std::string latency_text(const json& authority) {
  const auto latency = authority.find("latency_ms");
  if (latency == authority.end() || !latency->is_number()) return "-";
  return fmt::format("{:.0f} ms", latency->get<double>());
}

void print_authorities(const json& status, Streams& streams) {
  Table table({"STATE", "AUTHORITY", "KEYS", "TLS DAYS", "LATENCY", "CLOCK", "LAST PROBE"});
  for (const json& authority : list(status, "authorities")) {
    const std::string state = member(authority, "state");
    table.add({{state, state_colour(state)},
               {member(authority, "name")},
               {member(authority, "keys")},
               {member(authority, "tls_days")},
               {latency_text(authority)},
               {clock_text(authority)},
               {short_time(member(authority, "last_probe"))}});
  }
  if (!table.empty()) table.print(streams.out, streams.colour);
}

void print_validators(const json& status, Streams& streams) {
  Table table({"STATE", "VALIDATOR", "PROFILE", "VERSION", "FINDINGS"});
  for (const json& validator : list(status, "validators")) {
    const std::string state = member(validator, "state");
    table.add({{state, state_colour(state)},
               {member(validator, "name")},
               {member(validator, "profile")},
               {member(validator, "version")},
               {std::to_string(list(validator, "findings").size())}});
  }
  if (table.empty()) return;
  streams.out << '\n';
  table.print(streams.out, streams.colour);
}

// Gives back whether one of them is an error.
bool print_alerts(const json& status, Streams& streams) {
  bool errors = false;
  Table table({"SEVERITY", "STATE", "SINCE", "RULE", "SUMMARY"});
  for (const json& alert : list(status, "alerts")) {
    const json finding = alert.value("finding", json::object());
    const auto severity = model::severity(member(finding, "severity"));
    const std::string state = member(alert, "state");
    if (state == "resolved") continue;
    const bool ignored = finding.value("ignored", false);
    errors = errors ||
             (severity && *severity >= model::Severity::kError && state == "firing" && !ignored);
    table.add({{member(finding, "severity"), severity ? colour_of(*severity) : Colour::kNone},
               {ignored ? state + " (ignored)" : state},
               {short_time(member(alert, "since"))},
               {member(finding, "rule")},
               {member(finding, "summary")}});
  }
  if (table.empty()) {
    streams.out << "\nno open alerts\n";
  } else {
    streams.out << '\n';
    table.print(streams.out, streams.colour);
  }
  return errors;
}

}  // namespace

int run_status(const StatusOptions& options, Streams& streams) {
  const auto config = load_config_or_defaults(options.config, streams);
  if (!config) return kUsage;
  const auto answer = ask_daemon(*config, Method::kGet, "/api/v1/status");
  if (!answer) return report(streams, answer.error());
  const auto document = base::parse_json(answer->body, {.bytes = kStatusBytesMax, .depth = 64});
  if (answer->status != 200 || !document || !document->value->is_object()) {
    return report(streams, base::make_error(base::ErrorKind::kUnreachable,
                                            fmt::format("the daemon answers {}", answer->status),
                                            "is it idpwatch that listens there?"));
  }
  const json& status = *document->value;
  std::ostream quiet(nullptr);
  Streams nowhere{quiet, streams.err};
  if (options.output == Output::kJson) {
    streams.out << status.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
    return print_alerts(status, nowhere) ? kFound : kFine;
  }
  streams.out << "idpwatch " << base::printable(member(status, "version")) << " on "
              << base::printable(member(status, "instance")) << ", since "
              << short_time(base::printable(member(status, "started_at"))) << ", "
              << base::printable(member(status.value("outbox", json::object()), "queued"))
              << " messages queued\n\n";
  print_authorities(status, streams);
  print_validators(status, streams);
  return print_alerts(status, streams) ? kFound : kFine;
}

}  // namespace idpwatch::cli
