#include "forecast/windows/cached_line.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;

constexpr Duration kTick = base::milliseconds(1);
constexpr Duration kMargin = base::hours(1);

bool is_good(const validators::Served& served) {
  return served.fault == validators::Fault::kNone && served.status == 200;
}

// When something that is served changed: last look without, first look with it.
std::map<Instant, Instant> changes_of(const AuthorityHistory& history) {
  std::map<Instant, Instant> early_by_late;
  for (const auto& [url, all] : history.all()) {
    for (std::size_t i = 1; i < all.size(); ++i) {
      const Instant early = std::min(all[i].uncertain_from + kTick, all[i].at);
      const auto [entry, added] = early_by_late.try_emplace(all[i].at, early);
      entry->second = std::min(entry->second, early);
    }
  }
  return early_by_late;
}

class Maker {
 public:
  Maker(const DeploymentView& view, const Claims& claims, const ObservedWorld& world)
      : view_(view), claims_(claims), world_(world) {}

  CachedLine line(Instant now) {
    cut(now);
    CachedLine made;
    if (pieces_.empty()) return made;
    std::vector<Instant> instants;
    instants.reserve(pieces_.size());
    for (const Piece& piece : pieces_) instants.push_back(piece.seen);
    for (KeySetVersion& one : key_set_history(world_, instants)) {
      made.states.push_back({std::move(one), {}, {}, {}, {}, std::nullopt, {}});
    }
    if (!made.states.empty()) place(made.states);
    made.sure = sure();
    made.pieces = std::move(pieces_);
    return made;
  }

 private:
  void cut(Instant now) {
    const auto changes = changes_of(*view_.authority->history);
    const Instant since = remembered_since(view_, now);
    auto first = changes.upper_bound(since);
    if (first == changes.end()) return;
    const Instant before = first->first - kTick;
    const auto add = [&](Instant early, Instant late, Instant seen) {
      if (!pieces_.empty()) {
        pieces_.back().early_end = early;
        pieces_.back().late_end = late;
      }
      pieces_.push_back({early, late, Instant::max(), Instant::max(), seen, works(seen), 0});
    };
    add(Instant::min(), Instant::min(), before);
    for (auto change = first; change != changes.end(); ++change) {
      add(change->second, change->first, change->first);
    }
  }

  [[nodiscard]] bool works(Instant at) const { return can_start(view_, claims_, world_, at); }

  // States are runs of pieces. What was published first stands for all time before.
  void place(std::vector<CachedState>& states) {
    std::size_t state = 0;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      Piece& piece = pieces_[i];
      while (state + 1 < states.size() && states[state + 1].published.at <= piece.seen) ++state;
      piece.state = state;
      CachedState& one = states[state];
      if (i == 0 || one.published.at == piece.seen) {
        one.early = piece.early;
        one.late = piece.late;
      }
      one.early_end = piece.early_end;
      one.late_end = piece.late_end;
      if (!piece.works) continue;
      if (!one.fetched) one.fetched = Span{piece.early, piece.early};
      one.fetched->to = piece.late_end;
      one.fetch_at = piece.seen;
    }
  }

  [[nodiscard]] std::vector<Span> sure() const {
    std::vector<Span> spans;
    for (std::size_t i = 0; i < pieces_.size(); ++i) {
      const Piece& piece = pieces_[i];
      if (!piece.works) continue;
      if (i > 0 && pieces_[i - 1].works) {
        spans.back().to = piece.early_end;
      } else {
        spans.push_back({piece.late, piece.early_end});
      }
    }
    return spans;
  }

  const DeploymentView& view_;
  const Claims& claims_;
  const ObservedWorld& world_;
  std::vector<Piece> pieces_;
};

}  // namespace

std::vector<std::size_t> CachedLine::turns() const {
  std::vector<std::size_t> turns;
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i].works != pieces[i - 1].works || pieces[i].state != pieces[i - 1].state) {
      turns.push_back(i);
    }
  }
  return turns;
}

Instant after(Instant at, Duration wait) {
  return at > Instant::max() - wait ? Instant::max() : at + wait;
}

Duration longer(Duration wait, Duration by) {
  return wait > validators::kForEver - by ? validators::kForEver : wait + by;
}

Duration memory_of(const DeploymentView& view) {
  const validators::CachePolicy& cache = view.validator->cache();
  Duration memory = view.tokens.lifetime + kMargin;
  for (const Duration part : {cache.lasts.most, cache.last_known_good, cache.throttle.gap}) {
    memory = longer(memory, part);
  }
  return memory;
}

Instant remembered_since(const DeploymentView& view, Instant now) {
  const Instant memory = now - memory_of(view);
  Instant since = memory;
  for (const auto& [url, all] : view.authority->history->all()) {
    auto change =
        std::upper_bound(all.begin(), all.end(), memory,
                         [](Instant when, const ServedChange& one) { return when < one.at; });
    while (change != all.begin() && !is_good(std::prev(change)->served)) {
      since = std::min(since, (--change)->at - kTick);
    }
  }
  return since;
}

bool can_start(const DeploymentView& view, const Claims& claims, const validators::World& world,
               Instant at) {
  if (!view.validator->fetches()) return true;
  const auto token = synthetic_token(claims, stranger_to(*view.validator), {at, at});
  validators::Simulation service(view.validator);
  service.request(world, {at, at, validators::Credentials::synthetic(token)}, false);
  return service.has_configuration();
}

CachedLine cached_line(const DeploymentView& view, const Claims& claims, const ObservedWorld& world,
                       Instant now) {
  return Maker(view, claims, world).line(now);
}

}  // namespace idpwatch::forecast
