#include "forecast/windows/refusal_windows.hpp"

#include "forecast/claims/attribution.hpp"
#include "forecast/history/usable_keys.hpp"
#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/slightness.hpp"
#include "forecast/windows/widening.hpp"
#include "forecast/windows/window_aggregator.hpp"
#include "forecast/windows/worst_case_windows.hpp"

#include <algorithm>
#include <deque>
#include <iterator>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

constexpr Duration kTick = base::milliseconds(1);
constexpr double kAllJitter = 0.999999;
// How surely and how long is asked of processes that live through the newest changes; when at the
// outside, the outer bounds say of all of them.
constexpr std::size_t kChangesMax = 8;
// Of a cache that lasts for ever, the fillings of so long are tried.
constexpr Duration kSampledMost = base::hours(24 * 7);
constexpr int kPhases = 8;  // evenly spread fillings of the cache, for the shares

void sort_unique(std::vector<Instant>& instants) {
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
}

Duration sampled(Duration lasts) { return std::min(lasts, kSampledMost); }

bool is_about_key(const std::string& rule) {
  return rule == "refusal-rotation" || rule == "refusal-withdrawn-key";
}

class Enumeration {
 public:
  Enumeration(const DeploymentView& view, const Signing& signing, validators::Addresses addresses,
              const CachedLine& line, Instant now)
      : view_(view),
        signing_(signing),
        addresses_(std::move(addresses)),
        line_(line),
        now_(now),
        running_(now),
        restarted_(now) {}

  // One schedule alone, and refusals from `since` on.
  Enumeration(const DeploymentView& view, const Signing& signing, validators::Addresses addresses,
              const CachedLine& line, const Schedule& only, Instant since, Instant now)
      : Enumeration(view, signing, std::move(addresses), line, now) {
    only_ = &only;
    running_ = WindowAggregator(since);
  }

  RefusalWindows run() {
    add_world(When::kLate);
    if (only_ == nullptr && !view_.restarted_only && uncertain()) add_world(When::kEarly);
    RefusalWindows outlook;
    outlook.cut = cut_;
    outlook.running = told(running_, model::Condition::kRunning);
    outlook.restarted = told(restarted_, model::Condition::kRestarted);
    return outlook;
  }

 private:
  struct Place {
    Place(const DeploymentView& view, const validators::Addresses& addresses, When when)
        : world(*view.authority->history, addresses, when), problems(view.validator, world) {}

    ObservedWorld world;
    FetchProblems problems;
    std::vector<Instant> changes;
    KeySetHistory line;
    std::vector<Schedule> schedules;
  };
  struct Kept {
    Scenario scenario;
    std::size_t horizon;
  };

  // A change came at some time between two looks.
  [[nodiscard]] bool uncertain() const {
    return std::any_of(line_.pieces.begin(), line_.pieces.end(), [](const Piece& piece) {
      return piece.early != Instant::min() && piece.early < piece.late;
    });
  }

  void add_world(When when) {
    Place& place = places_.emplace_back(view_, addresses_, when);
    const std::vector<std::size_t> turns = line_.turns();
    const auto at = [&](std::size_t piece) {
      return when == When::kEarly ? line_.pieces[piece].early : line_.pieces[piece].late;
    };
    // What is published before the first change: also where there is none.
    std::vector<Instant> states{Instant::min(),
                                line_.pieces.empty() ? now_ - kTick : at(1) - kTick};
    for (const std::size_t turn : turns) states.push_back(at(turn));
    for (const std::size_t turn : newest(turns)) place.changes.push_back(at(turn));
    if (!place.changes.empty()) {
      // What was published before the first of them is what became of all that lies behind.
      place.world.begin_at(place.changes.front() - kTick);
      const auto begin = states.begin() + 2;
      const auto first = std::find(begin, states.end(), place.changes.front());
      const auto behind = std::min<std::ptrdiff_t>(first - begin, kChangesMax);
      states.erase(begin, first - behind);
    }
    place.line = key_set_history(place.world, states);
    forget_before(place.line, place.changes.empty() ? now_ : place.changes.front());
    place.schedules =
        only_ != nullptr ? std::vector<Schedule>{*only_} : schedules(place.line, signing_);
    for (const Schedule& schedule : place.schedules) add_schedule(place, schedule);
  }

  // The newest ones, and, if they all lie in an outage, the one that began it: what runs lives on
  // what it fetched before.
  std::vector<std::size_t> newest(const std::vector<std::size_t>& turns) {
    if (turns.size() <= kChangesMax) return turns;
    cut_ = true;
    std::size_t first = turns.size() - kChangesMax;
    std::vector<std::size_t> kept(turns.begin() + static_cast<std::ptrdiff_t>(first), turns.end());
    std::optional<std::size_t> began;
    while (first > 0 && !line_.pieces[turns[first] - 1].works) began = turns[--first];
    if (began) kept.insert(kept.begin(), *began);
    return kept;
  }

