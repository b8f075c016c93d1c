#include "forecast/outer_bounds.hpp"

#include "forecast/attribution.hpp"
#include "forecast/held_states.hpp"
#include "forecast/hull.hpp"
#include "forecast/imagined.hpp"
#include "forecast/outlook.hpp"
#include "forecast/state_kinds.hpp"
#include "forecast/unfilled.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using validators::Answer;

// Good configurations that the library remembers.
constexpr std::size_t kGoodMax = 10;

// The one error about the issuer after which the library looks at them.
constexpr std::string_view kWrongIssuer = "IDX10205";

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
  Bounds(const DeploymentView& view, const Signing& signing, const std::string& metadata_url,
         Instant now)
      : view_(view),
        signing_(signing),
        now_(now),
        world_(*view.authority->history, metadata_url, When::kLate),
        line_(cached_line(view, signing.claims, world_, metadata_url, now)),
        forces_(probed()),
        kinds_(line_.states, signing, forces_) {}

  OuterBounds all() {
    OuterBounds made;
    if (line_.pieces.empty()) return made;
    list_tokens();
    if (!view_.restarted_only) {
      if (view_.started_at) {
        // Older than anything, or since when.
        start_ = remembers_start(view_, now_) ? std::min(*view_.started_at, now_) : Instant::min();
      }
      held_ = held_states(view_, line_, kinds_, forces_.any(), start_, now_);
      made.running = collected();
      add_unfilled(made.running);
    }
    if (line_.pieces.back().works && !line_.states.empty()) {
      held_.assign(states().size(), std::nullopt);
      held_.back() = Span{now_, Instant::max()};
      start_ = now_;
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
      const bool usable = std::any_of(keys.begin(), keys.end(), [&](const model::Jwk& key) {
        return is_usable(key.thumbprint, signing_);
      });
      if (!usable) continue;
      return forced_refresh(view_, signing_, world_, state.published, state.fetch_at);
    }
    return {};
  }

  // Those that are valid now or later, the last to end first.
  void list_tokens() {
    std::map<std::pair<std::size_t, std::size_t>, std::size_t> known;  // label and issuer
    std::size_t last = states().size();
    for (std::size_t i = states().size(); i-- > 0;) {
      // A set without keys takes none of the authority's: it goes on with one that it had.
      if (last == states().size() || kinds_.can_issue(kinds_.of(i + 1))) last = i;
      const Instant end = after(states()[last].late_end, view_.tokens.lifetime);
      if (end <= now_) continue;
      for (const StateKinds::Key& key : kinds_.keys(kinds_.of(i))) {
        if (!key.usable) continue;
        Issued issued{i, key, {states()[i].early, end}, last == i, states()[i].late};
        const auto [entry, added] =
            known.try_emplace({key.label, kinds_.issuer(kinds_.of(i))}, issued_.size());
        if (added || states().size() <= kGoodMax) {
          issued_.push_back(issued);
        } else {
          merge(issued_[entry->second], issued);
        }
      }
    }
    std::stable_sort(issued_.begin(), issued_.end(),
                     [](const Issued& a, const Issued& b) { return a.valid.to > b.valid.to; });
  }

  // The same tokens, issued before.
  static void merge(Issued& known, const Issued& before) {
    known.valid.from = std::min(known.valid.from, before.valid.from);
    known.first_issued = std::min(known.first_issued, before.first_issued);
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
        if (!add(one.state, tokens) && states().size() > kGoodMax) break;
      }
    }
    std::vector<Bound> bounds;
    bounds.reserve(found_.size());
    for (auto& [rule, bound] : found_) bounds.push_back(std::move(bound));
    return bounds;
  }

  void add_unfilled(std::vector<Bound>& bounds) const {
    for (Unfilled& one : unfilled(view_, signing_.claims, world_, line_, start_, now_)) {
      auto known = std::find_if(bounds.begin(), bounds.end(),
                                [&](const Bound& bound) { return bound.rule == one.problem.rule; });
      if (known == bounds.end()) {
        bounds.push_back({one.problem.rule,
                          one.span.from,
                          one.span.to,
                          Duration(0),
                          {},
                          {},
                          one.problem.url,
                          one.problem.answer,
                          std::move(one.answer)});
        known = std::prev(bounds.end());
      }
      known->from = std::min(known->from, one.span.from);
      if (one.span.to == Instant::max()) {
        known->until.reset();
        known->longest.reset();
      } else if (known->until) {
        known->until = std::max(*known->until, one.span.to);
        known->longest = *known->until - known->from;
      }
    }
  }

  // Tokens whose issuer does not move bear that of the newest document, or what goes with it.
  [[nodiscard]] std::size_t issuer_of(const Issued& tokens) const {
    return kinds_.issuer(kinds_.of(signing_.issuer_moves ? tokens.state : states().size() - 1));
  }
  [[nodiscard]] bool same_issuer(std::size_t cached, const Issued& tokens) const {
    return kinds_.issuer(kinds_.of(cached)) == issuer_of(tokens);
  }
  [[nodiscard]] bool accepts(std::size_t cached, const Issued& tokens) const {
    return kinds_.holds(kinds_.of(cached), tokens.key) && same_issuer(cached, tokens);
  }

  // False: neither this one nor any that ends before it adds anything.
  bool add(std::size_t cached, const Issued& tokens) {
    Span refused{std::max(held_[cached]->from, tokens.valid.from),
                 std::min(held_[cached]->to, tokens.valid.to)};
    if (refused.to <= now_) return false;
    if (refused.to <= refused.from) return true;
    const std::string key_rule = rule_of_key(cached, tokens);
    const bool one_issuer = same_issuer(cached, tokens);
    if (!widens(key_rule, refused) && (one_issuer || !widens("refusal-issuer", refused))) {
      return !one_issuer;
    }
    const Answer& answer = answer_of(cached, tokens);
    if (answer.accepted()) return true;
    const bool by_issuer = family_of(answer.error) == Family::kIssuer;
    if (!by_issuer || answer.error == kWrongIssuer) {
      if (const auto rescued = rescued_until(cached, tokens)) {
        refused.from = std::max(refused.from, *rescued);
        if (refused.to <= refused.from) return true;
      }
    }
    widen(by_issuer ? "refusal-issuer" : key_rule, refused, cached, tokens);
    if (view_.validator->last_known_good() > Duration(0) && start_ != now_) {
      add_last_words(cached, tokens, refused, key_rule);
    }
    return true;
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
      const bool by_issuer = family_of(answer.error) == Family::kIssuer;
      widen(by_issuer ? "refusal-issuer" : key_rule, refused, i, tokens);
    }
  }

  // From now on what is published now is what is published.
  [[nodiscard]] std::string rule_of_key(std::size_t cached, const Issued& tokens) const {
    const CachedState& now = states().back();
    if (now.published.keys.empty() && states()[cached].published.keys.empty()) {
      return "refusal-keys";
    }
    return now.published.has(tokens.key.jwk->thumbprint) ? "refusal-rotation"
                                                         : "refusal-withdrawn-key";
  }

  [[nodiscard]] bool widens(const std::string& rule, const Span& refused) const {
    const auto known = found_.find(rule);
    return known == found_.end() || std::max(refused.from, now_) < known->second.from ||
           (known->second.until && refused.to > *known->second.until);
  }

  void widen(const std::string& rule, const Span& refused, std::size_t cached,
             const Issued& tokens) {
    const auto until =
        refused.to == Instant::max() ? std::nullopt : std::optional<Instant>(refused.to);
    const Instant from = std::max(refused.from, now_);
    const auto [entry, added] = found_.try_emplace(rule);
    Bound& bound = entry->second;
    if (added || from < bound.from) {
      bound.rule = rule;
      bound.from = from;
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
    const bool forced = kinds_.forces(kinds_.of(cached), kinds_.of(tokens.state), tokens.key) &&
                        std::any_of(line_.sure.begin(), line_.sure.end(), [&](const Span& one) {
                          return one.from <= refused.from && one.to >= refused.to;
                        });
    return forced ? std::min(most, view_.validator->forced_refresh_gap()) : most;
  }

  // Until when a last-known-good configuration surely takes them; null: none surely does.
  [[nodiscard]] std::optional<Instant> rescued_until(std::size_t cached, const Issued& tokens) {
    const Duration good_for = view_.validator->last_known_good();
    if (good_for == Duration(0) || states().size() > kGoodMax || !start_) return std::nullopt;
    if (!tokens.key.kid) return std::nullopt;
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
        world_, {state.fetch_at, state.fetch_at, validators::Credentials::imagined(token)});
    return entry->second;
  }

  const DeploymentView& view_;
  const Signing& signing_;
  Instant now_;
  ServedWorld world_;
  CachedLine line_;
  ForcedRefresh forces_;
  StateKinds kinds_;
  std::optional<Instant> start_;  // null: any time before now; min(): before all that is looked at
  HeldStates held_;
  std::vector<Issued> issued_;
  std::map<std::tuple<std::size_t, std::size_t, std::size_t>, Answer> answers_;
  std::map<std::string, Bound> found_;
};

}  // namespace

OuterBounds outer_bounds(const DeploymentView& view, const Signing& signing,
                         const std::string& metadata_url, Instant now) {
  return Bounds(view, signing, metadata_url, now).all();
}

}  // namespace idpwatch::forecast
