#include "forecast/judge.hpp"

#include "forecast/claims.hpp"
#include "forecast/outlook.hpp"
#include "forecast/texts.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;

constexpr std::array<std::string_view, 16> kRules{
    "refusal-rotation", "refusal-withdrawn-key", "refusal-pinned-key", "refusal-unreachable",
    "refusal-slow",     "refusal-redirect",      "refusal-tls",        "refusal-https",
    "refusal-size",     "refusal-document",      "refusal-keys",       "refusal-algorithm",
    "refusal-issuer",   "refusal-audience",      "refusal-clock",      "refusal-start"};

Problem always(std::string rule, int status, std::string message, const model::Origin& origin,
               Instant now) {
  Problem problem;
  problem.rule = std::move(rule);
  problem.window.earliest = problem.window.latest = now;
  problem.likely_by = now;
  problem.status = status;
  problem.message = problem.because = std::move(message);
  problem.origin = origin;
  return problem;
}

// What the process itself says: it does not start, or no request comes through.
std::optional<Problem> broken_from_start(const model::ValidatorSettings& settings, Instant now) {
  if (settings.start_fault) {
    return always("refusal-start", 0, settings.start_fault->message, settings.start_fault->origin,
                  now);
  }
  if (settings.options_fault) {
    return always("refusal-start", 500, settings.options_fault->message,
                  settings.options_fault->origin, now);
  }
  return std::nullopt;
}

// Where the authority's document is watched: the validator's own address, or, where it fetches
// nothing, whichever looks like one.
std::string metadata_url_of(const DeploymentView& view) {
  const auto urls = view.validator->metadata_urls();
  if (!urls.empty()) return urls.front();
  for (const auto& [url, changes] : view.authority->history->all()) {
    if (url.find("/.well-known/") != std::string::npos) return url;
  }
  return {};
}

// Running and restarted give one answer for a rule: as it runs, unless that is only a rare chance
// while a restart meets it surely.
void merge(std::vector<Problem>& problems, Outlook outlook) {
  const auto keep = [&](Problem problem) {
    const bool known = std::any_of(problems.begin(), problems.end(),
                                   [&](const Problem& one) { return one.rule == problem.rule; });
    if (!known) problems.push_back(std::move(problem));
  };
  const auto fetching = [](const std::string& rule) {
    return rule != "refusal-rotation" && rule != "refusal-withdrawn-key" &&
           rule != "refusal-issuer";
  };
  std::vector<Problem> second;
  for (Problem& problem : outlook.running) {
    const bool chance = problem.certainty == model::Certainty::kPossible;
    if (chance && fetching(problem.rule)) {
      second.push_back(std::move(problem));
    } else {
      keep(std::move(problem));
    }
  }
  for (Problem& problem : outlook.restarted) keep(std::move(problem));
  for (Problem& problem : second) keep(std::move(problem));
}

// Everything that a judgement depends on but the deployment's name.
std::string question_of(const DeploymentView& view) {
  std::string text = view.validator->profile() + '\n' + view.validator->version() + '\n' +
                     view.validator->variant() + '\n' + view.settings.framework + '\n' +
                     view.settings.library + '\n';
  const auto number = [&](std::int64_t value) { text += std::to_string(value) + ','; };
  const auto origin = [&](const model::Origin& one) {
    text += one.file + ':' + std::to_string(one.line) + one.key;
  };
  const auto words = [&](const model::TextSetting& one) {
    text += (one.absent() ? '-' : one.is_null() ? '0' : '=') + one.value();
    origin(one.origin());
    text += '\n';
  };
  const auto list = [&](const model::ListSetting& one) {
    text += one.absent() ? '-' : one.is_null() ? '0' : '=';
    for (const std::string& part : one.value()) text += part + '\t';
    origin(one.origin());
    text += '\n';
  };
  const auto flag = [&](const model::FlagSetting& one) {
    text += one.absent() ? '-' : one.is_null() ? '0' : one.value() ? 'y' : 'n';
    origin(one.origin());
  };
  const auto span = [&](const model::DurationSetting& one) {
    text += one.absent() ? '-' : one.is_null() ? '0' : '=';
    number(one.value().count());
    origin(one.origin());
  };
  const model::ValidatorSettings& s = view.settings;
  for (const auto* one :
       {&s.authority, &s.metadata_url, &s.jwks_url, &s.client_id, &s.tenant_id, &s.instance}) {
    words(*one);
  }
  for (const auto* one : {&s.issuers, &s.audiences, &s.algorithms, &s.types, &s.pinned_keys}) {
    list(*one);
  }
  for (const auto* one : {&s.clock_skew, &s.automatic_refresh, &s.min_refresh, &s.fetch_timeout,
                          &s.last_known_good}) {
    span(*one);
  }
  for (const auto* one :
       {&s.require_https, &s.refresh_on_unknown_kid, &s.try_all_keys, &s.validate_issuer,
        &s.validate_audience, &s.validate_lifetime, &s.validate_signing_key, &s.require_expiration,
        &s.use_cache_control, &s.include_error_details, &s.allow_acl}) {
    flag(*one);
  }
  number(static_cast<int>(s.binding));
  number(view.tokens.lifetime.count());
  for (const auto& one : {view.tokens.issuer, view.tokens.audience, view.tokens.algorithm}) {
    text += (one ? "=" + *one : "-") + '\n';
  }
  number(view.started_at ? view.started_at->time_since_epoch().count() : -1);
  number(view.restarted_only ? 1 : 0);
  if (view.clock) {
    number(view.clock->lo.count());
    number(view.clock->hi ? view.clock->hi->count() : -1);
  }
  text += view.authority->name;
  number(static_cast<std::int64_t>(view.authority->history->revision()));
  return text;
}

