#include "forecast/held_states.hpp"

#include "forecast/hull.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

// The token says who signed it, and nothing in the state goes by that name.
bool plainly_unknown(const CachedState& state, const model::Jwk& key) {
  const auto& keys = state.published.keys;
  return key.kid && !key.kid->empty() &&
         std::none_of(keys.begin(), keys.end(), [&](const model::Jwk& one) {
           return one.thumbprint == key.thumbprint || one.kid == key.kid;
         });
}

class Holder {
 public:
  Holder(const DeploymentView& view, const Signing& signing, const CachedLine& line,
         const ForcedRefresh& forces, std::optional<Instant> start, Instant now)
      : view_(view), signing_(signing), line_(line), forces_(forces), start_(start), now_(now) {}

  [[nodiscard]] std::optional<Span> held(std::size_t i) const {
    const CachedState& state = line_.states[i];
    if (!state.fetched) return std::nullopt;
    Span fetched = *state.fetched;
    if (start_ && *start_ >= fetched.to) return std::nullopt;
    if (start_) fetched.from = std::max(fetched.from, *start_);
    const bool counted = start_ && *start_ > Instant::min() && !forces_.any();
    if (counted && !keep_automatic(fetched)) return std::nullopt;
    const bool last = i + 1 == line_.states.size();
    return Span{fetched.from, last ? Instant::max() : replaced_by(i, fetched.to)};
  }

 private:
  [[nodiscard]] Duration gap() const { return view_.validator->forced_refresh_gap(); }

  // Where nothing forces a refresh, and all of them worked, they lie at known intervals. False:
  // none can have fetched it.
  bool keep_automatic(Span& fetched) const {
    const bool all_work = std::any_of(line_.sure.begin(), line_.sure.end(), [&](const Span& one) {
      return one.from <= *start_ && one.to == Instant::max();
    });
    if (!all_work) return true;
    Span refresh{*start_, *start_};
    std::optional<Span> kept;
    while (refresh.from < fetched.to && refresh.from < now_ + memory_of(view_)) {
      if (refresh.to >= fetched.from) {
        if (!kept) kept = Span{std::max(refresh.from, fetched.from), {}};
        kept->to = std::min(refresh.to, fetched.to);
      }
      refresh.from += std::max(view_.validator->refresh_after(), kNextRequest);
      refresh.to += view_.validator->refresh_after_most() + kNextRequest;
    }
    if (kept) fetched = *kept;
    return kept.has_value();
  }

  // The last instant at which a cache that was filled with it no later than that still holds it.
  [[nodiscard]] Instant replaced_by(std::size_t i, Instant filled) const {
    Instant found = fetches_by(after(filled, view_.validator->refresh_after_most()), filled);
    // Former tokens force as well, as long as they are valid.
    for (const CachedState& state : line_.states) {
      const Instant tries = after(std::max(state.late, filled), gap());
      const Instant valid = after(state.early_end, view_.tokens.lifetime);
      if (tries >= found || tries > valid || !forces_surely(line_.states[i], state)) continue;
      const Instant forced = fetches_by(tries, filled);
      // It is asked for while such tokens are valid.
      if (forced <= valid) found = std::min(found, forced);
    }
    return found;
  }

  // When one that tries no later than `tries`, and again and again if that fails, has surely
  // fetched.
  [[nodiscard]] Instant fetches_by(Instant tries, Instant filled) const {
    for (const Span& span : line_.sure) {
      const Instant found = span.from <= filled ? tries : std::max(tries, after(span.from, gap()));
      if (span.to == Instant::max() || after(found, kNextRequest) < span.to) return found;
    }
    return Instant::max();
  }

  // Whichever key signs then, a cache of the former state is made to fetch.
  [[nodiscard]] bool forces_surely(const CachedState& cached, const CachedState& then) const {
    if (!can_issue(then, signing_)) return false;
    const auto& keys = then.published.keys;
    return std::all_of(keys.begin(), keys.end(), [&](const model::Jwk& key) {
      return !is_usable(key, signing_) || forces_fetch(cached, then, key, forces_);
    });
  }

  const DeploymentView& view_;
  const Signing& signing_;
  const CachedLine& line_;
  const ForcedRefresh& forces_;
  std::optional<Instant> start_;
  Instant now_;
};

}  // namespace

bool holds(const CachedState& state, const model::Jwk& key) {
  const auto& keys = state.published.keys;
  return std::any_of(keys.begin(), keys.end(), [&](const model::Jwk& one) {
    return one.thumbprint == key.thumbprint && one.kid == key.kid;
  });
}

bool is_usable(const model::Jwk& key, const Signing& signing) {
  const auto& unusable = signing.unusable;
  return std::find(unusable.begin(), unusable.end(), key.thumbprint) == unusable.end();
}

bool can_issue(const CachedState& state, const Signing& signing) {
  const auto& keys = state.published.keys;
  return std::any_of(keys.begin(), keys.end(),
                     [&](const model::Jwk& key) { return is_usable(key, signing); });
}

bool forces_fetch(const CachedState& cached, const CachedState& issued, const model::Jwk& key,
                  const ForcedRefresh& forces) {
  const bool same_issuer = cached.published.issuer == issued.published.issuer;
  if (holds(cached, key)) return !same_issuer && forces.issuer;
  return plainly_unknown(cached, key) && (same_issuer ? forces.key : forces.both);
}

HeldStates held_states(const DeploymentView& view, const Signing& signing, const CachedLine& line,
                       const ForcedRefresh& forces, std::optional<Instant> start, Instant now) {
  const Holder holder(view, signing, line, forces, start, now);
  HeldStates held;
  for (std::size_t i = 0; i < line.states.size(); ++i) held.push_back(holder.held(i));
  return held;
}

}  // namespace idpwatch::forecast
