#include "forecast/outlook.hpp"

#include "forecast/attribution.hpp"
#include "forecast/cached_line.hpp"
#include "forecast/hull.hpp"
#include "forecast/widening.hpp"

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
// The newest changes that are told apart: a provider that changes at every look is judged by them.
constexpr std::size_t kChangesMax = 8;
constexpr std::size_t kNewestChanges = 3;
constexpr int kPhases = 8;  // evenly spread fillings of the cache, for the shares

void sort_unique(std::vector<Instant>& instants) {
  std::sort(instants.begin(), instants.end());
  instants.erase(std::unique(instants.begin(), instants.end()), instants.end());
}

class Enumeration {
 public:
  Enumeration(const DeploymentView& view, const Signing& signing, std::string metadata_url,
              Instant now)
      : view_(view),
        signing_(signing),
        metadata_url_(std::move(metadata_url)),
        now_(now),
        asked_{view.validator, view.settings.require_https.value_or(true)},
        running_(now),
        restarted_(now) {}

  // One schedule alone, and refusals from `since` on.
  Enumeration(const DeploymentView& view, const Signing& signing, std::string metadata_url,
              const Schedule& only, Instant since, Instant now)
      : Enumeration(view, signing, std::move(metadata_url), now) {
    only_ = &only;
    running_ = Hull(since);
  }

  Outlook run() {
    add_world(When::kLate);
    if (only_ == nullptr && !view_.restarted_only && uncertain()) add_world(When::kEarly);
    Outlook outlook;
    outlook.running = told(running_, model::Condition::kRunning);
    outlook.restarted = told(restarted_, model::Condition::kRestarted);
    return outlook;
  }

 private:
  struct Place {
    ServedWorld world;
    std::vector<Instant> changes;
    Publication line;
    std::vector<Schedule> schedules;
  };
  struct Kept {
    Scenario scenario;
    std::size_t horizon;
  };

  [[nodiscard]] bool uncertain() const {
    for (const auto& [url, all] : view_.authority->history->all()) {
      for (const ServedChange& change : all) {
        if (change.uncertain_from < change.at && change.at > now_ - memory_of(view_)) return true;
      }
    }
    return false;
  }

  void add_world(When when) {
    const AuthorityHistory& history = *view_.authority->history;
    places_.push_back({ServedWorld(history, metadata_url_, when), {}, {}, {}});
    Place& place = places_.back();
    const std::vector<Instant> all = place.world.changes();
    const Instant since = now_ - memory_of(view_);
    std::copy_if(all.begin(), all.end(), std::back_inserter(place.changes),
                 [&](Instant at) { return at > since; });
    keep_newest(place);
    // What was published before the first of them is what became of all that lies behind.
    std::vector<Instant> states(all.end() - static_cast<std::ptrdiff_t>(std::min(
                                                all.size(), place.changes.size() + kChangesMax)),
                                all.end());
    states.insert(states.begin(), Instant::min());
    place.line = publication(place.world, metadata_url_, states);
    forget_before(place.line, place.changes.empty() ? now_ : place.changes.front());
    place.schedules = only_ != nullptr ? std::vector<Schedule>{*only_}
                                       : schedules(place.line, signing_, later_of(place));
    for (const Schedule& schedule : place.schedules) add_schedule(place, schedule);
  }

  // The newest ones, and, if they all lie in an outage, the one that began it: what runs lives on
  // what it fetched before.
  void keep_newest(Place& place) const {
    std::vector<Instant>& changes = place.changes;
    if (changes.size() <= kChangesMax) return;
    auto first = changes.end() - static_cast<std::ptrdiff_t>(kChangesMax);
    std::optional<Instant> before;
    for (auto one = first;
         !can_start(view_, signing_.claims, place.world, *one - kTick) && one != changes.begin();) {
      --one;
      before = *one;
    }
    changes.erase(changes.begin(), first);
    if (before) changes.insert(changes.begin(), *before);
  }

  // Where the newest few begin.
  static std::size_t newest(const std::vector<Instant>& changes) {
    return changes.size() > kNewestChanges ? changes.size() - kNewestChanges : 0;
  }

