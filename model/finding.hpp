// A judgement (docs/json.md): a rule that holds for a subject, with evidence and a remedy.
#pragma once

#include "base/time.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

enum class Severity { kInfo, kWarning, kError, kCritical };
enum class Certainty { kPossible, kLikely, kCertain };
enum class Condition { kRunning, kRestarted };  // "if" in JSON

std::string_view to_text(Severity severity);
std::optional<Severity> severity(std::string_view text);
std::string_view to_text(Certainty certainty);
std::string_view to_text(Condition condition);

// What a finding is about: an authority, a deployment, both where both matter, or this host.
struct Subject {
  std::string authority;
  std::string deployment;
  std::string host;        // the instance, for clock, local-network and self-* findings
  std::string receiver{};  // self-receiver and self-outbox: of which one; it is told by the others
  auto operator<=>(const Subject&) const = default;
};

struct Evidence {
  std::string fact, value, source;
};

struct Window {
  std::optional<base::Instant> earliest, latest, until;
  std::optional<std::int64_t> longest_s;
};

struct ValidatorRef {
  std::string profile, version;
  std::optional<std::string> variant;
};

struct SourceRef {
  std::string file;
  std::size_t line = 0;
  std::string key;
};

struct Finding {
  std::string id;  // finding_id(rule, subject)
  std::string rule;
  Severity severity = Severity::kWarning;
  bool ignored = false;
  Subject subject;
  std::optional<ValidatorRef> validator;
  std::optional<Condition> condition;
  std::optional<Certainty> certainty;
  std::optional<Window> window;
  std::optional<int> status;            // what the caller gets: 401, 403, 500, 0 = nothing answers
  std::string error_id, error_message;  // the validator's own
  std::string summary;                  // one sentence for a person
  std::vector<Evidence> evidence;
  std::string remedy;
  std::optional<SourceRef> source;
  std::string vantage;
  base::Instant first_seen, last_seen;
};

// First 16 bytes, in hex, of SHA-256 over the length-prefixed rule and subject fields: stable over
// time and measured values, and over instances unless `subject.host` is set (docs/alerts.md).
std::string finding_id(std::string_view rule, const Subject& subject);

nlohmann::json to_json(const Finding& finding);
// Of our own store only: what is missing keeps its default.
Finding finding_from_json(const nlohmann::json& value);

}  // namespace idpwatch::model
