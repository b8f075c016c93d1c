#include "forecast/windows/worst_case_windows.hpp"

#include "forecast/claims/attribution.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/history/disagreement.hpp"
#include "forecast/windows/cache_residency.hpp"
#include "forecast/windows/cold_start.hpp"
#include "forecast/windows/pinned_signer.hpp"
#include "forecast/windows/refusal_windows.hpp"
#include "forecast/windows/state_kinds.hpp"
#include "forecast/windows/window_aggregator.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using validators::Answer;

// Up to so many states each is looked at for itself.
constexpr std::size_t kFewStates = 10;

// Of keys that may have signed, so many are looked at for their names.
constexpr std::size_t kNamedMax = 8;

// Tokens of one key, issued while one state was published.
struct Issued {
  std::size_t state = 0;
  StateKinds::Key key;
  Span valid;
  bool ends_with_state = false;  // none is issued when the state is over
  Instant first_issued;          // when such tokens were issued first, at the latest
};

// A state that some cache still holds.
struct Held {
  std::size_t state = 0;
  Span span;
};

class Bounds {
 public:
  Bounds(const DeploymentView& view, const Signing& signing, const ObservedWorld& world,
         const CachedLine& line, Instant now)
      : view_(view),
        signing_(signing),
        now_(now),
        world_(world),
        line_(line),
        forces_(probed()),
        kinds_(line_.states, signing, forces_),
        disagreed_(disagreement(line_, kinds_, now)) {}

  WorstCaseWindows all() {
    WorstCaseWindows made;
    if (line_.pieces.empty()) return made;
    made.disagreed = disagreed();
    list_tokens();
    if (!view_.restarted_only) {
      if (view_.started_at) {
        // Older than anything, or since when.
        start_ = remembers_start(view_, now_) ? std::min(*view_.started_at, now_) : Instant::min();
      }
      held_ = cache_residency(view_, line_, kinds_, forces_.any(), start_, now_);
      hold_what_comes_again();
      made.running = collected();
      add_unfilled(made.running);
    }
    if (line_.pieces.back().works && !line_.states.empty()) {
      held_.assign(states().size(), std::nullopt);
      held_.back() = Span{now_, Instant::max()};
      start_ = now_;
      hold_what_comes_again();
      made.restarted = collected();
    }
    return made;
  }

 private:
  [[nodiscard]] const std::vector<CachedState>& states() const { return line_.states; }

  [[nodiscard]] ForcedRefresh probed() const {
    for (const CachedState& state : states()) {
      if (!state.fetched) continue;
      const auto& keys = state.published.keys;
      const auto usable = [&](const model::Jwk& key) { return is_usable(key, signing_); };
      if (std::none_of(keys.begin(), keys.end(), usable)) continue;
      return forced_refresh(view_, signing_, world_, state.published, state.fetch_at);
    }
    return {};
  }

  [[nodiscard]] std::set<std::string> disagreed() const {
    std::set<std::string> thumbprints;
    for (std::size_t i = disagreed_.since; i < states().size() && disagreed_.any(); ++i) {
      for (const StateKinds::Key& key : kinds_.keys(kinds_.of(i))) {
        if (disagreed_.about(key)) thumbprints.insert(key.jwk->thumbprint);
      }
    }
    return thumbprints;
  }

  // Which of the nodes that disagree a cache asks next is not known.
  void hold_what_comes_again() {
    if (!disagreed_.any()) return;
    std::set<std::size_t> seen;
    for (std::size_t i = states().size(); i-- > disagreed_.since;) {
      if (!states()[i].fetched || !seen.insert(kinds_.of(i)).second) continue;
      held_[i] = Span{held_[i] ? held_[i]->from : now_, Instant::max()};
    }
  }