  [[nodiscard]] Horizon horizon_of(const Place& place, const Schedule& schedule) const {
    Horizon horizon;
    horizon.lifetime = view_.tokens.lifetime;
    Instant last = now_;
    const auto around = [&](Instant at) {
      for (const Duration off : {-kTick, Duration(0), kTick}) horizon.instants.push_back(at + off);
      last = std::max(last, at);
    };
    around(now_);
    for (const Instant at : place.changes) around(at);
    for (const Segment& segment : schedule) {
      if (segment.from == Instant::min()) continue;
      around(segment.from);
      around(segment.from + horizon.lifetime);
    }
    sort_unique(horizon.instants);
    horizon.end = after(last, memory_of(view_));
    return horizon;
  }

  void add_schedule(Place& place, const Schedule& schedule) {
    horizons_.push_back(horizon_of(place, schedule));
    ++group_;
    Scenario scenario;
    scenario.world = &place.world;
    scenario.problems = &place.problems;
    scenario.published = &place.line;
    scenario.schedule = &schedule;
    scenario.start = now_;
    if (only_ == nullptr) ask(restarted_, scenario, {1, false});
    if (view_.restarted_only || place.changes.empty()) return;
    // Where no key was ever seen, no token was ever taken that could be missed.
    if (schedule.front().key.empty()) return;
    if (view_.started_at && *view_.started_at > first_fill(place)) {
      add_known_start(place, scenario);
    } else {
      add_unknown_start(place, scenario);
    }
  }

  [[nodiscard]] Instant first_fill(const Place& place) const {
    return place.changes.front() - sampled(view_.validator->cache().lasts.most) - base::seconds(1);
  }

  [[nodiscard]] Duration jitter_range() const { return view_.validator->cache().lasts.width(); }
  [[nodiscard]] bool jitters() const { return jitter_range() > Duration(0); }

  void add_known_start(const Place& place, Scenario scenario) {
    scenario.start = std::min(*view_.started_at, now_);
    for (const double jitter : {0.0, 0.25, 0.5, 0.75, kAllJitter}) {
      if (jitter > 0 && !jitters()) break;
      scenario.unasked = jitters() ? jitter_range() / 4 : Duration(0);
      scenario.jitter = jitter;
      scenario.unknown_kid.reset();
      ask(running_, scenario, {1, false});
      for (const Instant unknown_kid : unknown_kid_times(place, scenario)) {
        scenario.unknown_kid = unknown_kid;
        ask(running_, scenario, {0, true});
      }
    }
  }

  void add_unknown_start(const Place& place, Scenario scenario) {
    const Instant first = place.changes.front();
    const Duration refresh = sampled(view_.validator->cache().lasts.least);
    const bool old_start = view_.started_at.has_value();
    // If not, nothing is known of what older processes live on.
    const bool known_before = can_start(view_, signing_.claims, place.world, first - kTick);
    const auto impossible = [&](Instant at) {
      return at > now_ || at < first_fill(place) || (at < first ? !known_before : old_start);
    };
    std::vector<Instant> fills = fills_of(place);
    std::erase_if(fills, impossible);
    std::vector<Instant> usual;
    for (const Instant at : fills) {
      if (at >= first - refresh && at < first) usual.push_back(at);
    }
    for (const Instant at : fills) {
      scenario.start = at;
      const Weight weight{share(usual, at), at >= first};
      scenario.jitter = 0;
      ask(running_, scenario, weight);
      if (!jitters() || only_ == nullptr) continue;
      scenario.jitter = kAllJitter;
      ask(running_, scenario, {weight.share, true});
    }
    if (&place != &places_.front()) return;
    scenario.jitter = 0;
    std::vector<Instant> starts{first - kTick, first - refresh / 2,
                                place.changes.back() - refresh / 2};
    if (only_ != nullptr) starts.push_back(first - refresh - kTick);
    std::erase_if(starts, impossible);
    sort_unique(starts);
    for (const Instant at : starts) {
      scenario.start = at;
      for (const Instant unknown_kid : unknown_kid_times(place, scenario)) {
        scenario.unknown_kid = unknown_kid;
        ask(running_, scenario, {0, true});
      }
    }
  }

  // Of the time between two refreshes: what lies nearest to this one.
  static double share(const std::vector<Instant>& usual, Instant at) {
    const auto found = std::find(usual.begin(), usual.end(), at);
    if (found == usual.end()) return 0;
    const Instant before = found == usual.begin() ? at : *std::prev(found);
    const Instant after = std::next(found) == usual.end() ? at : *std::next(found);
    return std::chrono::duration<double>(after - before).count();
  }

