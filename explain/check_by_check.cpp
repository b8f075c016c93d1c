#include "explain/check_by_check.hpp"

#include "base/text.hpp"
#include "explain/asked_validator.hpp"
#include "explain/check_facts.hpp"
#include "explain/token_remedies.hpp"
#include "explain/token_signature.hpp"
#include "explain/token_times.hpp"
#include "forecast/history/body_reading.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::explain {
namespace {

using validators::Answer;
using validators::Cause;
using validators::TokenView;
using Is = SignatureFact::Is;

CheckName check_of(Aspect aspect) {
  switch (aspect) {
    case Aspect::kAlgorithm:
      return CheckName::kAlgorithm;
    case Aspect::kKey:
      return CheckName::kKey;
    case Aspect::kType:
      return CheckName::kType;
    case Aspect::kIssuer:
      return CheckName::kIssuer;
    case Aspect::kAudience:
      return CheckName::kAudience;
    case Aspect::kLifetime:
      return CheckName::kLifetime;
    case Aspect::kScope:
      return CheckName::kScope;
  }
  return CheckName::kForm;
}

// As the token handlers do (the year 9999).
std::optional<std::int64_t> clamped(const std::optional<std::int64_t>& seconds) {
  constexpr std::int64_t kMost = 253'402'300'799;
  return seconds ? std::optional(std::clamp<std::int64_t>(*seconds, -kMost, kMost)) : seconds;
}

// The claims as a validator reads them, for tokens that are otherwise acceptable.
TokenView view_of(const checks::TokenForm& form) {
  TokenView view;
  const model::Token& token = *form.token;
  view.alg = token.alg;
  view.kid = token.kid;
  view.typ = token.typ;
  view.issuer = token.issuer;
  view.audiences = token.audiences;
  view.expires = clamped(token.expires);
  view.not_before = clamped(token.not_before);
  view.tenant_id = token.tenant_id;
  view.version = token.version;
  view.has_scope_or_role =
      form.has_claim("scp") || form.has_claim("roles") || form.has_claim("role");
  return view;
}

bool symmetric(const checks::TokenForm& form) {
  return form.token && form.token->alg.value_or("").starts_with("HS");
}

std::vector<model::Jwk> keys_of(const ExplainedValidator& asked) {
  std::vector<model::Jwk> keys;
  if (!asked.settings.pinned_keys.has_value()) {
    return asked.authority == nullptr ? keys : asked.authority->keys;
  }
  for (const std::string& text : asked.settings.pinned_keys.value()) {
    const auto document = base::parse_json(text);
    if (document) keys.push_back(model::parse_jwk(*document->value));
  }
  return keys;
}

// Which check an answer comes from.
CheckName refused_by(const Answer& answer, const checks::TokenForm& form,
                     const SignatureFact& fact) {
  switch (answer.cause) {
    case Cause::kIssuer:
      return CheckName::kIssuer;
    case Cause::kAudience:
      return CheckName::kAudience;
    case Cause::kLifetime:
      return CheckName::kLifetime;
    case Cause::kType:
      return CheckName::kType;
    case Cause::kAlgorithm:
      return CheckName::kAlgorithm;
    case Cause::kKey:
      if (symmetric(form) || fact.is == Is::kNotSigned || fact.is == Is::kUnsupported) {
        return CheckName::kAlgorithm;
      }
      return fact.is == Is::kWrong ? CheckName::kSignature : CheckName::kKey;
    case Cause::kNone:
    case Cause::kTransport:
    case Cause::kDocument:
    case Cause::kStart:
    case Cause::kOther:
      break;
  }
  if (answer.error == "IDW10201") return CheckName::kScope;
  if (form.removed_by_google || fact.is == Is::kWrong) return CheckName::kSignature;
  if (fact.is == Is::kNotSigned) return CheckName::kAlgorithm;
  return CheckName::kForm;
}

bool could_not_ask(const Answer& answer) {
  return answer.cause == Cause::kTransport || answer.cause == Cause::kDocument;
}

class Checks {
 public:
  Checks(const ExplainedValidator& asked, const Explanation& explanation)
      : asked_(asked),
        explanation_(explanation),
        validator_(asked.settings, asked.validator, asked.authority, explanation.now),
        fact_(verify_signature(explanation.form, keys_of(asked))) {}

  ValidatorExplanation run() {
    out_.deployment = asked_.deployment;
    if (asked_.authority != nullptr) out_.authority = asked_.authority->name;
    out_.validator = {asked_.validator->profile(), asked_.validator->version(),
                      asked_.validator->variant()};
    answer_ = validator_.request("Bearer " + explanation_.pasted.token);
    const bool keys_unknown = unknown_keys();
    if (keys_unknown) {
      out_.why_unknown = asked_.authority == nullptr ? "no authority is known whose keys it uses"
                                                     : asked_.authority->why_unknown;
    } else {
      out_.accepted = answer_.accepted();
      out_.status = answer_.status;
    }
    if (!answer_.accepted() && !keys_unknown) {
      out_.error_id = answer_.logged();
      out_.error_message = answer_.message;
    }
    list_checks(keys_unknown);
    for (CheckLine& line : out_.checks) describe_check(line, asked_, explanation_, fact_);
    out_.remedy = remedy_for(out_, asked_, explanation_, fact_);
    add_warnings();
    return std::move(out_);
  }