  // Those that are valid now or later, the last to end first.
  void list_tokens() {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> known;  // label and issuer
    std::size_t last = states().size();
    for (std::size_t i = states().size(); i-- > 0;) {
      // A set without keys takes none of the authority's: it goes on with one that it had.
      if (last == states().size() || kinds_.can_issue(kinds_.of(i + 1))) last = i;
      const Instant end = after(states()[last].late_end, view_.tokens.lifetime);
      for (const StateKinds::Key& key : kinds_.keys(kinds_.of(i))) {
        first_seen_[key.label] = i;
        const bool goes_on = disagreed_.about(key);
        if (!key.usable || (end <= now_ && !goes_on)) continue;
        Span valid{states()[i].early, goes_on ? Instant::max() : end};
        if (!goes_on && !narrow_to_pin(view_, *key.jwk, states()[i], states()[last], now_, valid)) {
          continue;
        }
        const Issued issued{i, key, valid, last == i && !goes_on, states()[i].late};
        const auto [entry, added] =
            known.try_emplace({key.label, kinds_.issuer(kinds_.of(i))}, issued_.size());
        if (added || states().size() <= kFewStates) {
          issued_.push_back(issued);
        } else {
          Issued& same = issued_[entry->second];  // the same tokens, issued before
          same.valid.from = std::min(same.valid.from, issued.valid.from);
          same.first_issued = std::min(same.first_issued, issued.first_issued);
        }
      }
    }
    std::stable_sort(issued_.begin(), issued_.end(),
                     [](const Issued& a, const Issued& b) { return a.valid.to > b.valid.to; });
  }

  std::vector<Bound> collected() {
    found_.clear();
    std::vector<Held> held;
    for (std::size_t i = 0; i < states().size(); ++i) {
      if (held_[i] && held_[i]->to > now_) held.push_back({i, *held_[i]});
    }
    std::stable_sort(held.begin(), held.end(),
                     [](const Held& a, const Held& b) { return a.span.to > b.span.to; });
    for (const Issued& tokens : issued_) {
      for (const Held& one : held) {
        if (accepts(one.state, tokens)) continue;
        // Those that are held for less long add nothing.
        if (!add(one.state, tokens) && states().size() > kFewStates) break;
      }
    }
    name_keys(held);
    std::vector<Bound> bounds;
    bounds.reserve(found_.size());
    for (auto& [rule, bound] : found_) bounds.push_back(std::move(bound));
    return bounds;
  }

  // The newest key of each rule is told, and beside it the others that may have signed.
  void name_keys(const std::vector<Held>& held) {
    std::vector<const Issued*> newest;
    newest.reserve(issued_.size());
    for (const Issued& tokens : issued_) newest.push_back(&tokens);
    const auto came = [&](const Issued* one) { return first_seen_.at(one->key.label); };
    const std::size_t most = std::min(newest.size(), kNamedMax);
    std::partial_sort(newest.begin(), newest.begin() + static_cast<std::ptrdiff_t>(most),
                      newest.end(),
                      [&](const Issued* a, const Issued* b) { return came(a) > came(b); });
    newest.resize(most);
    std::set<std::string> begun;
    for (const Issued* tokens : newest) {
      for (const Held& one : held) {
        if (one.span.from >= tokens->valid.to || accepts(one.state, *tokens)) continue;
        if (name_key(one.state, *tokens, begun)) break;
      }
    }
  }

  // False: that is no refusal.
  bool name_key(std::size_t cached, const Issued& tokens, std::set<std::string>& begun) {
    const Answer& answer = answer_of(cached, tokens);
    if (answer.accepted()) return false;
    const bool by_issuer = answer.cause == validators::Cause::kIssuer;
    const auto found = found_.find(by_issuer ? "refusal-issuer" : rule_of_key(cached, tokens));
    if (found == found_.end()) return false;
    Bound& bound = found->second;
    const std::string kid = tokens.key.jwk->kid.value_or("");
    if (begun.insert(found->first).second) {
      bound.key = tokens.key.jwk->thumbprint;
      bound.kid = kid;
      if (answer.error == bound.answer.error) bound.answer = answer;
    } else if (kid != bound.kid && !kid.empty() &&
               std::find(bound.also.begin(), bound.also.end(), kid) == bound.also.end()) {
      bound.also.push_back(kid);
    }
    return true;
  }

