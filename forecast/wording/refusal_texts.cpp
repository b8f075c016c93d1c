#include "forecast/wording/refusal_texts.hpp"

#include "base/text.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/wording/causes.hpp"
#include "forecast/wording/headline.hpp"
#include "forecast/wording/refusal_remedies.hpp"
#include "forecast/wording/rotation_forecast_texts.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

constexpr std::size_t kMessageMax = 500;

// The libraries' messages have line breaks in them.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return base::printable(text, kMessageMax);
}

// Who says what tokens bring.
std::string brought_source(const Problem& problem, const DeploymentView& view) {
  const TokenFacts& tokens = view.tokens;
  const std::string& rule = problem.rule;
  const bool shown = tokens.shown && ((rule == "refusal-issuer" && tokens.issuer) ||
                                      (rule == "refusal-audience" && tokens.audience) ||
                                      (rule == "refusal-algorithm" && tokens.algorithm));
  if (shown) return tokens.shown->source();
  if (rule == "refusal-issuer" && tokens.issuer) return std::string(kOurTokens);
  if (rule == "refusal-audience" && tokens.audience) return std::string(tokens.audience_source);
  if (rule == "refusal-algorithm" && tokens.algorithm) return std::string(kOurTokens);
  if (problem.certainty == model::Certainty::kPossible &&
      (rule == "refusal-issuer" || rule == "refusal-audience")) {
    return "a usual mix-up; nothing says what callers send";
  }
  return "what the authority serves";
}

std::string other_text(const OtherAnswer& other, base::Instant now) {
  const bool may = other.certainty == model::Certainty::kPossible;
  std::string text = (may ? "may answer " : "answers ") + std::to_string(other.status);
  if (!other.error.empty()) text += " (" + other.error + ")";
  if (other.window.earliest) text += " from " + instant_for_people(*other.window.earliest, now);
  if (other.window.until) text += " until " + instant_for_people(*other.window.until, now);
  return text;
}

// Not where no token is of any use: whose key signed the one that was tried does not matter.
bool names_key(const Problem& problem) {
  return is_about_signer(problem) || problem.rule == "refusal-pinned-key" ||
         !problem.key_of.empty();
}

std::vector<model::Evidence> evidence(const Problem& problem, const DeploymentView& view,
                                      base::Instant now) {
  std::vector<model::Evidence> rows;
  const auto row = [&](std::string fact, const std::string& value, std::string source) {
    if (!value.empty()) {
      rows.push_back({std::move(fact), base::printable(value, kMessageMax), std::move(source)});
    }
  };
  const validators::Validator& validator = *view.validator;
  row("why", problem.because == problem.message ? "" : problem.because,
      "simulation of " + validator.profile() + " " + validator.version());
  if (problem.rule == "refusal-clock") {
    row("the clocks are apart by", problem.brought, "Date of the authority's answers");
    row("the service tolerates", problem.accepts, place_of(problem.origin));
  } else if (problem.rule == "refusal-lifetime") {
    const bool postdated = problem.accepts.empty();
    row(postdated ? "the token is valid only from this long after its issue" : "a token lives",
        problem.brought, view.tokens.shown ? view.tokens.shown->source() : std::string());
    row("callers use one for", problem.accepts, std::string(kOurTokens));
  } else {
    const bool none_accepted = problem.rule == "refusal-audience" && problem.accepts.empty();
    const bool of_template = problem.brought.find(kTenantTemplate) != std::string::npos;
    row("the token brings",
        none_accepted && !view.tokens.audience
            ? ""
            : (of_template ? "a tenant of " : "") + problem.brought,
        brought_source(problem, view));
    row("the service accepts", problem.accepts, place_of(problem.origin));
  }
  row("fetched address", problem.url, "what it answers: " + base::printable(problem.answer));
  if (view.authority != nullptr && names_key(problem)) {
    for (const KnownKey& known : view.authority->keys) {
      if (problem.key.empty() || known.key.thumbprint != problem.key) continue;
      row("key", "kid '" + known.key.kid.value_or("") + "', thumbprint " + known.key.thumbprint,
          "key set");
      row("first seen", instant_for_people(known.first_seen, now), "key set");
      if (known.first_absent_at) {
        row("not published since", instant_for_people(*known.first_absent_at, now), "key set");
      }
    }
  }
  if (problem.foreseen) {
    for (const model::Evidence& one : foreseen_evidence(*problem.foreseen, now)) {
      row(one.fact, one.value, one.source);
    }
  }
  if (problem.mostly_over && problem.condition == model::Condition::kRunning) {
    row("most instances",
        "have refused a request, have fetched the key set because of it, and are over it",
        "simulation");
  }
  if (problem.other) {
    const bool restarted = problem.other->condition == model::Condition::kRestarted;
    row(restarted ? "if it is restarted now" : "as it runs", other_text(*problem.other, now),
        "simulation");
  }
  for (const std::string& note : validator.notes()) row("version", note, "profile");
  if (view.signer && names_key(problem)) {
    row("signs now", "kid '" + view.signer->kid + "'",
        "real tokens issued until " + instant_for_people(view.signer->until, now));
  }
  if (view.restarted_only) return rows;
  row("started", view.started_at ? instant_for_people(*view.started_at, now) : "unknown",
      "process");
  return rows;
}

}  // namespace

model::Finding put_in_words(Problem problem, const DeploymentView& view, base::Instant now) {
  for (std::string* text : {&problem.message, &problem.because}) {
    *text = without_made_up_tenant(std::move(*text), "TENANT");
  }
  for (std::string* text : {&problem.brought, &problem.accepts}) {
    *text = without_made_up_tenant(std::move(*text), kTenantTemplate);
  }
  model::Finding finding;
  finding.rule = problem.rule;
  finding.severity = severity_of(problem, now, view.restarted_only);
  finding.subject.deployment = view.name;
  if (view.authority != nullptr) finding.subject.authority = view.authority->name;
  const validators::Validator& validator = *view.validator;
  finding.validator = model::ValidatorRef{
      validator.profile(), validator.version(),
      validator.variant().empty() ? std::nullopt : std::optional(validator.variant())};
  finding.condition = problem.condition;
  finding.certainty = problem.certainty;
  finding.window = problem.window;
  finding.status = problem.status;
  finding.error_id = problem.error;
  finding.error_message = one_line(problem.message);
  finding.summary = headline(problem, view, now) + ": " + cause_text(problem, view, now);
  finding.evidence = evidence(problem, view, now);
  finding.remedy = remedy_for(problem, view, now);
  const model::Origin& setting =
      is_for_want_of_refresh(problem, view)    ? view.settings.refresh_on_unknown_kid.origin()
      : view.settings.metadata_url.has_value() ? view.settings.metadata_url.origin()
                                               : view.settings.authority.origin();
  const model::Origin& origin = problem.origin.known() ? problem.origin : setting;
  if (origin.known()) {
    finding.source = model::SourceRef{
        origin.file, static_cast<std::size_t>(std::max(origin.line, 0)), origin.key};
  }
  finding.vantage = view.vantage;
  return finding;
}

}  // namespace idpwatch::forecast