  // What started since each change; right before and after the newest; evenly spread before them
  // all. Where these windows are all that is told, also right before each refresh that matters.
  [[nodiscard]] std::vector<Instant> fills_of(const Place& place) const {
    const Duration refresh = sampled(view_.validator->cache().lasts.least);
    const Duration most = sampled(view_.validator->cache().lasts.most);
    const Instant first = place.changes.front();
    std::vector<Instant> fills{now_ - kTick, place.changes.back() - kTick, first - kTick,
                               first - refresh + kTick};
    for (const Instant change : place.changes) {
      fills.push_back(change + kTick * 2);
      if (only_ == nullptr) continue;
      for (const Duration before : {Duration(0), refresh, most}) {
        for (const Duration off : {-kTick, kTick}) fills.push_back(change - before + off);
      }
    }
    for (int i = 1; i < kPhases; ++i) fills.push_back(first - refresh * i / kPhases);
    sort_unique(fills);
    return fills;
  }

  // Right after the cache was filled, right before the newest change or signer, and now.
  [[nodiscard]] std::vector<Instant> unknown_kid_times(const Place& place,
                                                       const Scenario& base) const {
    std::vector<Instant> times{base.start + kTick, place.changes.back() - kTick, now_ + kTick};
    // The first key signs since ever: nothing lies before that.
    const Instant last_switch = base.schedule->back().from;
    if (last_switch > base.start) times.push_back(last_switch - kTick);
    std::erase_if(times, [&](Instant at) { return at <= base.start; });
    sort_unique(times);
    return times;
  }

  void ask(WindowAggregator& hull, const Scenario& scenario, Weight weight) {
    kept_.push_back({scenario, horizons_.size() - 1});
    hull.add(group_, weight, kept_.size() - 1,
             simulate(view_.validator, scenario, horizons_.back()));
  }

  std::vector<Problem> told(const WindowAggregator& hull, model::Condition condition) {
    std::vector<Problem> problems;
    for (WindowAggregator::Found& found : hull.found(condition)) {
      const Kept& kept = kept_[found.scenario];
      const std::size_t invented = kept.scenario.world->invented();
      const validators::Answer answer =
          explain(view_.validator, kept.scenario, horizons_[kept.horizon], found.stretch);
      // It fetched what we never looked at, having read more in the document than we could.
      if (kept.scenario.world->invented() != invented && is_fetching(found.problem.rule)) continue;
      found.problem.message = answer.message;
      found.problem.because = answer.because;
      tell_fetch(found.problem, *kept.scenario.problems);
      temper(found.problem);
      problems.push_back(std::move(found.problem));
    }
    return problems;
  }

  // From another vantage nothing about reaching the authority is certain.
  void tell_fetch(Problem& problem, FetchProblems& problems) const {
    const bool fetching = is_reaching(problem.rule);
    const bool content = problem.rule == "refusal-document" || problem.rule == "refusal-keys" ||
                         (problem.rule == "refusal-issuer" &&
                          problem.detail == validators::CauseDetail::kDocumentIssuer);
    if (fetching || content || problem.rule == "refusal-https") {
      const FetchProblem met = problems.at(now_);
      problem.url = met.url;
      problem.answer = met.answer;
      problem.meeting = met.meeting;
      if (met.meeting && met.rule != problem.rule) problem.rule = met.rule;
      if (met.rule == "refusal-issuer") {
        problem.accepts = view_.settings.authority.value();
        problem.origin = view_.settings.authority.origin();
      }
    }
    limit_certainty(problem, fetching);
  }

  // Nothing is certain of a process whose older days were left out. A key that came while the
  // document cannot be had may be of a set that is not in use any more.
  void temper(Problem& problem) const {
    if (is_about_key(problem.rule) && !line_.states.empty() && !line_.states.back().fetched) {
      problem.certainty = model::Certainty::kPossible;
      problem.likely_by.reset();
      problem.mostly_over = false;
    } else if (cut_ && problem.condition == model::Condition::kRunning &&
               problem.certainty == model::Certainty::kCertain) {
      problem.certainty = model::Certainty::kLikely;
    } else {
      return;
    }
    problem.window.latest.reset();
  }

  const DeploymentView& view_;
  const Signing& signing_;
  validators::Addresses addresses_;
  const CachedLine& line_;
  bool cut_ = false;
  Instant now_;
  const Schedule* only_ = nullptr;
  WindowAggregator running_, restarted_;
  std::size_t group_ = 0;
  std::deque<Place> places_;
  std::deque<Horizon> horizons_;
  std::vector<Kept> kept_;
};

}  // namespace