 private:
  // What the service would be told of its keys is not known here, and matters.
  [[nodiscard]] bool unknown_keys() const {
    const bool fetches = asked_.validator->fetches();
    if (!fetches) return false;
    const bool known = asked_.authority != nullptr && asked_.authority->jwks != nullptr;
    return !known && explanation_.form.readable() &&
           (could_not_ask(answer_) || answer_.cause == Cause::kKey || answer_.status == 500);
  }

  CheckLine& add(CheckName name, CheckOutcome outcome) {
    CheckLine line;
    line.name = name;
    line.outcome = outcome;
    out_.checks.push_back(std::move(line));
    return out_.checks.back();
  }

  void list_checks(bool keys_unknown) {
    const bool readable = explanation_.form.readable();
    const CheckName failing = answer_.accepted() || keys_unknown
                                  ? CheckName::kForm
                                  : refused_by(answer_, explanation_.form, fact_);
    const bool refused = !answer_.accepted() && !keys_unknown;
    const bool form_refused = refused && (failing == CheckName::kForm || !readable);
    CheckLine& form =
        add(CheckName::kForm, form_refused ? CheckOutcome::kRefused : CheckOutcome::kOk);
    form.logged = form_refused;
    if (!readable) form.outcome = CheckOutcome::kRefused;
    form.difference = readable ? "" : explanation_.form.about;
    if (form.outcome == CheckOutcome::kRefused) return not_checked();
    const TokenView own = view_of(explanation_.form);
    if (validator_.has_acceptable()) {
      for (const Aspect aspect : validator_.order(fact_.is != Is::kUnknownKid)) {
        add_aspect(aspect, own, keys_unknown);
      }
    } else {
      for (const CheckName name :
           {CheckName::kAlgorithm, CheckName::kKey, CheckName::kSignature, CheckName::kIssuer,
            CheckName::kAudience, CheckName::kLifetime}) {
        add(name, CheckOutcome::kUnknown);
      }
    }
    if (refused) mark_logged(failing);
    bool reached = true;
    for (CheckLine& line : out_.checks) {
      line.reached = reached;
      if (line.logged) reached = false;
    }
  }

  void not_checked() {
    for (const CheckName name : {CheckName::kKey, CheckName::kSignature, CheckName::kIssuer,
                                 CheckName::kAudience, CheckName::kLifetime}) {
      add(name, CheckOutcome::kNotChecked).reached = false;
    }
  }

  void add_aspect(Aspect aspect, const TokenView& own, bool keys_unknown) {
    if (aspect == Aspect::kKey) return add_key(keys_unknown);
    if (aspect == Aspect::kIssuer && validator_.issuer_unknown()) {
      add(CheckName::kIssuer, CheckOutcome::kUnknown);
      return;
    }
    const Answer answer = validator_.with(aspect, own);
    CheckLine& line =
        add(check_of(aspect), answer.accepted() ? CheckOutcome::kOk : CheckOutcome::kRefused);
    if (!answer.accepted()) line.would_log = answer.logged();
  }

  // The key and the signature by it are one check to a library, and two to a person.
  void add_key(bool keys_unknown) {
    CheckOutcome key = CheckOutcome::kOk;
    CheckOutcome signature = CheckOutcome::kOk;
    if (keys_unknown) {
      key = signature = CheckOutcome::kUnknown;
    } else if (answer_.accepted() || fact_.is == Is::kValid) {
      key = CheckOutcome::kOk;
    } else if (fact_.is == Is::kWrong) {
      signature = CheckOutcome::kRefused;
    } else if (fact_.is == Is::kSymmetric || fact_.is == Is::kNotSigned ||
               fact_.is == Is::kUnsupported) {
      key = signature = CheckOutcome::kNotChecked;
    } else if (answer_.cause == Cause::kKey) {
      key = CheckOutcome::kRefused;
      signature = CheckOutcome::kUnknown;
    }
    add(CheckName::kKey, key);
    add(CheckName::kSignature, signature);
  }

  // What the library really answered wins over what was found one by one.
  void mark_logged(CheckName failing) {
    auto found = std::find_if(out_.checks.begin(), out_.checks.end(),
                              [&](const CheckLine& line) { return line.name == failing; });
    if (found == out_.checks.end()) {
      add(failing, CheckOutcome::kRefused);
      found = out_.checks.end() - 1;
    }
    found->outcome = CheckOutcome::kRefused;
    found->logged = true;
    found->would_log.clear();
  }

  void add_warnings() {
    for (std::string& warning : warnings_for(out_, asked_, explanation_, fact_)) {
      out_.warnings.push_back(std::move(warning));
    }
    if (std::string effect = effect_of_surroundings(asked_, explanation_); !effect.empty()) {
      out_.warnings.push_back(std::move(effect));
    }
  }

