#include "model/finding.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"

#include <array>

namespace idpwatch::model {

namespace {

// "5:entra": no two lists of fields give the same bytes.
void append_prefixed(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

}  // namespace

std::string_view to_text(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
    case Severity::kCritical:
      return "critical";
  }
  return "info";
}

std::optional<Severity> severity(std::string_view text) {
  constexpr std::array kAll{Severity::kInfo, Severity::kWarning, Severity::kError,
                            Severity::kCritical};
  for (const Severity candidate : kAll) {
    if (to_text(candidate) == text) return candidate;
  }
  return std::nullopt;
}

std::string_view to_text(Certainty certainty) {
  switch (certainty) {
    case Certainty::kPossible:
      return "possible";
    case Certainty::kLikely:
      return "likely";
    case Certainty::kCertain:
      return "certain";
  }
  return "possible";
}

std::string_view to_text(Condition condition) {
  switch (condition) {
    case Condition::kRunning:
      return "running";
    case Condition::kRestarted:
      return "restarted";
  }
  return "running";
}

std::string finding_id(std::string_view rule, const Subject& subject) {
  std::string fields;
  fields.reserve(rule.size() + subject.authority.size() + subject.deployment.size() +
                 subject.host.size() + subject.receiver.size() + 20);
  append_prefixed(fields, rule);
  append_prefixed(fields, subject.authority);
  append_prefixed(fields, subject.deployment);
  append_prefixed(fields, subject.host);
  append_prefixed(fields, subject.receiver);
  return base::hex_encode(std::string_view(base::sha256(fields)).substr(0, 16));
}

}  // namespace idpwatch::model