  // When a key that is published beside another could begin to sign: now, after the next forced
  // refresh, or while the last cache from before it lives.
  [[nodiscard]] std::vector<Instant> later_of(const Place& place) const {
    const validators::Validator& validator = *view_.validator;
    std::vector<Instant> later{now_ + kTick, now_ + validator.forced_refresh_gap()};
    for (std::size_t i = newest(place.changes); i < place.changes.size(); ++i) {
      const Instant end = place.changes[i] + validator.refresh_after_most() - base::seconds(2);
      if (end > now_) later.push_back(end);
    }
    if (view_.started_at && *view_.started_at <= now_) {
      // Right before what runs fetches by itself.
      for (const Duration every : {validator.refresh_after(), validator.refresh_after_most()}) {
        if (every <= base::seconds(2)) continue;
        const auto rounds = (now_ - *view_.started_at) / every + 1;
        later.push_back(*view_.started_at + every * rounds - base::seconds(2));
      }
      std::erase_if(later, [&](Instant at) { return at <= now_; });
    }
    sort_unique(later);
    return later;
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
    horizon.end = last + memory_of(view_);
    return horizon;
  }

  void add_schedule(const Place& place, const Schedule& schedule) {
    horizons_.push_back(horizon_of(place, schedule));
    ++group_;
    Scenario scenario;
    scenario.world = &place.world;
    scenario.published = &place.line;
    scenario.schedule = &schedule;
    scenario.start = now_;
    if (only_ == nullptr) ask(restarted_, scenario, {1, false});
    if (view_.restarted_only || place.changes.empty()) return;
    if (view_.started_at && *view_.started_at > first_fill(place)) {
      add_known_start(place, scenario);
    } else {
      add_unknown_start(place, scenario);
    }
  }

  [[nodiscard]] Instant first_fill(const Place& place) const {
    return place.changes.front() - view_.validator->refresh_after_most() - base::seconds(1);
  }

  [[nodiscard]] Duration jitter_range() const {
    return view_.validator->refresh_after_most() - view_.validator->refresh_after();
  }
  [[nodiscard]] bool jitters() const { return jitter_range() > Duration(0); }

  void add_known_start(const Place& place, Scenario scenario) {
    scenario.start = std::min(*view_.started_at, now_);
    for (const double jitter : {0.0, 0.25, 0.5, 0.75, kAllJitter}) {
      if (jitter > 0 && !jitters()) break;
      scenario.unasked = jitters() ? jitter_range() / 4 : Duration(0);
      scenario.jitter = jitter;
      scenario.junk.reset();
      ask(running_, scenario, {1, false});
      for (const Instant junk : junk_times(place, scenario)) {
        scenario.junk = junk;
        ask(running_, scenario, {0, true});
      }
    }
  }