bool remembers_start(const DeploymentView& view, Instant now) {
  if (!view.started_at) return false;
  const Duration most = longer(view.validator->cache().lasts.most, base::minutes(1));
  if (most == validators::kForEver) return true;
  // The first change that is looked at lies within the memory before now.
  return *view.started_at > remembered_since(view, now) - most;
}

bool is_steady(const DeploymentView& view, base::Instant now) {
  const Instant since = now - memory_of(view);
  for (const auto& [url, all] : view.authority->history->all()) {
    if (all.size() > 1 && all.back().at > since) return false;
  }
  return true;
}

namespace {

// Whatever started when is past all that changed: what a start meets, every instance meets. Not
// where no key was ever seen: then nothing is known that was ever taken.
bool lost_keys_long_ago(const DeploymentView& view, const ObservedWorld& world,
                        const CachedLine& line, Instant now) {
  if (view.restarted_only || !line.turns().empty()) return false;
  const KeySetHistory published = key_set_history(world, {now});
  if (published.empty() || !published.front().keys.empty()) return false;
  const auto& all = view.authority->history->all();
  return std::any_of(all.begin(), all.end(), [&](const auto& entry) {
    return std::any_of(entry.second.begin(), entry.second.end(), [&](const ServedChange& one) {
      return !world.read(one.served.body)->keys->empty();
    });
  });
}

// The newest issuer that is published, and the one before it.
void tell_issuers(Problem& problem, const CachedLine& line) {
  if (problem.rule != "refusal-issuer" || !problem.answer.empty() || line.states.empty()) return;
  const std::string& now = line.states.back().published.issuer;
  const auto former =
      std::find_if(line.states.rbegin(), line.states.rend(),
                   [&](const CachedState& one) { return one.published.issuer != now; });
  if (former == line.states.rend()) return;
  const std::string& before = former->published.issuer;
  using Move = Problem::IssuerMove;
  const bool of_before = problem.because.find("'" + before + "'") != std::string::npos;
  problem.issuer_move = of_before ? Move::kFormerRefused : Move::kNewRefused;
  problem.brought = of_before ? before : now;
  problem.accepts = of_before ? now : before;
}

}  // namespace

RefusalWindows forecast_windows(const DeploymentView& view, const Signing& present,
                                const validators::Addresses& addresses, Instant now) {
  const ObservedWorld world(*view.authority->history, addresses, When::kLate);
  const CachedLine line = cached_line(view, present.claims, world, now);
  const Signing signing = with_past_keys(view, present, world, line, now);
  RefusalWindows outlook = Enumeration(view, signing, addresses, line, now).run();
  WorstCaseWindows bounds = worst_case_windows(view, signing, world, line, now);
  for (std::vector<Problem>* told : {&outlook.running, &outlook.restarted}) {
    std::erase_if(*told, [&](const Problem& one) {
      return is_about_key(one.rule) && bounds.disagreed.contains(one.key);
    });
  }
  widen(outlook.running, std::move(bounds.running), model::Condition::kRunning);
  widen(outlook.restarted, std::move(bounds.restarted), model::Condition::kRestarted);
  for (std::vector<Problem>* told : {&outlook.running, &outlook.restarted}) {
    for (Problem& problem : *told) tell_issuers(problem, line);
  }
  const bool gone = !line.states.empty() && !line.states.back().fetched;
  for (Problem& problem : outlook.running) {
    problem.document_gone = gone;
    problem.disagreed = is_about_key(problem.rule) && bounds.disagreed.contains(problem.key);
    // A set without keys comes, and is of no use.
    const bool keys = !line.states.empty() && !line.states.back().published.keys.empty();
    if (keys && is_fetching(problem.rule) && !line.pieces.empty() && line.pieces.back().works) {
      problem.well_since = line.pieces.back().seen;
    }
  }
  if (lost_keys_long_ago(view, world, line, now)) {
    for (Problem& problem : outlook.restarted) {
      if (problem.rule == "refusal-keys") problem.condition = model::Condition::kRunning;
    }
  }
  await_second_look(outlook.running, view, addresses);
  mark_slight(outlook, view, signing, line, now);
  return outlook;
}

std::vector<Problem> look_at(const DeploymentView& view, const Signing& signing,
                             const validators::Addresses& addresses, const Schedule& schedule,
                             Instant since, Instant now) {
  const ObservedWorld world(*view.authority->history, addresses, When::kLate);
  const CachedLine line = cached_line(view, signing.claims, world, now);
  return Enumeration(view, signing, addresses, line, schedule, since, now).run().running;
}

}  // namespace idpwatch::forecast