  void add_unfilled(std::vector<Bound>& bounds) const {
    for (ColdStart& one : cold_start(view_, signing_.claims, world_, line_, start_, now_)) {
      auto known = std::find_if(bounds.begin(), bounds.end(),
                                [&](const Bound& bound) { return bound.rule == one.problem.rule; });
      if (known == bounds.end()) {
        Bound bound;
        bound.rule = one.problem.rule;
        bound.from = one.span.from;
        bound.until = one.span.to;
        bound.longest = Duration(0);
        bound.url = one.problem.url;
        bound.met = one.problem.answer;
        bound.meeting = one.problem.meeting;
        bound.answer = std::move(one.answer);
        bounds.push_back(std::move(bound));
        known = std::prev(bounds.end());
      }
      known->from = std::min(known->from, one.span.from);
      if (one.span.to == Instant::max()) {
        known->until.reset();
        known->longest.reset();
      } else if (known->until) {
        known->until = std::max(*known->until, one.span.to);
        known->longest = *known->until - std::max(known->from, now_);
      }
    }
  }

  // Tokens whose issuer does not move bear that of the newest document, or what goes with it.
  [[nodiscard]] std::size_t issuer_of(const Issued& tokens) const {
    return kinds_.issuer(kinds_.of(signing_.issuer_moves ? tokens.state : states().size() - 1));
  }
  // The issuer of the cached document; where none is cached, that of the settings.
  [[nodiscard]] bool takes_issuer(std::size_t cached, const Issued& tokens) {
    if (view_.validator->cache().reads_documents()) {
      return kinds_.issuer(kinds_.of(cached)) == issuer_of(tokens);
    }
    const auto [entry, added] = configured_issuers_.try_emplace(issuer_of(tokens), true);
    if (added && states()[tokens.state].fetched) {
      entry->second = answer_of(tokens.state, tokens).cause != validators::Cause::kIssuer;
    }
    return entry->second;
  }
  [[nodiscard]] bool accepts(std::size_t cached, const Issued& tokens) {
    return kinds_.holds(kinds_.of(cached), tokens.key) && takes_issuer(cached, tokens);
  }

  // False: neither this one nor any that ends before it adds anything.
  bool add(std::size_t cached, const Issued& tokens) {
    Span refused{std::max(held_[cached]->from, tokens.valid.from),
                 std::min(held_[cached]->to, tokens.valid.to)};
    if (refused.to <= now_) return false;
    const auto learnt = learns_at_once(cached, tokens);
    if (learnt) refused.to = std::min(refused.to, *learnt);
    if (refused.to <= std::max(refused.from, learnt ? now_ : refused.from)) return true;
    const std::string key_rule = rule_of_key(cached, tokens);
    const bool one_issuer = takes_issuer(cached, tokens);
    if (!widens(key_rule, refused) && (one_issuer || !widens("refusal-issuer", refused))) {
      return !one_issuer || learnt;
    }
    const Answer& answer = answer_of(cached, tokens);
    if (answer.accepted()) return true;
    const bool by_issuer = answer.cause == validators::Cause::kIssuer;
    if (!by_issuer || answer.detail == validators::CauseDetail::kUnlistedIssuer) {
      if (const auto rescued = rescued_until(cached, tokens)) {
        refused.from = std::max(refused.from, *rescued);
        if (refused.to <= refused.from) return true;
      }
    }
    widen(by_issuer ? "refusal-issuer" : key_rule, refused, cached, tokens);
    if (view_.validator->cache().last_known_good > Duration(0) && start_ != now_) {
      add_last_words(cached, tokens, refused, key_rule);
    }
    return true;
  }

