#include "forecast/texts.hpp"

#include "base/text.hpp"
#include "forecast/fetched_address.hpp"
#include "forecast/foresight_texts.hpp"
#include "forecast/imagined.hpp"
#include "forecast/package_mix.hpp"
#include "forecast/remedies.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

constexpr std::size_t kMessageMax = 500;
constexpr std::size_t kOtherKeysMax = 3;

// The libraries' messages have line breaks in them.
std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  return base::printable(text, kMessageMax);
}

std::string answer_of(const Problem& problem) {
  if (problem.status == 0) {
    return problem.rule == "refusal-start" ? "does not start" : "does not answer";
  }
  std::string text = "answers " + std::to_string(problem.status);
  return problem.error.empty() ? text : text + " (" + problem.error + ")";
}

// "orders-api answers 401 (IDX10501)", with what is not sure, and when.
std::string headline(const Problem& problem, const DeploymentView& view, base::Instant now) {
  std::string text = base::printable(view.name, 128) + " ";
  const bool restarted = problem.condition == model::Condition::kRestarted;
  const bool ahead = problem.window.earliest && *problem.window.earliest > now;
  std::string answer = answer_of(problem);
  if (restarted) {
    if (!view.restarted_only) return text + answer + " if it is restarted now";
    return text + answer + (problem.status == 0 ? "" : " when it starts");
  }
  if (problem.certainty == model::Certainty::kPossible) {
    answer =
        "may " + (problem.status == 0 ? std::string("not answer") : answer.replace(0, 7, "answer"));
  } else if (ahead) {
    answer = "will " +
             (problem.status == 0 ? std::string("not answer") : answer.replace(0, 7, "answer"));
  }
  text += answer;
  if (problem.foreseen) {
    text += " at the next rotation";
    if (!problem.window.longest_s) return text;
    return text + ", for up to " +
           base::describe_duration(base::seconds(*problem.window.longest_s));
  }
  if (ahead) text += " from " + instant_for_people(*problem.window.earliest, now);
  if (problem.window.until) text += " until " + instant_for_people(*problem.window.until, now);
  return text;
}

// What tokens bring is not what the service takes.
std::string claims_cause(const Problem& problem, const std::string& authority, bool starts) {
  const std::string& rule = problem.rule;
  const std::string accepts = base::printable(problem.accepts, 256);
  if (rule == "refusal-issuer" && !problem.answer.empty()) {
    return base::printable(problem.url) + " answers it with " + base::printable(problem.answer) +
           ", and the configured one is " + accepts;
  }
  if (rule == "refusal-issuer" && problem.brought.find(kTenantTemplate) != std::string::npos) {
    return "tokens of a tenant of " + base::printable(problem.brought, 128) +
           " are not those it accepts (" + accepts + ")";
  }
  if (rule == "refusal-issuer" && problem.brought.empty()) {
    return starts ? "the issuer in the document of " + authority + " is not that of its tokens"
                  : authority + " changed its issuer";
  }
  if (rule == "refusal-issuer") {
    return "tokens with the issuer " + base::printable(problem.brought, 128) +
           " are not those it accepts (" + accepts + ")";
  }
  if (rule == "refusal-algorithm") {
    return authority + " signs with " + base::printable(problem.brought, 64) +
           (accepts.empty() ? ", which this library cannot verify"
                            : ", and its settings allow " + accepts);
  }
  if (accepts.empty()) return "no audience is configured, so that it takes no token";
  if (problem.brought.empty()) {
    return "tokens without an audience (aud) are refused: it accepts " + accepts;
  }
  return "tokens for the audience " + base::printable(problem.brought, 128) +
         " are not those it accepts (" + accepts + ")";
}

// "key 'b'", "key 'b' (or 'a', 'c')": the newest first.
std::string key_text(const Problem& problem) {
  if (problem.kid.empty()) return "a key without kid";
  std::string text = "key '" + base::printable(problem.kid, 64) + "'";
  if (problem.also.empty()) return text;
  std::string others;
  for (std::size_t i = 0; i < problem.also.size() && i < kOtherKeysMax; ++i) {
    others += (i == 0 ? "" : ", ") + ("'" + base::printable(problem.also[i], 64) + "'");
  }
  if (problem.also.size() > kOtherKeysMax) others += ", ...";
  return text + " (or " + others + ")";
}

std::string cause(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const std::string& rule = problem.rule;
  const std::string key = key_text(problem);
  const std::string authority =
      view.authority == nullptr ? "the authority" : base::printable(view.authority->name, 128);
  if (problem.foreseen) return foreseen_cause(problem, authority, now);
  if (rule == "refusal-rotation") {
    return authority + " publishes " + key + ", which this service has not cached";
  }
  if (rule == "refusal-withdrawn-key") {
    return authority + " withdrew " + key + " while tokens signed with it still live";
  }
  if (problem.rule == "refusal-keys" && keys_lost_to_packages(view.settings, problem.error)) {
    return "Microsoft.IdentityModel.Protocols.OpenIdConnect " + view.settings.protocols +
           " beside Microsoft.IdentityModel.Tokens " +
           (view.settings.library.empty() ? view.settings.version : view.settings.library) +
           " reads no keys, so every token is refused";
  }
  if (!problem.key_of.empty()) {
    return "tokens of " + base::printable(problem.key_of, 128) +
           ", which has the same issuer, are signed with " + key + ", and the key set of " +
           authority + " does not hold it";
  }
  if (rule == "refusal-pinned-key") {
    return "the keys written into the deployed file are not those that " + authority + " publishes";
  }
  if (rule == "refusal-clock") {
    return "the clocks of this host and of " + authority + " are " + problem.brought +
           " apart, and it tolerates " + problem.accepts;
  }
  if (is_certificate_out_of_date(problem)) {
    return "the certificate (x5c) that " + authority +
           " publishes with its key is out of its dates, and this service checks it";
  }
  if (is_audience_unread(problem, view)) {
    return "Audience is not read here, the framework reads ValidAudience and ValidAudiences alone, "
           "so that it takes no token";
  }
  if (rule == "refusal-issuer" || rule == "refusal-audience" || rule == "refusal-algorithm") {
    return claims_cause(problem, authority, view.restarted_only);
  }
  if (rule == "refusal-https") {
    const model::ValidatorSettings& settings = view.settings;
    const std::string& where = !problem.url.empty()                ? problem.url
                               : settings.metadata_url.has_value() ? settings.metadata_url.value()
                                                                   : settings.authority.value();
    return base::printable(where) + " is not https, and RequireHttpsMetadata is on";
  }
  if (!problem.answer.empty()) return fetch_cause(problem, view);
  return problem.because.empty() ? "its library refuses what the authority serves"
                                 : base::printable(problem.because);
}

// Who says what tokens bring.
std::string brought_source(const Problem& problem, const DeploymentView& view) {
  const TokenFacts& tokens = view.tokens;
  const std::string& rule = problem.rule;
  if (rule == "refusal-issuer" && tokens.issuer) return std::string(kOurTokens);
  if (rule == "refusal-audience" && tokens.audience) return std::string(tokens.audience_source);
  if (rule == "refusal-algorithm" && tokens.algorithm) return std::string(kOurTokens);
  if (problem.certainty == model::Certainty::kPossible &&
      (rule == "refusal-issuer" || rule == "refusal-audience")) {
    return "a usual mix-up; nothing tells what callers bring";
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
  if (view.authority != nullptr) {
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
  finding.summary = headline(problem, view, now) + ": " + cause(problem, view, now);
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
