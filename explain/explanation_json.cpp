#include "explain/explanation_json.hpp"

#include "base/text.hpp"
#include "base/time.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace idpwatch::explain {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 10> kShown{
    {"iss", "aud", "ver", "tid", "azp", "exp", "nbf", "iat", "scp", "roles"}};

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json source_json(const model::SourceRef& source) {
  if (source.file.empty() && source.key.empty()) return nullptr;
  Json out = Json::object();
  if (!source.file.empty()) out["file"] = source.file;
  if (source.line > 0) out["line"] = source.line;
  if (!source.key.empty()) out["key"] = source.key;
  return out;
}

Json check_json(const CheckLine& line) {
  Json out{{"check", to_text(line.name)},
           {"result", to_text(line.outcome)},
           {"logged", line.logged},
           {"reached", line.reached},
           {"token", text_or_null(line.token)},
           {"config", text_or_null(line.config)},
           {"difference", text_or_null(line.difference)},
           {"source", source_json(line.source)}};
  if (!line.would_log.empty()) out["would_log"] = line.would_log;
  return out;
}

Json result_json(const ValidatorExplanation& result) {
  Json out = Json::object();
  Json subject = Json::object();
  if (!result.deployment.empty()) subject["deployment"] = result.deployment;
  if (!result.authority.empty()) subject["authority"] = result.authority;
  out["subject"] = std::move(subject);
  if (result.validator) {
    out["validator"] = Json{{"profile", result.validator->profile},
                            {"version", result.validator->version},
                            {"variant", text_or_null(result.validator->variant)}};
  }
  out["accepted"] = result.accepted ? Json(*result.accepted) : Json(nullptr);
  if (result.validator && result.accepted) out["status"] = result.status;
  if (!result.error_id.empty()) {
    out["error"] = Json{{"id", result.error_id}, {"message", result.error_message}};
  }
  if (!result.why_unknown.empty() && !result.accepted) out["why"] = result.why_unknown;
  out["warnings"] = result.warnings;
  out["checks"] = Json::array();
  for (const CheckLine& line : result.checks) out["checks"].push_back(check_json(line));
  out["remedy"] = text_or_null(result.remedy);
  return out;
}

}  // namespace

nlohmann::json redacted_claims(const nlohmann::json& claims) {
  nlohmann::json out = claims;
  if (!out.is_object()) return out;
  for (auto& [name, value] : out.items()) {
    const bool shown = std::any_of(kShown.begin(), kShown.end(),
                                   [&key = name](const char* one) { return key == one; });
    if (!shown) value = "(cut)";
  }
  return out;
}

nlohmann::ordered_json explanation_json(const Explanation& explanation) {
  const checks::TokenForm& form = explanation.form;
  Json token = Json::object();
  token["header"] = form.header ? Json(*form.header) : Json(nullptr);
  if (form.claims) {
    token["claims"] = Json(explanation.redact ? redacted_claims(*form.claims) : *form.claims);
  } else {
    token["claims"] = nullptr;
  }
  token["kind"] = checks::to_text(form.kind);
  token["purpose"] = text_or_null(explanation.owner.purpose);
  token["issued_by"] = text_or_null(explanation.owner.issued_by);
  if (!explanation.owner.made_for.empty()) token["made_for"] = explanation.owner.made_for;
  std::vector<std::string> notes = explanation.times;
  notes.insert(notes.end(), explanation.notes.begin(), explanation.notes.end());
  token["notes"] = notes;

  Json out{{"schema", "idpwatch.explain/v1"},
           {"at", base::format_rfc3339(explanation.now)},
           {"token", std::move(token)},
           {"results", Json::array()}};
  for (const ValidatorExplanation& result : explanation.results) {
    out["results"].push_back(result_json(result));
  }
  return out;
}

}  // namespace idpwatch::explain