  // From when on the very request fetches that brings such a token, so that it is never refused for
  // want of its key: what fetching fails with is told as that. Null: it may be.
  [[nodiscard]] std::optional<Instant> learns_at_once(std::size_t cached,
                                                      const Issued& tokens) const {
    using Policy = validators::CachePolicy;
    const Policy& cache = view_.validator->cache();
    const bool waits = cache.unknown_kid == Policy::Fetcher::kRequest &&
                       cache.throttle.spent == Policy::Throttle::Spent::kBySuccess;
    const bool forces = kinds_.forces(kinds_.of(cached), kinds_.of(tokens.state), tokens.key);
    if (!waits || !forces || cache.stale_for > Duration(0)) return std::nullopt;
    return after(states()[cached].fetched->to, cache.throttle.gap);
  }

  // Where last-known-good configurations do not help either, the error is that of the last one.
  void add_last_words(std::size_t cached, const Issued& tokens, const Span& refused,
                      const std::string& key_rule) {
    std::set<std::pair<std::size_t, bool>> asked;  // issuer, and whether it has the key
    for (std::size_t i = states().size(); i-- > 0;) {
      if (!states()[i].fetched || accepts(i, tokens)) continue;
      const std::size_t kind = kinds_.of(i);
      if (kinds_.issuer(kind) == kinds_.issuer(kinds_.of(cached))) continue;
      if (!asked.insert({kinds_.issuer(kind), kinds_.holds(kind, tokens.key)}).second) continue;
      const Answer& answer = answer_of(i, tokens);
      if (answer.accepted()) continue;
      const bool by_issuer = answer.cause == validators::Cause::kIssuer;
      widen(by_issuer ? "refusal-issuer" : key_rule, refused, i, tokens);
    }
  }

  // From now on what is published now is what is published.
  [[nodiscard]] std::string rule_of_key(std::size_t cached, const Issued& tokens) const {
    const CachedState& now = states().back();
    if (now.published.keys.empty() && states()[cached].published.keys.empty()) {
      return "refusal-keys";
    }
    if (disagreed_.about(tokens.key)) return "refusal-rotation";
    return now.published.has(tokens.key.jwk->thumbprint) ? "refusal-rotation"
                                                         : "refusal-withdrawn-key";
  }

  [[nodiscard]] bool widens(const std::string& rule, const Span& refused) const {
    const auto known = found_.find(rule);
    return known == found_.end() || refused.from < known->second.from ||
           (known->second.until && refused.to > *known->second.until);
  }

  void widen(const std::string& rule, const Span& refused, std::size_t cached,
             const Issued& tokens) {
    const auto until =
        refused.to == Instant::max() ? std::nullopt : std::optional<Instant>(refused.to);
    const auto [entry, added] = found_.try_emplace(rule);
    Bound& bound = entry->second;
    if (added || refused.from < bound.from) {
      bound.rule = rule;
      bound.from = refused.from;
      bound.key = tokens.key.jwk->thumbprint;
      bound.kid = tokens.key.jwk->kid.value_or("");
      bound.answer = answer_of(cached, tokens);
    }
    if (added || !until || (bound.until && *until > *bound.until)) bound.until = until;
    const auto lasts = longest(refused, cached, tokens);
    if (added) {
      bound.longest = lasts;
    } else if (bound.longest) {
      bound.longest = lasts ? std::optional(std::max(*bound.longest, *lasts)) : std::nullopt;
    }
  }

  // In one process.
  [[nodiscard]] std::optional<Duration> longest(const Span& refused, std::size_t cached,
                                                const Issued& tokens) const {
    if (refused.to == Instant::max()) return std::nullopt;
    // Its end is reckoned from late changes, and so must its beginning be.
    const Instant late = cached < tokens.state ? tokens.first_issued : refused.from;
    const Duration most = refused.to - std::min(std::max(refused.from, late), refused.to);
    if (tokens.ends_with_state && tokens.state + 1 < states().size()) {
      return std::min(most, view_.tokens.lifetime);
    }
    if (!kinds_.forces(kinds_.of(cached), kinds_.of(tokens.state), tokens.key)) return most;
    return std::min(most, longest_unforced(refused));
  }

