#include "forecast/forecaster.hpp"

#include "base/text.hpp"
#include "forecast/claims/attribution.hpp"
#include "forecast/claims/claims.hpp"
#include "forecast/claims/fetched_address.hpp"
#include "forecast/claims/published_entries.hpp"
#include "forecast/history/met_authorities.hpp"
#include "forecast/judgement_cache_key.hpp"
#include "forecast/rotation/rotation_forecast.hpp"
#include "forecast/windows/refusal_windows.hpp"
#include "forecast/windows/slightness.hpp"
#include "forecast/wording/headline.hpp"
#include "forecast/wording/refusal_texts.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;

constexpr std::array<std::string_view, 17> kRules{
    "refusal-rotation", "refusal-withdrawn-key", "refusal-pinned-key", "refusal-unreachable",
    "refusal-slow",     "refusal-redirect",      "refusal-tls",        "refusal-https",
    "refusal-size",     "refusal-document",      "refusal-keys",       "refusal-algorithm",
    "refusal-issuer",   "refusal-audience",      "refusal-clock",      "refusal-start",
    "refusal-lifetime"};

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
    Problem problem = always("refusal-start", 0, settings.start_fault->message,
                             settings.start_fault->origin, now);
    // What runs goes on: a layer that cannot be read again raises no reload of the options.
    problem.condition = model::Condition::kRestarted;
    return problem;
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
  const std::string& own = view.validator->addresses().metadata;
  if (!own.empty()) return own;
  for (const auto& [url, changes] : view.authority->history->all()) {
    if (url.find("/.well-known/") != std::string::npos) return url;
  }
  return {};
}

bool tells_of(const std::vector<Problem>& problems, const std::string& rule) {
  return std::any_of(problems.begin(), problems.end(),
                     [&](const Problem& one) { return one.rule == rule; });
}

void add_new(std::vector<Problem>& problems, const std::vector<Problem>& more) {
  for (const Problem& problem : more) {
    if (!tells_of(problems, problem.rule)) problems.push_back(problem);
  }
}

// No remedy may take a service down that still answers. What refuses everything counts before what
// refuses the tokens of one key, and of those the last to end.
std::optional<RestartAnswer> met_by_restarting(const std::vector<Problem>& restarted) {
  const Problem* worst = nullptr;
  const auto ends = [](const Problem& one) { return one.window.until.value_or(Instant::max()); };
  const auto some = [](const Problem& one) { return !concerned_tokens(one).empty(); };
  for (const Problem& one : restarted) {
    if (one.certainty == model::Certainty::kPossible) continue;
    if (worst == nullptr || some(*worst) > some(one) ||
        (some(*worst) == some(one) && ends(one) > ends(*worst))) {
      worst = &one;
    }
  }
  if (worst == nullptr) return std::nullopt;
  RestartAnswer met;
  met.answer = worst->status == 0
                   ? "does not start"
                   : "answers " + std::to_string(worst->status) + " (" + worst->error + ")";
  met.tokens = concerned_tokens(*worst);
  met.until = worst->window.until;
  met.url = worst->url;
  return met;
}

