#include "model/finding.hpp"
#include "model/finding_names.hpp"
#include "model/json_members.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::model {

using nlohmann::json;

namespace {

void put_text(json& object, const char* name, const std::string& value) {
  if (!value.empty()) object[name] = value;
}

json subject_to_json(const Subject& subject) {
  json out = json::object();
  put_text(out, "authority", subject.authority);
  put_text(out, "deployment", subject.deployment);
  put_text(out, "host", subject.host);
  put_text(out, "receiver", subject.receiver);
  return out;
}

// All four members stand (docs/json.md), null where unknown or endless.
json window_to_json(const Window& window) {
  return {{"earliest", instant_or_null(window.earliest)},
          {"latest", instant_or_null(window.latest)},
          {"until", instant_or_null(window.until)},
          {"longest_s", window.longest_s ? json(*window.longest_s) : json(nullptr)}};
}

json evidence_to_json(const std::vector<Evidence>& evidence) {
  json out = json::array();
  for (const Evidence& item : evidence) {
    out.push_back({{"fact", item.fact}, {"value", item.value}, {"source", item.source}});
  }
  return out;
}

void put_judgement(json& out, const Finding& finding) {
  if (finding.validator) {
    const ValidatorRef& validator = *finding.validator;
    out["validator"] = {{"profile", validator.profile},
                        {"version", validator.version},
                        {"variant", validator.variant ? json(*validator.variant) : json(nullptr)}};
  }
  if (finding.condition) out["if"] = to_text(*finding.condition);
  if (finding.certainty) out["certainty"] = to_text(*finding.certainty);
  if (finding.window) out["window"] = window_to_json(*finding.window);
  if (finding.status) out["status"] = *finding.status;
  if (!finding.error_id.empty() || !finding.error_message.empty()) {
    json error = json::object();
    put_text(error, "id", finding.error_id);
    put_text(error, "message", finding.error_message);
    out["error"] = std::move(error);
  }
  if (finding.source) {
    json source = {{"file", finding.source->file}};
    if (finding.source->line != 0) source["line"] = finding.source->line;
    put_text(source, "key", finding.source->key);
    out["source"] = std::move(source);
  }
}

void read_judgement(Finding& finding, const json& value) {
  if (const json* validator = member(value, "validator")) {
    ValidatorRef ref{text_member(*validator, "profile"), text_member(*validator, "version"), {}};
    if (std::string variant = text_member(*validator, "variant"); !variant.empty()) {
      ref.variant = std::move(variant);
    }
    finding.validator = std::move(ref);
  }
  finding.condition = kConditionNames.value(text_member(value, "if"));
  finding.certainty = kCertaintyNames.value(text_member(value, "certainty"));
  if (const json* window = member(value, "window")) {
    finding.window = Window{instant_member(*window, "earliest"), instant_member(*window, "latest"),
                            instant_member(*window, "until"), integer_member(*window, "longest_s")};
  }
  if (const auto status = integer_member(value, "status")) {
    finding.status = static_cast<int>(*status);
  }
  if (const json* error = member(value, "error")) {
    finding.error_id = text_member(*error, "id");
    finding.error_message = text_member(*error, "message");
  }
  if (const json* source = member(value, "source")) {
    const auto line = static_cast<std::size_t>(integer_member(*source, "line").value_or(0));
    finding.source = SourceRef{text_member(*source, "file"), line, text_member(*source, "key")};
  }
}

}  // namespace

json to_json(const Finding& finding) {
  json out = {{"id", finding.id},
              {"rule", finding.rule},
              {"severity", to_text(finding.severity)},
              {"ignored", finding.ignored},
              {"subject", subject_to_json(finding.subject)},
              {"summary", finding.summary},
              {"evidence", evidence_to_json(finding.evidence)},
              {"first_seen", base::format_rfc3339(finding.first_seen)},
              {"last_seen", base::format_rfc3339(finding.last_seen)}};
  put_judgement(out, finding);
  put_text(out, "remedy", finding.remedy);
  put_text(out, "vantage", finding.vantage);
  return out;
}

Finding finding_from_json(const json& value) {
  Finding finding;
  finding.id = text_member(value, "id");
  finding.rule = text_member(value, "rule");
  finding.severity = severity(text_member(value, "severity")).value_or(Severity::kWarning);
  finding.ignored = bool_member(value, "ignored");
  if (const json* subject = member(value, "subject")) {
    finding.subject = {text_member(*subject, "authority"), text_member(*subject, "deployment"),
                       text_member(*subject, "host"), text_member(*subject, "receiver")};
  }
  read_judgement(finding, value);
  finding.summary = text_member(value, "summary");
  if (const json* evidence = member(value, "evidence");
      evidence != nullptr && evidence->is_array()) {
    for (const json& item : *evidence) {
      finding.evidence.push_back(
          {text_member(item, "fact"), text_member(item, "value"), text_member(item, "source")});
    }
  }
  finding.remedy = text_member(value, "remedy");
  finding.vantage = text_member(value, "vantage");
  finding.first_seen = instant_member(value, "first_seen").value_or(base::Instant{});
  finding.last_seen = instant_member(value, "last_seen").value_or(base::Instant{});
  return finding;
}

}  // namespace idpwatch::model