  // Refused tokens force a fetch, which works when it surely can: one gap of forced refreshes after
  // that begins at the latest. Before, it may have failed, or not been allowed yet.
  [[nodiscard]] Duration longest_unforced(const Span& refused) const {
    const Duration gap = view_.validator->cache().throttle.gap;
    const Duration retry = view_.validator->cache().retry.most;
    Duration longest = gap;
    Instant unsure = refused.from;
    const auto consider = [&](Instant until) {
      if (until > unsure) longest = std::max(longest, until - unsure + gap + retry);
    };
    for (const Span& sure : line_.sure) {
      if (sure.to <= refused.from || sure.from >= refused.to) continue;
      consider(sure.from);
      unsure = std::max(unsure, sure.to);
    }
    consider(refused.to);
    return longest;
  }

  // Until when a last-known-good configuration surely takes them; null: none surely does.
  [[nodiscard]] std::optional<Instant> rescued_until(std::size_t cached, const Issued& tokens) {
    const validators::CachePolicy& cache = view_.validator->cache();
    const Duration good_for = cache.last_known_good;
    const bool helps = good_for > Duration(0) && states().size() <= cache.good_sets;
    if (!helps || !start_ || !tokens.key.kid) return std::nullopt;
    // The states about theirs that take them, and the first one behind that a cache may have got.
    std::size_t first = tokens.state, lost = tokens.state + 1;
    while (first > 0 && accepts(first - 1, tokens)) --first;
    while (lost < cached && (accepts(lost, tokens) || !states()[lost].fetched)) ++lost;
    if (cached < first || cached < lost) return std::nullopt;
    const Instant lost_at = states()[lost].fetched->from;
    if (filled_by(view_, line_, *start_) >= lost_at) return std::nullopt;
    for (std::size_t i = 0; i < first; ++i) {
      if (held_[i] && held_[i]->to >= lost_at) return std::nullopt;
    }
    // It was good when it was last used, and that may be a moment ago.
    return after(lost_at, good_for - kNextRequest);
  }

  // What a process that holds that state says to such a token.
  const Answer& answer_of(std::size_t cached, const Issued& tokens) {
    const auto asked = std::tuple(kinds_.of(cached), issuer_of(tokens), tokens.key.label);
    const auto [entry, added] = answers_.try_emplace(asked);
    if (!added) return entry->second;
    const CachedState& state = states()[cached];
    validators::Simulation service(view_.validator);
    const auto token = token_of(signing_, *tokens.key.jwk, states()[tokens.state].published);
    entry->second = service.request(
        world_, {state.fetch_at, state.fetch_at, validators::Credentials::synthetic(token)});
    return entry->second;
  }

  const DeploymentView& view_;
  const Signing& signing_;
  Instant now_;
  const ObservedWorld& world_;
  const CachedLine& line_;
  ForcedRefresh forces_;
  StateKinds kinds_;
  Disagreement disagreed_;
  std::optional<Instant> start_;  // null: any time before now; min(): before all that is looked at
  CacheResidency held_;
  std::vector<Issued> issued_;
  std::unordered_map<std::size_t, std::size_t> first_seen_;  // label -> state
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, Answer> answers_;
  std::unordered_map<std::size_t, bool> configured_issuers_;
  std::map<std::string, Bound> found_;
};

}  // namespace

WorstCaseWindows worst_case_windows(const DeploymentView& view, const Signing& signing,
                                    const ObservedWorld& world, const CachedLine& line,
                                    Instant now) {
  return Bounds(view, signing, world, line, now).all();
}

}  // namespace idpwatch::forecast
