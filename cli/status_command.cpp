#include "alerts/muting.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "cli/check_report.hpp"
#include "cli/commands.hpp"
#include "cli/daemon_client.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <poll.h>
#include <sstream>
#include <string>
#include <utility>

namespace idpwatch::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kNoteCharacters = 400;
constexpr std::size_t kStatusBytesMax = std::size_t{64} * 1024 * 1024;

// The daemon may be of another version: what is missing is shown as a dash.
std::string member(const json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

Colour state_colour(const std::string& state) {
  if (const auto known = model::refusal_state(state)) return colour_of(*known);
  return state == "failing" ? Colour::kRed : Colour::kDim;
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
  if (table.empty()) return;
  streams.out << '\n';
  table.print(streams.out, streams.colour);
  const bool clocks = std::ranges::any_of(list(status, "authorities"),
                                          [](const json& each) { return clock_text(each) != "-"; });
  if (clocks) {
    streams.out << "CLOCK: the authority's minus this host's; + means it is ahead of us\n";
  }
}

void print_validators(const json& status, Streams& streams) {
  Table table({"STATE", "VALIDATOR", "PROFILE", "VERSION", "FINDINGS", "EARLIEST REFUSAL"});
  for (const json& validator : list(status, "validators")) {
    const std::string state = member(validator, "state");
    table.add({{state, state_colour(state)},
               {member(validator, "name")},
               {member(validator, "profile")},
               {member(validator, "version")},
               {std::to_string(list(validator, "findings").size())},
               {short_time(member(validator, "earliest"))}});
  }
  if (table.empty()) return;
  streams.out << '\n';
  table.print(streams.out, streams.colour);
  for (const json& validator : list(status, "validators")) {
    const std::string name = member(validator, "name");
    if (validator.contains("why")) {
      streams.out << "  " << base::printable(name) << ": "
                  << base::printable(member(validator, "why"), kNoteCharacters) << '\n';
    }
    for (const json& note : list(validator, "notes")) {
      if (!note.is_string()) continue;
      streams.out << "  note: " << base::printable(name) << ": "
                  << base::printable(note.get<std::string>(), kNoteCharacters) << '\n';
    }
  }
}

bool is_open(const json& alert) { return member(alert, "state") != "resolved"; }

bool has_errors(const json& status) {
  return std::ranges::any_of(list(status, "alerts"), [](const json& alert) {
    const json finding = alert.value("finding", json::object());
    const auto severity = model::severity(member(finding, "severity"));
    return severity && *severity >= model::Severity::kError && member(alert, "state") == "firing" &&
           !finding.value("ignored", false);
  });
}

void print_alerts(const json& status, Streams& streams) {
  Table table({"SEVERITY", "STATE", "SINCE", "RULE", "SUMMARY"});
  for (const json& alert : list(status, "alerts")) {
    const json finding = alert.value("finding", json::object());
    const auto severity = model::severity(member(finding, "severity"));
    const std::string state = member(alert, "state");
    if (!is_open(alert)) continue;
    const bool ignored = finding.value("ignored", false);
    table.add({{member(finding, "severity"), severity ? colour_of(*severity) : Colour::kNone},
               {state + (ignored ? " (ignored)" : "") +
                alerts::muted_word(alert.value("silenced_by", json()).is_string()
                                       ? member(alert, "silenced_by")
                                       : std::string())},
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
}

// What there is to know of the few that were asked for.
void print_findings(const json& status, Streams& streams) {
  for (const json& alert : list(status, "alerts")) {
    if (!is_open(alert)) continue;
    streams.out << '\n';
    print_finding(model::finding_from_json(alert.value("finding", json::object())), streams.out,
                  streams.colour);
  }
}

bool named(const std::string& name, const std::string& wanted) {
  return name == wanted || name.starts_with(wanted + "#");
}

// Only what is about the authority, deployment or validator of that name. False: there is none.
bool narrow(json& status, const std::string& wanted) {
  const auto keep = [&](const char* part, auto of_it) {
    json kept = json::array();
    for (const json& each : list(status, part)) {
      if (of_it(each)) kept.push_back(each);
    }
    status[part] = std::move(kept);
    return !status[part].empty();
  };
  const bool authorities = keep("authorities", [&](const json& each) {
    return member(each, "name") == wanted || member(each, "issuer") == wanted;
  });
  const std::string authority =
      authorities ? member(status["authorities"].front(), "name") : std::string();
  const bool validators =
      keep("validators", [&](const json& each) { return named(member(each, "name"), wanted); });
  keep("alerts", [&](const json& each) {
    const json subject = each.value("finding", json::object()).value("subject", json::object());
    return (authorities && member(subject, "authority") == authority) ||
           (validators && named(member(subject, "deployment"), wanted));
  });
  return authorities || validators;
}

void print_head(const json& status, Streams& streams) {
  const json outbox = status.value("outbox", json::object());
  const auto queued = outbox.find("queued");
  const std::size_t count =
      queued != outbox.end() && queued->is_number_unsigned() ? queued->get<std::size_t>() : 0;
  streams.out << "idpwatch " << base::printable(member(status, "version")) << " on "
              << base::printable(member(status, "instance")) << ", since "
              << short_time(base::printable(member(status, "started_at"))) << ", "
              << counted(count, "message", "messages") << " queued\n";
}

int show_once(const config::Config& config, const StatusOptions& options, Streams& streams) {
  const auto answer = ask_daemon(config, Method::kGet, "/api/v1/status");
  if (!answer) return report(streams, answer.error());
  if (answer->status != 200) return report(streams, answer_error(*answer));
  auto document = base::parse_json(answer->body, {.bytes = kStatusBytesMax, .depth = 64});
  if (!document || !document->value->is_object()) {
    return report(streams, base::make_error(base::ErrorKind::kUnreachable,
                                            "the daemon's answer cannot be read",
                                            "is it of the same version as this command?"));
  }
  json status = std::move(*document->value);
  if (options.name && !narrow(status, *options.name)) {
    return report(streams, base::make_error(base::ErrorKind::kUsage,
                                            "no authority, deployment or validator is called \"" +
                                                base::printable(*options.name, 120) + "\"",
                                            "`idpwatch status` lists them"));
  }
  if (options.output == Output::kJson) {
    streams.out << status.dump(2, ' ', false, json::error_handler_t::replace) << '\n';
  } else {
    print_head(status, streams);
    print_authorities(status, streams);
    print_validators(status, streams);
    print_alerts(status, streams);
    if (options.name) print_findings(status, streams);
  }
  return has_errors(status) ? kFound : kFine;
}

// What is shown at one time, errors too: in one piece, so that it replaces what was on the screen
// when it is there and not when it was asked for.
struct Frame {
  std::string out, err;
  int code = kFine;
};

Frame frame_of(const config::Config& config, const StatusOptions& options, const Streams& streams) {
  std::ostringstream out, err;
  Streams captured{out, err};
  captured.colour = streams.colour;
  const int code = show_once(config, options, captured);
  return {out.str(), err.str(), code};
}

// The screen is ours on a terminal; elsewhere one answer follows the other.
void show(const Frame& frame, const StatusOptions& options, bool first, Streams& streams) {
  const bool text = options.output == Output::kText;
  if (text && options.watch && streams.out_terminal) {
    streams.out << "\x1b[H\x1b[2J";
  } else if (text && !first) {
    streams.out << '\n';
  }
  // In this order on a terminal that shows both.
  streams.out << frame.out << std::flush;
  streams.err << frame.err << std::flush;
}

}  // namespace

int run_status(const StatusOptions& options, Streams& streams) {
  const auto config = load_config_or_defaults(options.config, streams);
  if (!config) return kUsage;
  Frame frame = frame_of(*config, options, streams);
  show(frame, options, true, streams);
  while (options.watch && frame.code != kUsage && streams.out.good()) {
    // Nothing to wait for but time; Ctrl-C ends it.
    ::poll(nullptr, 0, static_cast<int>(*options.watch * 1000));
    frame = frame_of(*config, options, streams);
    show(frame, options, false, streams);
  }
  return frame.code;
}

}  // namespace idpwatch::cli
