#include "model/finding.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "model/finding_names.hpp"

namespace idpwatch::model {

namespace {

// "5:entra": no two lists of fields give the same bytes.
void append_prefixed(std::string& out, std::string_view field) {
  out += std::to_string(field.size());
  out += ':';
  out += field;
}

}  // namespace

std::string_view to_text(Severity severity) { return kSeverityNames.text(severity); }

std::optional<Severity> severity(std::string_view text) { return kSeverityNames.value(text); }

std::string_view to_text(Certainty certainty) { return kCertaintyNames.text(certainty); }

std::string_view to_text(Condition condition) { return kConditionNames.text(condition); }

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