// Running and restarted are one finding of a rule: as it runs, unless that is only a rare chance
// while a restart meets it surely; the other of the two is told in it.
void merge(std::vector<Problem>& problems, RefusalWindows outlook) {
  const auto keep = [&](Problem problem) {
    const auto known = std::find_if(problems.begin(), problems.end(),
                                    [&](const Problem& one) { return one.rule == problem.rule; });
    if (known == problems.end()) {
      problems.push_back(std::move(problem));
    } else if (known->condition != problem.condition) {
      known->other = OtherAnswer{problem.condition, problem.certainty, problem.window,
                                 problem.status, problem.error};
      known->slight = known->slight && problem.slight;
    }
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
  const std::optional<RestartAnswer> met = met_by_restarting(outlook.restarted);
  for (Problem& problem : outlook.restarted) keep(std::move(problem));
  for (Problem& problem : second) keep(std::move(problem));
  for (Problem& problem : problems) problem.restart = met;
}

// Where nobody told which key set it asks for, it is that of its authority's document.
DeploymentView with_key_set(const DeploymentView& view, const ObservedWorld& healthy, Instant now) {
  const validators::Addresses& addresses = view.validator->addresses();
  DeploymentView asked = view;
  if (!view.validator->fetches() || !addresses.keys.empty() || !addresses.metadata.empty()) {
    return asked;
  }
  const validators::Served& document = healthy.fetch(healthy.addresses().metadata, now);
  asked.validator = view.validator->asking(healthy.read(document.body)->document.jwks_uri);
  return asked;
}

// Every newest answer is one that says something.
bool is_healthy(const AuthorityHistory& history, const ObservedWorld& healthy, Instant now) {
  return std::all_of(history.all().begin(), history.all().end(), [&](const auto& entry) {
    const validators::Served& served = entry.second.back().served;
    return served.fault == validators::Fault::kNone && served.status == 200 &&
           healthy.fetch(entry.first, now).body == served.body;
  });
}

// A key set at an address that the newest document names, and that nobody asked yet.
std::optional<Problem> unasked_set(const DeploymentView& view,
                                   const validators::Addresses& addresses) {
  const AuthorityHistory& history = *view.authority->history;
  const std::string url = jwks_uri_of(history, addresses);
  if (view.restarted_only || url.empty() || history.knows(url) || !view.validator->fetches()) {
    return {};
  }
  Problem problem;
  problem.rule = "refusal-unreachable";
  problem.never_reached = true;
  problem.url = url;
  return problem;
}

// An issuer that stands in for the authority, in a section of a kind that also services have which
// issue their tokens themselves.
bool is_guessed_authority(const model::ValidatorSettings& settings) {
  const std::string key = base::to_lower(settings.authority.origin().key);
  if (key.empty() || key != base::to_lower(settings.issuers.origin().key)) return false;
  const std::size_t colon = key.rfind(':');
  if (colon == std::string::npos) return false;
  const std::string section = key.substr(0, colon);
  const std::string name = key.substr(colon + 1);
  return (name.starts_with("issuer") || name.starts_with("validissuer")) &&
         (section.find("jwt") != std::string::npos || section.find("token") != std::string::npos);
}

std::string why_undetermined(const Problem& problem, const DeploymentView& view, Instant now) {
  if (is_guessed_authority(view.settings)) {
    const bool reached = problem.rule != "refusal-https" && !problem.answer.empty();
    const std::string why = reached ? " (" + fetch_cause(problem, view, now) + ")" : "";
    return "only " + base::printable(view.settings.authority.origin().key) + " names " +
           base::printable(view.settings.authority.value()) + ", where no provider answers" + why +
           ". If the service issues these tokens itself, there is no authority to watch; if not, "
           "write settings: {authority: ...}";
  }
  if (!problem.answer.empty()) {
    const std::string vantage =
        view.vantage.empty() ? std::string("here") : base::printable(view.vantage);
    return "never reached from " + vantage + ": " + fetch_cause(problem, view, now) +
           "; whether the service is let out is seen from its own network alone (run idpwatch as a "
           "sidecar, or let it through, too)";
  }
  return "the key set at " + base::printable(problem.url) +
         ", which the document names as its jwks_uri, was not probed";
}

// What never answered anything good here says something about here first. Not where the client
// is judged by its own rules, nor where a certificate is wrong for everybody. A guessed authority
// is none, then.
void mark_never_reached(std::vector<Problem>& problems, bool guessed) {
  for (Problem& problem : problems) {
    const bool handshake = problem.rule == "refusal-tls" &&
                           problem.answer == validators::describe(validators::Fault::kHandshake);
    const bool silent = problem.rule == "refusal-unreachable" || problem.rule == "refusal-slow";
    problem.never_reached = !problem.meeting && (silent || handshake);
    const bool asks = is_fetching(problem.rule) || problem.rule == "refusal-https";
    if (guessed && asks) problem.never_reached = true;
  }
}

// One view for each further kind of callers.
std::vector<DeploymentView> by_other_callers(const DeploymentView& view) {
  std::vector<DeploymentView> views;
  views.reserve(view.other_callers.size());
  for (const TokenFacts& callers : view.other_callers) {
    views.push_back(view);
    views.back().tokens = callers;
    views.back().other_callers.clear();
  }
  return views;
}

// One finding a rule: that of the callers who are hit hardest.
void keep_worst(std::vector<Problem>& problems, std::vector<Problem> more,
                const TokenFacts& callers, Instant now, bool start_alone) {
  for (Problem& problem : more) {
    problem.callers = std::make_shared<const TokenFacts>(callers);
    const auto known = std::find_if(problems.begin(), problems.end(),
                                    [&](const Problem& one) { return one.rule == problem.rule; });
    if (known == problems.end()) {
      problems.push_back(std::move(problem));
    } else if (severity_of(problem, now, start_alone) > severity_of(*known, now, start_alone)) {
      *known = std::move(problem);
    }
  }
}

model::Finding in_words(const Problem& problem, const DeploymentView& view, Instant now) {
  if (!problem.callers) return put_in_words(problem, view, now);
  DeploymentView of_callers = view;
  of_callers.tokens = *problem.callers;
  return put_in_words(problem, of_callers, now);
}

base::Duration slowest(const AuthorityHistory& history) {
  base::Duration slowest{0};
  for (const auto& [url, changes] : history.all()) {
    slowest = std::max(slowest, changes.back().served.delay);
  }
  return slowest;
}

Signing signing_of(const DeploymentView& view, const StaticAnswer& told) {
  Signing signing;
  signing.unusable = told.unusable;
  signing.unusable_labels = told.unusable_labels;
  signing.algorithm = view.tokens.algorithm;
  signing.claims = told.accepted.value_or(told.tried);
  signing.issuer_moves = told.issuer_fits && !view.tokens.issuer;
  signing.pin = view.signer;
  return signing;
}

}  // namespace

