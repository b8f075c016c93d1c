#include "explain/explanation_text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace idpwatch::explain {
namespace {

constexpr std::size_t kMessage = 1200;

// One line each: what is said can be searched for, and terminals break lines by themselves.
std::string line_of(std::string_view text, const std::string& indent) {
  return indent + std::string(text) + '\n';
}

// A library's message: a line for each of its sentences and of its own lines.
std::string quoted_message(const std::string& message, const std::string& indent) {
  std::string out;
  for (std::string_view line : base::split(message, '\n')) {
    line = base::trim(line);
    for (std::size_t end = line.find(". "); !line.empty(); end = line.find(". ")) {
      const std::size_t size = end == std::string_view::npos ? line.size() : end + 1;
      out += indent + base::printable(base::trim(line.substr(0, size)), kMessage) + '\n';
      line.remove_prefix(size);
      line = base::trim(line);
    }
  }
  return out;
}

std::string token_text(const Explanation& explanation) {
  const checks::TokenForm& form = explanation.form;
  std::string out = "TOKEN  ";
  switch (form.kind) {
    case checks::TokenKind::kJws:
      out += "a signed JWT";
      break;
    case checks::TokenKind::kJwe:
      out += "an encrypted JWT (JWE)";
      break;
    case checks::TokenKind::kOpaque:
      out += "an opaque token, not a JWT: " + form.about;
      break;
    case checks::TokenKind::kDamaged:
      out += "a damaged JWT: " + form.about;
      break;
  }
  if (!explanation.owner.issued_by.empty()) out += ", issued by " + explanation.owner.issued_by;
  const std::string& purpose = explanation.owner.purpose;
  if (!purpose.empty() && purpose != "unknown" && form.readable()) {
    out += purpose == "id" ? ", an ID token" : ", purpose: " + purpose;
  }
  out += "\n";
  if (form.token && form.readable()) {
    out += "       alg " + base::printable(form.token->alg.value_or("(none)"), 32) + ", kid " +
           (form.token->kid ? '"' + base::printable(*form.token->kid, 120) + '"' : "(none)") + "\n";
  }
  return out;
}

std::string verdict_text(const ValidatorExplanation& result) {
  std::string out = result.deployment.empty()
                        ? "authority " + base::printable(result.authority, 200)
                        : base::printable(result.deployment, 200);
  if (result.validator) {
    out +=
        "  (" + result.validator->profile + " " + base::printable(result.validator->version, 32) +
        (result.validator->variant.empty() ? ""
                                           : "+" + base::printable(result.validator->variant, 32)) +
        ")";
  }
  out += "\n";
  if (!result.accepted) {
    return out + "  UNDETERMINED: " + base::printable(result.why_unknown, 400) + "\n";
  }
  if (*result.accepted) {
    return out + (result.validator ? "  ACCEPTED (200)\n"
                                   : "  VALID: the signature, the issuer and the times hold\n");
  }
  if (!result.validator) return out + "  NOT VALID\n";
  out += "  REFUSED with status " + std::to_string(result.status);
  if (result.error_message.empty() && result.error_id.empty()) return out + "\n";
  out += "; the service logs\n";
  const bool named = result.error_message.find(result.error_id) != std::string::npos;
  if (!named) out += "    " + base::printable(result.error_id, 120) + "\n";
  return out + quoted_message(result.error_message, "    ") +
         "  Search its log for: " + base::printable(result.error_id, 120) + "\n";
}

std::string outcome_text(const CheckLine& line) {
  if (line.outcome == CheckOutcome::kRefused) return line.reached ? "REFUSED" : "refuses";
  return line.outcome == CheckOutcome::kNotChecked ? "not checked"
                                                   : std::string(to_text(line.outcome));
}

std::string check_text(const CheckLine& line) {
  const std::string indent(25, ' ');
  std::string head = "  " + outcome_text(line);
  head.resize(std::max<std::size_t>(head.size() + 1, 15), ' ');
  head += to_text(line.name);
  const bool refused = line.outcome == CheckOutcome::kRefused;
  if (!refused) {
    if (!line.token.empty()) {
      head.resize(std::max<std::size_t>(head.size() + 1, 25), ' ');
      head += line.token;
    } else if (!line.difference.empty()) {
      head.resize(std::max<std::size_t>(head.size() + 1, 25), ' ');
      head += base::printable(line.difference, 400);
    }
    if (!line.reached) head += "  (not reached)";
    return head + "\n";
  }
  head.resize(std::max<std::size_t>(head.size() + 1, 25), ' ');
  std::string out = head;
  out += line.logged    ? "<- this one is logged\n"
         : line.reached ? "\n"
         : line.would_log.empty()
             ? "(not reached; fails next)\n"
             : "(not reached; fails next, with " + base::printable(line.would_log, 64) + ")\n";
  if (!line.token.empty()) out += indent + "token     " + line.token + "\n";
  if (!line.config.empty()) out += indent + "deployed  " + line.config + "\n";
  if (!line.difference.empty()) {
    out += line_of("difference: " + base::printable(line.difference, 600), indent);
  }
  if (!line.source.file.empty() || !line.source.key.empty()) {
    out += indent + "at        " + base::printable(line.source.file, 300) +
           (line.source.line > 0 ? ":" + std::to_string(line.source.line) : "") +
           (line.source.key.empty() ? "" : " (" + base::printable(line.source.key, 200) + ")") +
           "\n";
  }
  return out;
}

std::string result_text(const ValidatorExplanation& result, bool all) {
  std::string out = verdict_text(result);
  const bool clean = result.accepted.value_or(false);
  for (const CheckLine& line : result.checks) {
    if (all || !clean || line.outcome == CheckOutcome::kRefused) out += check_text(line);
  }
  for (const std::string& warning : result.warnings) {
    out += line_of("Note: " + base::printable(warning, 1500), "  ");
  }
  if (!result.remedy.empty()) out += line_of("Fix: " + base::printable(result.remedy, 1500), "  ");
  return out;
}

}  // namespace

std::string explanation_text(const Explanation& explanation, bool all) {
  std::string out = token_text(explanation);
  const std::string indent(7, ' ');
  for (const std::string& line : explanation.times) {
    out += line_of(base::printable(line, 600), indent);
  }
  for (const std::string& line : explanation.owner.about) {
    out += line_of(base::printable(line, 600), indent);
  }
  for (const std::string& line : explanation.notes) {
    out += line_of(base::printable(line, 900), indent);
  }
  for (const ValidatorExplanation& result : explanation.results) {
    out += "\n" + result_text(result, all);
  }
  return out;
}

}  // namespace idpwatch::explain
