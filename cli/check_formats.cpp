#include "cli/check_formats.hpp"

#include "base/text.hpp"
#include "model/rules.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <map>
#include <string_view>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kText = 2000;
constexpr const char* kHome = "https://github.com/idpwatch/idpwatch";

std::string about(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  return subject.deployment.empty() ? subject.authority : subject.deployment;
}

// Relative where it lies below the root: build servers know nothing else.
std::string path_of(const std::string& file, const FormatContext& context) {
  const std::filesystem::path path(file);
  if (!path.is_absolute() || context.root.empty()) return path.lexically_normal().string();
  const std::filesystem::path relative = path.lexically_relative(context.root);
  const bool below = !relative.empty() && *relative.begin() != "..";
  return below ? relative.string() : file;
}

// What its own file tells; else the first file that was checked; else none.
struct Position {
  std::string file;
  std::size_t line = 1;
};

Position position_of(const model::Finding& finding, const CheckReport& report,
                     const FormatContext& context) {
  if (finding.source && !finding.source->file.empty()) {
    return {path_of(finding.source->file, context), std::max<std::size_t>(finding.source->line, 1)};
  }
  for (const Checked& checked : report.checked) {
    if (checked.kind == CheckedKind::kFile) return {path_of(checked.name, context), 1};
  }
  return {};
}

std::string whole_text(const model::Finding& finding) {
  std::string out = base::printable(finding.summary, kText);
  const auto add = [&out](std::string_view label, const std::string& text) {
    if (!text.empty()) out += fmt::format("\n{}: {}", label, base::printable(text, kText));
  };
  std::string error = finding.error_message;
  if (!finding.error_id.empty() && !error.starts_with(finding.error_id)) {
    error = finding.error_id + (error.empty() ? "" : ": ") + error;
  }
  add("Its log says", error);
  for (const model::Evidence& evidence : finding.evidence) {
    add("Because", evidence.fact + ": " + evidence.value +
                       (evidence.source.empty() ? "" : " (" + evidence.source + ")"));
  }
  add("Remedy", finding.remedy);
  return out;
}

std::string why_accepted(const CheckReport& report, const model::Finding& finding) {
  if (finding.ignored) return "ignored by the configuration";
  return report.accepts(finding) ? "in the baseline" : "";
}

std::string notes_of(const std::vector<std::string>& notes) {
  return base::printable(base::join(notes, "; "), kText);
}

std::string xml(std::string_view text) { return base::html_escape(text); }

class Junit {
 public:
  Junit(const CheckReport& report, const FormatContext& context)
      : report_(report), context_(context) {}

  std::string text() {
    for (const model::Finding& finding : report_.findings) add(finding);
    for (const Checked& checked : report_.checked) add(checked);
    return fmt::format(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"idpwatch\" tests=\"{0}\" failures=\"{1}\" errors=\"{2}\" "
        "skipped=\"{3}\">\n"
        "  <testsuite name=\"idpwatch check\" tests=\"{0}\" failures=\"{1}\" errors=\"{2}\" "
        "skipped=\"{3}\" timestamp=\"{4}\">\n{5}  </testsuite>\n</testsuites>\n",
        tests_, failures_, errors_, skipped_,
        base::format_rfc3339(std::chrono::floor<base::seconds>(report_.at)).substr(0, 19), cases_);
  }

 private:
  void add(const model::Finding& finding) {
    const Position at = position_of(finding, report_, context_);
    const std::string accepted = why_accepted(report_, finding);
    open(base::printable(finding.rule + ": " + about(finding), kText),
         at.file.empty() ? about(finding) : at.file,
         at.file.empty() ? "" : fmt::format(" file=\"{}\" line=\"{}\"", xml(at.file), at.line));
    if (!accepted.empty()) {
      ++skipped_;
      cases_ += fmt::format("      <skipped message=\"{}\"/>\n", xml(accepted));
    } else if (report_.fails(finding)) {
      ++failures_;
      cases_ += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                            model::to_text(finding.severity),
                            xml(base::printable(finding.summary, kText)), xml(whole_text(finding)));
    } else {
      cases_ += fmt::format("      <system-out>{}: {}</system-out>\n",
                            model::to_text(finding.severity), xml(whole_text(finding)));
    }
    cases_ += "    </testcase>\n";
  }

  void add(const Checked& checked) {
    const std::string name = base::printable(
        checked.kind == CheckedKind::kFile ? path_of(checked.name, context_) : checked.name, kText);
    open(fmt::format("{}: {}", name, model::to_text(checked.result)), name, "");
    if (checked.result == model::RefusalState::kUndetermined) {
      ++errors_;
      cases_ += fmt::format("      <error type=\"undetermined\" message=\"{}\"/>\n",
                            xml(base::printable(checked.why, kText)));
    } else if (!checked.notes.empty()) {
      cases_ += fmt::format("      <system-out>{}</system-out>\n", xml(notes_of(checked.notes)));
    }
    cases_ += "    </testcase>\n";
  }

  void open(const std::string& name, const std::string& about, const std::string& more) {
    ++tests_;
    cases_ += fmt::format("    <testcase name=\"{}\" classname=\"{}\"{}>\n", xml(name),
                          xml(base::printable(about, kText)), more);
  }

  const CheckReport& report_;
  const FormatContext& context_;
  std::string cases_;
  int tests_ = 0, failures_ = 0, errors_ = 0, skipped_ = 0;
};

const char* level_of(model::Severity severity) {
  switch (severity) {
    case model::Severity::kCritical:
    case model::Severity::kError:
      return "error";
    case model::Severity::kWarning:
      return "warning";
    case model::Severity::kInfo:
      break;
  }
  return "note";
}