  void add_unknown_start(const Place& place, Scenario scenario) {
    const Instant first = place.changes.front();
    const Duration refresh = view_.validator->refresh_after();
    const bool old_start = view_.started_at.has_value();
    // If not, nothing is known of what older processes live on.
    const bool known_before = can_start(view_, signing_.claims, place.world, first - kTick);
    std::vector<Instant> fills = fills_of(place);
    std::vector<Instant> usual;
    for (const Instant at : fills) {
      if (at >= first - refresh && at < first) usual.push_back(at);
    }
    for (const Instant at : fills) {
      if (at < first ? !known_before : old_start) continue;
      scenario.start = at;
      scenario.junk.reset();
      const Weight weight{share(usual, at), at >= first};
      scenario.jitter = 0;
      ask(running_, scenario, weight);
      if (!jitters()) continue;
      scenario.jitter = kAllJitter;
      ask(running_, scenario, {weight.share, true});
    }
    scenario.jitter = 0;
    std::vector<Instant> starts;
    const auto before = [&](Instant change) {
      for (const Duration ahead : {kTick, refresh / 2, refresh + kTick}) {
        starts.push_back(change - ahead);
      }
    };
    before(first);
    for (std::size_t i = newest(place.changes); i < place.changes.size(); ++i) {
      before(place.changes[i]);
    }
    std::erase_if(
        starts, [&](Instant at) { return at > now_ || (at < first ? !known_before : old_start); });
    sort_unique(starts);
    for (const Instant at : starts) {
      scenario.start = at;
      for (const Instant junk : junk_times(place, scenario)) {
        scenario.junk = junk;
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

  [[nodiscard]] std::vector<Instant> fills_of(const Place& place) const {
    const Duration refresh = view_.validator->refresh_after();
    const Duration most = view_.validator->refresh_after_most();
    const Instant first = place.changes.front();
    std::vector<Instant> fills{now_ - kTick};
    for (const Instant change : place.changes) {
      for (const Duration before : {Duration(0), refresh, most}) {
        for (const Duration off : {-kTick, kTick}) {
          fills.push_back(change - before + off);
        }
      }
      fills.push_back(change + kTick * 2);
    }
    for (int i = 1; i < kPhases; ++i) fills.push_back(first - refresh * i / kPhases);
    std::erase_if(fills, [&](Instant at) { return at > now_ || at < first_fill(place); });
    sort_unique(fills);
    return fills;
  }

  [[nodiscard]] std::vector<Instant> junk_times(const Place& place, const Scenario& base) const {
    std::vector<Instant> times{base.start + kTick, now_ + kTick};
    const auto& changes = place.changes;
    for (std::size_t i = newest(changes); i < changes.size(); ++i) {
      times.push_back(changes[i] - kTick);
    }
    // The first key signs since ever: nothing lies before that.
    const Instant last_switch = base.schedule->back().from;
    if (last_switch > base.start) times.push_back(last_switch - kTick);
    std::erase_if(times, [&](Instant at) { return at <= base.start; });
    sort_unique(times);
    return times;
  }

  void ask(Hull& hull, const Scenario& scenario, Weight weight) {
    kept_.push_back({scenario, horizons_.size() - 1});
    hull.add(group_, weight, kept_.size() - 1, simulate(asked_, scenario, horizons_.back()));
  }

  std::vector<Problem> told(const Hull& hull, model::Condition condition) {
    std::vector<Problem> problems;
    for (Hull::Found& found : hull.found(condition)) {
      const Kept& kept = kept_[found.scenario];
      const std::size_t invented = kept.scenario.world->invented();
      const validators::Answer answer =
          explain(asked_, kept.scenario, horizons_[kept.horizon], found.stretch);
      // It fetched what we never looked at, having read more in the document than we could.
      if (kept.scenario.world->invented() != invented && is_fetching(found.problem.rule)) continue;
      found.problem.message = answer.message;
      found.problem.because = answer.because;
      tell_fetch(found.problem, *kept.scenario.world);
      problems.push_back(std::move(found.problem));
    }
    return problems;
  }

  // From another vantage nothing about reaching the authority is certain.
  void tell_fetch(Problem& problem, const ServedWorld& world) const {
    const bool fetching = is_reaching(problem.rule);
    const bool content = problem.rule == "refusal-document" || problem.rule == "refusal-keys" ||
                         (problem.rule == "refusal-issuer" && problem.error == "ID2170");
    if (fetching || content || problem.rule == "refusal-https") {
      const FetchProblem met = fetch_problem(view_.validator, world, now_, asked_.requires_https);
      problem.url = met.url;
      problem.answer = met.answer;
      if (met.rule == "refusal-issuer") {
        problem.accepts = view_.settings.authority.value();
        problem.origin = view_.settings.authority.origin();
      }
    }
    if (!fetching || problem.certainty != model::Certainty::kCertain) return;
    problem.certainty = model::Certainty::kLikely;
    problem.window.latest.reset();
  }

  const DeploymentView& view_;
  const Signing& signing_;
  std::string metadata_url_;
  Instant now_;
  Asked asked_;
  const Schedule* only_ = nullptr;
  Hull running_, restarted_;
  std::size_t group_ = 0;
  std::deque<Place> places_;
  std::deque<Horizon> horizons_;
  std::vector<Kept> kept_;
};

}  // namespace

bool remembers_start(const DeploymentView& view, Instant now) {
  if (!view.started_at) return false;
  const Duration most = view.validator->refresh_after_most() + base::minutes(1);
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

Outlook look_ahead(const DeploymentView& view, const Signing& signing,
                   const std::string& metadata_url, Instant now) {
  Outlook outlook = Enumeration(view, signing, metadata_url, now).run();
  OuterBounds bounds = outer_bounds(view, signing, metadata_url, now);
  widen(outlook.running, std::move(bounds.running), model::Condition::kRunning);
  widen(outlook.restarted, std::move(bounds.restarted), model::Condition::kRestarted);
  return outlook;
}

std::vector<Problem> look_at(const DeploymentView& view, const Signing& signing,
                             const std::string& metadata_url, const Schedule& schedule,
                             Instant since, Instant now) {
  return Enumeration(view, signing, metadata_url, schedule, since, now).run().running;
}

}  // namespace idpwatch::forecast