  const ExplainedValidator& asked_;
  const Explanation& explanation_;
  AskedValidator validator_;
  SignatureFact fact_;
  Answer answer_;
  ValidatorExplanation out_;
};

}  // namespace

ValidatorExplanation explain_validator(const ExplainedValidator& asked,
                                       const Explanation& explanation) {
  return Checks(asked, explanation).run();
}

std::string effect_of_surroundings(const ExplainedValidator& asked,
                                   const Explanation& explanation) {
  const checks::PastedToken& pasted = explanation.pasted;
  if (pasted.around.empty() || pasted.header.empty()) return {};
  const AskedValidator validator(asked.settings, asked.validator, asked.authority, explanation.now);
  const Answer alone = validator.request("Bearer " + pasted.token);
  const Answer as_sent = validator.request(pasted.header);
  if (as_sent.status == alone.status && as_sent.error == alone.error &&
      as_sent.message == alone.message) {
    return {};
  }
  return surroundings_text(pasted, as_sent,
                           asked.validator->profile() + " " + asked.validator->version());
}

namespace {

CheckLine line_of(CheckName name, CheckOutcome outcome) {
  CheckLine line;
  line.name = name;
  line.outcome = outcome;
  return line;
}

CheckLine issuer_line(const KnownAuthority& authority, const checks::TokenForm& form) {
  std::string expected = forecast::read_body(authority.metadata).document.issuer;
  if (expected.empty()) expected = authority.issuer;
  CheckLine line = line_of(CheckName::kIssuer, CheckOutcome::kOk);
  line.token = form.token->issuer ? quoted_values({*form.token->issuer}) : "(no iss)";
  line.config = quoted_values({expected});
  if (form.token->issuer != expected) line.outcome = CheckOutcome::kRefused;
  return line;
}

CheckLine lifetime_line(const Explanation& explanation) {
  const model::Token& token = *explanation.form.token;
  const auto expires = instant_of(token.expires);
  const auto begins = instant_of(token.not_before);
  const bool over = expires && *expires <= explanation.now;
  const bool early = token.not_before && (!begins || *begins > explanation.now);
  CheckLine line =
      line_of(CheckName::kLifetime, over || early ? CheckOutcome::kRefused : CheckOutcome::kOk);
  line.config = "now " + base::format_rfc3339(std::chrono::floor<base::seconds>(explanation.now));
  line.difference = over ? "it has ended" : early ? "it has not begun" : "";
  return line;
}

}  // namespace

ValidatorExplanation explain_by_authority(const KnownAuthority& authority,
                                          const std::optional<KeyElsewhere>& elsewhere,
                                          const Explanation& explanation) {
  ValidatorExplanation out;
  out.authority = authority.name;
  const checks::TokenForm& form = explanation.form;
  if (!form.readable()) {
    CheckLine line = line_of(CheckName::kForm, CheckOutcome::kRefused);
    line.difference = form.about;
    out.checks.push_back(std::move(line));
    if (form.kind == checks::TokenKind::kDamaged) out.accepted = false;
    out.why_unknown = "only its issuer can read it";
    return out;
  }
  const SignatureFact fact = verify_signature(form, authority.keys);
  const bool unsigned_one = fact.is == Is::kNotSigned || fact.is == Is::kSymmetric;
  out.checks.push_back(line_of(CheckName::kForm, CheckOutcome::kOk));
  out.checks.push_back(
      line_of(CheckName::kAlgorithm, unsigned_one ? CheckOutcome::kRefused : CheckOutcome::kOk));
  out.checks.back().difference = unsigned_one ? signature_text(fact, form) : "";
  const bool known = fact.is == Is::kValid || fact.is == Is::kOtherKey || fact.is == Is::kWrong;
  const bool none = fact.is == Is::kNoKeys && authority.jwks == nullptr;
  out.checks.push_back(line_of(CheckName::kKey, none           ? CheckOutcome::kUnknown
                                                : known        ? CheckOutcome::kOk
                                                : unsigned_one ? CheckOutcome::kNotChecked
                                                               : CheckOutcome::kRefused));
  if (elsewhere && !known) out.checks.back().difference = elsewhere->text;
  out.checks.push_back(line_of(CheckName::kSignature, fact.is == Is::kWrong ? CheckOutcome::kRefused
                                                      : known               ? CheckOutcome::kOk
                                                              : CheckOutcome::kUnknown));
  out.checks.back().difference = signature_text(fact, form);
  out.checks.push_back(issuer_line(authority, form));
  out.checks.push_back(lifetime_line(explanation));
  if (none) out.why_unknown = authority.why_unknown;
  const bool refused = std::any_of(out.checks.begin(), out.checks.end(), [](const CheckLine& line) {
    return line.outcome == CheckOutcome::kRefused;
  });
  if (!none) out.accepted = !refused;
  return out;
}

}  // namespace idpwatch::explain