// A URI reference: what is no plain character of a path is written by its number.
std::string uri_of(const std::string& path) {
  constexpr std::string_view kPlain = "-._~/";
  std::string out;
  for (const char c : path) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (letter || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return path.starts_with('/') ? "file://" + out : out;
}

Json location_of(const model::Finding& finding, const CheckReport& report,
                 const FormatContext& context) {
  Json location = Json::object();
  if (const Position at = position_of(finding, report, context); !at.file.empty()) {
    location["physicalLocation"] = {{"artifactLocation", {{"uri", uri_of(at.file)}}},
                                    {"region", {{"startLine", at.line}}}};
  }
  Json logical{{"name", base::printable(about(finding), kText)}, {"kind", "resource"}};
  if (finding.source && !finding.source->key.empty()) {
    logical["fullyQualifiedName"] = base::printable(finding.source->key, kText);
  }
  location["logicalLocations"] = Json::array({std::move(logical)});
  return location;
}

Json result_of(const model::Finding& finding, const CheckReport& report,
               const FormatContext& context, std::size_t rule) {
  Json out{{"ruleId", finding.rule},
           {"ruleIndex", rule},
           {"level", level_of(finding.severity)},
           {"message", {{"text", whole_text(finding)}}},
           {"locations", Json::array({location_of(finding, report, context)})},
           {"partialFingerprints", {{"idpwatchFinding/v1", fingerprint(finding)}}},
           {"properties", {{"severity", model::to_text(finding.severity)}}}};
  if (report.has_baseline) out["baselineState"] = report.accepts(finding) ? "unchanged" : "new";
  if (const std::string why = why_accepted(report, finding); !why.empty()) {
    out["suppressions"] = Json::array({{{"kind", "external"}, {"justification", why}}});
  }
  return out;
}

// % and line ends everywhere; in properties what separates them as well.
std::string command_text(std::string_view text, bool property) {
  std::string out;
  for (const char c : text) {
    const bool escaped = c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ','));
    if (escaped) {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::map<std::string, CheckOutput> check_outputs() {
  return {{"text", CheckOutput::kText},
          {"json", CheckOutput::kJson},
          {"junit", CheckOutput::kJunit},
          {"sarif", CheckOutput::kSarif},
          {"github", CheckOutput::kGithub}};
}

std::string to_junit(const CheckReport& report, const FormatContext& context) {
  return Junit(report, context).text();
}

std::string to_sarif(const CheckReport& report, const FormatContext& context) {
  std::map<std::string, std::size_t> indices;
  Json rules = Json::array(), results = Json::array(), notifications = Json::array();
  for (const model::Finding& finding : report.findings) {
    const auto [found, fresh] = indices.emplace(finding.rule, rules.size());
    if (fresh) {
      const model::Rule* rule = model::find_rule(finding.rule);
      const std::string meaning(rule != nullptr ? rule->meaning : finding.rule);
      rules.push_back(
          {{"id", finding.rule},
           {"shortDescription", {{"text", meaning}}},
           {"helpUri", context.runbooks + finding.rule},
           {"defaultConfiguration",
            {{"level", level_of(rule != nullptr ? rule->severity : finding.severity)}}}});
    }
    results.push_back(result_of(finding, report, context, found->second));
  }
  for (const Checked& checked : report.checked) {
    const bool open = checked.result == model::RefusalState::kUndetermined;
    if (!open && checked.notes.empty()) continue;
    const std::string text = open ? checked.why : notes_of(checked.notes);
    notifications.push_back(
        {{"level", open ? "warning" : "note"},
         {"message", {{"text", base::printable(checked.name + ": " + text, kText)}}}});
  }
  const Json run{
      {"tool",
       {{"driver",
         {{"name", "idpwatch"},
          {"version", context.version},
          {"informationUri", kHome},
          {"rules", std::move(rules)}}}}},
      {"invocations", Json::array({{{"executionSuccessful", true},
                                    {"endTimeUtc", base::format_rfc3339(report.at)},
                                    {"toolExecutionNotifications", std::move(notifications)}}})},
      {"columnKind", "unicodeCodePoints"},
      {"results", std::move(results)}};
  const Json document{{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                      {"version", "2.1.0"},
                      {"runs", Json::array({run})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string to_github(const CheckReport& report, const FormatContext& context) {
  std::string out;
  const auto command = [&out](std::string_view name, const Position& at, const std::string& title,
                              const std::string& text) {
    std::string where;
    if (!at.file.empty()) {
      where = fmt::format("file={},line={},", command_text(at.file, true), at.line);
    }
    out += fmt::format("::{} {}title={}::{}\n", name, where,
                       command_text(base::printable(title, 200), true), command_text(text, false));
  };
  for (const model::Finding& finding : report.findings) {
    if (!why_accepted(report, finding).empty()) continue;
    const std::string_view level = level_of(finding.severity);
    command(level == "note" ? "notice" : level, position_of(finding, report, context),
            finding.rule + ": " + about(finding), whole_text(finding));
  }
  for (const Checked& checked : report.checked) {
    const bool file = checked.kind == CheckedKind::kFile;
    const Position at = file ? Position{path_of(checked.name, context), 1} : Position{};
    if (checked.result == model::RefusalState::kUndetermined) {
      command("warning", at, "undetermined: " + checked.name, base::printable(checked.why, kText));
    } else if (!checked.ways.empty()) {
      command("notice", at, std::string(model::to_text(checked.result)) + ": " + checked.name,
              notes_of(checked.ways));
    }
  }
  return out;
}

}  // namespace idpwatch::cli