struct Forecaster::Impl {
  std::unordered_map<std::string, std::vector<Problem>> problems;    // by judgement_cache_key()
  std::unordered_map<std::string, RefusalWindows> outlooks;          // by question_ahead_of()
  std::unordered_map<std::string, std::vector<Problem>> foresights;  // likewise

  // The newest good answers, and what they publish. Which these are takes reading all of them.
  struct Healthy {
    ObservedWorld world;
    KeySetHistory line;
    bool all_well = false;  // they are the newest ones
    base::Duration slowest{0};
  };
  // By history, its revision and the addresses of document and key set.
  std::map<std::tuple<const AuthorityHistory*, std::uint64_t, std::string, std::string>, Healthy>
      healthy;

  MetAuthorities met;

  std::vector<Problem> ask(const DeploymentView& view, Instant now);
  std::vector<Problem> ask_authority(const DeploymentView& view, Instant now);
  const Healthy& newest(const AuthorityHistory& history, const validators::Addresses& addresses,
                        Instant now) {
    const std::tuple key{&history, history.revision(), addresses.metadata, addresses.keys};
    const auto known = healthy.find(key);
    if (known != healthy.end()) return known->second;
    Healthy made{ObservedWorld(history, addresses, When::kHealthy), {}, false, slowest(history)};
    made.line = key_set_history(made.world, {now});
    made.all_well = is_healthy(history, made.world, now);
    return healthy.emplace(key, std::move(made)).first->second;
  }
  const RefusalWindows& outlook(const DeploymentView& view, const Signing& signing,
                                const validators::Addresses& addresses, const std::string& question,
                                Instant now) {
    const auto [entry, added] = outlooks.try_emplace(question);
    if (added) entry->second = forecast_windows(view, signing, addresses, now);
    return entry->second;
  }
  const std::vector<Problem>& foresight(const DeploymentView& view, const Signing& signing,
                                        const validators::Addresses& addresses,
                                        const std::string& question, Instant now) {
    const auto [entry, added] = foresights.try_emplace(question);
    if (added) entry->second = forecast_rotation(view, signing, addresses, now);
    return entry->second;
  }
};