bool is_healthy(const AuthorityHistory& history) {
  return std::all_of(history.all().begin(), history.all().end(), [](const auto& entry) {
    const validators::Served& served = entry.second.back().served;
    return served.fault == validators::Fault::kNone && served.status == 200 &&
           served.delay == base::Duration(0);
  });
}

std::vector<Problem> ask_authority(const DeploymentView& view, Instant now) {
  const std::string url = metadata_url_of(view);
  if (!view.authority->history->knows(url)) return {};
  const AuthorityHistory& history = *view.authority->history;
  const ServedWorld healthy(history, url, When::kHealthy);
  const Publication line = publication(healthy, url, {now});
  StaticAnswer told = judge_claims(view, healthy, line.empty() ? nullptr : &line.front(), now);
  std::vector<Problem> problems = std::move(told.problems);
  const bool fetches = !view.validator->metadata_urls().empty();
  const bool answers_never = std::any_of(problems.begin(), problems.end(), [](const auto& one) {
    return one.rule == "refusal-start" || one.rule == "refusal-https";
  });
  // Without an acceptable token there is but one question left: whether it can fetch at all.
  if (!fetches || answers_never || (!told.accepted && !problems.empty())) return problems;
  // Nothing changed and all is well: every unknown leads to the same answer.
  if (told.accepted && is_steady(view, now) && is_healthy(history)) return problems;
  Signing signing;
  signing.unusable = told.unusable;
  signing.algorithm = view.tokens.algorithm;
  signing.claims = told.accepted.value_or(told.tried);
  signing.issuer_moves = told.issuer_fits && !view.tokens.issuer;
  merge(problems, look_ahead(view, signing, url, now));
  return problems;
}

}  // namespace

struct Judge::Impl {
  std::unordered_map<std::string, std::vector<Problem>> known;
};

Judge::Judge() : impl_(std::make_unique<Impl>()) {}
Judge::~Judge() = default;

Judgement Judge::judge(const DeploymentView& view, Instant now) {
  std::vector<Problem> problems;
  if (auto broken = broken_from_start(view.settings, now)) {
    problems.push_back(std::move(*broken));
  } else if (view.authority != nullptr && view.authority->history != nullptr) {
    const auto [entry, added] = impl_->known.try_emplace(
        std::to_string(now.time_since_epoch().count()) + ' ' + question_of(view));
    if (added) entry->second = ask_authority(view, now);
    problems = entry->second;
  }
  Judgement judgement;
  model::Subject subject;
  subject.deployment = view.name;
  if (view.authority != nullptr) subject.authority = view.authority->name;
  for (const std::string_view rule : kRules) {
    const auto found = std::find_if(problems.begin(), problems.end(),
                                    [&](const Problem& one) { return one.rule == rule; });
    if (found == problems.end()) {
      judgement.verdicts.push_back(model::Verdict::good(rule, subject));
      continue;
    }
    judgement.verdicts.push_back(model::Verdict::bad(put_in_words(*found, view, now)));
    const auto next = next_change(*found, now);
    if (next && (!judgement.next_change || *next < *judgement.next_change)) {
      judgement.next_change = next;
    }
  }
  return judgement;
}

}  // namespace idpwatch::forecast
