#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "watch/store_json.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string member(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return "-";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string duration_of(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || !found->is_number()) return "-";
  const double seconds = found->get<double>();
  const auto length = base::Duration(static_cast<std::int64_t>(std::abs(seconds) * 1e6));
  return (seconds < 0 ? "-" : "") + base::describe_duration(length);
}

// What was, or is, in the words of people.
std::string value_of(const Json& event, const char* name) {
  const auto found = event.find(name);
  if (found == event.end() || found->is_null()) return "-";
  if (found->is_array()) {
    std::string out;
    for (const Json& each : *found) {
      out += (out.empty() ? "" : ", ") + (each.is_string() ? each.get<std::string>() : each.dump());
    }
    return out.empty() ? "none" : out;
  }
  return member(event, name);
}

// The two events that carry an object: why it is down, how long it was.
std::optional<std::string> reachability(const Json& event) {
  const auto found = event.find("new");
  if (found == event.end() || !found->is_object()) return std::nullopt;
  if (found->contains("summary")) return member(*found, "summary");
  if (found->contains("down_s")) return "after " + duration_of(*found, "down_s");
  return std::nullopt;
}

// What an event says beyond its type, in a few words.
std::string details(const Json& event) {
  if (auto told = reachability(event)) return *told;
  std::string out;
  if (event.value("initial", false)) out = "already there at the first probe";
  if (event.contains("first_absent_at")) out = "gone since " + short_time(event["first_absent_at"]);
  if (event.contains("fields")) {
    for (const Json& field : event["fields"]) {
      out += (out.empty() ? "" : ", ") + field.get<std::string>();
    }
  }
  if (out.empty() && (event.contains("old") || event.contains("new"))) {
    out = value_of(event, "old") + " -> " + value_of(event, "new");
  }
  return out;
}

void print_events(const Json& events, Streams& streams) {
  Table table({"AT", "EVENT", "AUTHORITY", "KID", "DETAILS"});
  for (const Json& event : events) {
    const std::string type = event["type"];
    const bool worth_a_look = type == "keyset.replaced" || type == "keyset.empty" ||
                              type == "key.material_changed" || type == "authority.unreachable";
    table.add({{short_time(event["at"])},
               {type, worth_a_look ? Colour::kYellow : Colour::kNone},
               {member(event, event.contains("authority") ? "authority" : "deployment")},
               {member(event, "kid")},
               {details(event)}});
  }
  if (table.empty()) {
    streams.out << "no events\n";
  } else {
    table.print(streams.out, streams.colour);
  }
}

void print_rotations(const Json& document, Streams& streams) {
  Table rotations({"WITHDRAWN", "AUTHORITY", "OLD KID", "NEW KID", "OVERLAP", "LEAD"});
  for (const Json& rotation : document["rotations"]) {
    rotations.add({{short_time(rotation["withdrawn_at"])},
                   {member(rotation, "authority")},
                   {member(rotation["old"], "kid")},
                   {member(rotation["new"], "kid")},
                   {duration_of(rotation, "overlap_s")},
                   {duration_of(rotation, "lead_s")}});
  }
  if (!rotations.empty()) {
    streams.out << "\nRotations\n";
    rotations.print(streams.out, streams.colour);
  }
  for (const Json& learned : document["learned"]) {
    streams.out << '\n'
                << base::printable(member(learned, "authority")) << ": a new signing key every "
                << duration_of(learned, "cadence_s")
                << (learned.value("regular", false) ? ", regularly" : ", irregularly");
    const auto next = learned.find("next");
    if (next != learned.end() && next->is_object()) {
      streams.out << "; the next one between " << short_time(member(*next, "earliest")) << " and "
                  << short_time(member(*next, "latest"));
    }
    streams.out << '\n';
  }
}

// "key.withdrawn", or "key" for all of them.
base::Result<std::string> type_filter(const std::string& type) {
  std::vector<std::string> known;
  for (int i = 0; i <= static_cast<int>(model::EventType::kDeploymentChanged); ++i) {
    known.emplace_back(model::to_text(static_cast<model::EventType>(i)));
  }
  for (const std::string& each : known) {
    if (each == type) return type;
    if (each.starts_with(type + ".")) return type + ".";
  }
  const auto near = base::nearest(type, known);
  return base::fail(base::ErrorKind::kUsage,
                    "there is no event type '" + base::printable(type) + "'",
                    near ? "did you mean " + *near + "?" : "known: " + base::join(known, ", "));
}

base::Result<watch::HistoryQuestion> judgement_cache_key(const HistoryOptions& options) {
  watch::HistoryQuestion question;
  question.authority = options.authority.value_or("");
  question.limit = options.limit.value_or(0);
  if (options.type) {
    const auto type = type_filter(*options.type);
    if (!type) return base::fail(type.error());
    question.type = *type;
  }
  if (options.since) {
    const auto given = time_argument(*options.since);
    if (!given) return base::fail(given.error());
    question.since = *given;
  }
  if (options.until) {
    const auto given = time_argument(*options.until);
    if (!given) return base::fail(given.error());
    question.until = *given;
  }
  return question;
}

}  // namespace

int run_history(const HistoryOptions& options, Streams& streams) {
  const auto question = judgement_cache_key(options);
  if (!question) return report(streams, question.error());
  ExitCode code = kFine;
  auto reader = open_store(options.store, streams, code);
  if (!reader) return code;
  const auto known = configured(options.store, question->authority);
  const auto document = watch::history_document(*reader, *question, known);
  if (!document) return report(streams, document.error());
  if (options.output == Output::kJson) {
    streams.out << document->dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
  } else {
    if ((*document)["events"].empty() && never_stored(*reader, known)) {
      streams.out << base::printable(known->name) << ": nothing was recorded yet\n";
      return kFine;
    }
    print_events((*document)["events"], streams);
    print_rotations(*document, streams);
  }
  return kFine;
}

}  // namespace idpwatch::cli