std::vector<Problem> Forecaster::Impl::ask_authority(const DeploymentView& given, Instant now) {
  const AuthorityHistory& history = *given.authority->history;
  const validators::Addresses addresses{metadata_url_of(given), given.validator->addresses().keys};
  if (!history.knows(addresses.metadata) && !history.knows(addresses.keys)) return {};
  const Healthy& newest_good = newest(history, addresses, now);
  const DeploymentView view = with_key_set(given, newest_good.world, now);
  const KeySetHistory& line = newest_good.line;
  StaticAnswer told =
      judge_claims(view, newest_good.world, line.empty() ? nullptr : &line.front(), now);
  std::vector<Problem> found = std::move(told.problems);
  await_second_look(found, view, addresses);
  const bool fetches = view.validator->fetches();
  const bool answers_never = std::any_of(found.begin(), found.end(), [](const auto& one) {
    return one.rule == "refusal-start" || one.rule == "refusal-https";
  });
  const bool guessed = is_guessed_authority(view.settings);
  if (guessed && line.empty()) mark_never_reached(found, guessed);
  // Without an acceptable token there is but one question left: whether it can fetch at all.
  if (answers_never || (!told.accepted && !found.empty())) return found;
  const Signing signing = signing_of(view, told);
  // Nothing changed and all is well: every unknown leads to the same answer.
  const bool in_time = newest_good.slowest < view.validator->cache().fetch.timeout;
  const bool settled = told.accepted && is_steady(view, now) && newest_good.all_well && in_time;
  const bool ahead = fetches && !settled;
  const bool next = told.accepted && !view.restarted_only;
  if (ahead || next) {
    const std::string question = question_ahead_of(view, signing, now);
    if (ahead) merge(found, outlook(view, signing, addresses, question, now));
    if (next) add_new(found, foresight(view, signing, addresses, question, now));
  }
  const bool same_place = view.route && view.route->same_place;
  const bool unasked_from_here = !view.restarted_only && !same_place;
  if (line.empty() && (guessed || unasked_from_here)) mark_never_reached(found, guessed);
  if (const auto unasked = unasked_set(view, addresses)) add_new(found, {*unasked});
  if (!line.empty()) {
    const auto beside = entry_out_of_date(view, newest_good.world, line.front(), told, now);
    if (beside) add_new(found, {*beside});
  }
  return found;
}

Forecaster::Forecaster() : impl_(std::make_unique<Impl>()) {}
Forecaster::~Forecaster() = default;

std::vector<Problem> Forecaster::Impl::ask(const DeploymentView& view, Instant now) {
  if (auto broken = broken_from_start(view.settings, now)) return {std::move(*broken)};
  if (view.authority == nullptr || view.authority->history == nullptr) return {};
  const auto [entry, added] = problems.try_emplace(judgement_cache_key(view, now));
  if (added) entry->second = ask_authority(view, now);
  return entry->second;
}

namespace {

// Why it is not known what its client meets now; and what that hangs on, where it is well.
void tell_way(const DeploymentView& view, const MetAuthority& met, Forecast& judgement) {
  if (!view.validator->fetches()) return;
  const validators::Addresses addresses{metadata_url_of(view), view.validator->addresses().keys};
  Way way = met.way(*view.authority->history, addresses);
  judgement.notes = std::move(way.notes);
  judgement.by_itself = way.by_itself;
  if (way.unknown.empty()) return;
  judgement.undetermined = std::move(way.unknown);
  for (model::CheckResult& result : judgement.results) {
    const std::string& rule = result.finding.rule;
    if (result.health != model::Health::kPassing || !is_fetching(rule)) continue;
    result = model::CheckResult::unknown(rule, result.finding.subject);
  }
}

}  // namespace

Forecast Forecaster::judge(const DeploymentView& given, Instant now) {
  DeploymentView view = given;
  const MetAuthority* met = impl_->met.of(given);
  if (met != nullptr) view.authority = &met->facts;
  std::vector<Problem> problems = impl_->ask(view, now);
  for (const DeploymentView& other : by_other_callers(view)) {
    keep_worst(problems, impl_->ask(other, now), other.tokens, now, view.restarted_only);
  }
  Forecast judgement;
  judgement.results.reserve(kRules.size());
  model::Subject subject;
  subject.deployment = view.name;
  if (view.authority != nullptr) subject.authority = view.authority->name;
  for (const std::string_view rule : kRules) {
    const auto found = std::find_if(problems.begin(), problems.end(),
                                    [&](const Problem& one) { return one.rule == rule; });
    if (found == problems.end()) {
      judgement.results.push_back(model::CheckResult::good(rule, subject));
      continue;
    }
    if (found->never_reached) {
      judgement.results.push_back(model::CheckResult::unknown(rule, subject));
      judgement.undetermined = why_undetermined(*found, view, now);
      continue;
    }
    if (found->meeting) judgement.by_own_rules.insert(found->rule);
    judgement.results.push_back(model::CheckResult::bad(in_words(*found, view, now)));
    const auto next = next_change(*found, now);
    if (next && (!judgement.next_change || *next < *judgement.next_change)) {
      judgement.next_change = next;
    }
  }
  if (met != nullptr) tell_way(given, *met, judgement);
  return judgement;
}

}  // namespace idpwatch::forecast
