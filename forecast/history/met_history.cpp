#include "forecast/history/meeting.hpp"

#include <utility>

namespace idpwatch::forecast {

using validators::FetchLimits;
using validators::TransportPolicy;

MetHistory met_history(const AuthorityHistory& seen, const TransportPolicy& policy,
                       const FetchLimits& limits, const ServiceRoute* route) {
  MetHistory out;
  for (const auto& [url, changes] : seen.all()) {
    std::string why, note;
    bool by_itself = false;
    for (const ServedChange& change : changes) {
      Met met = met_by(change.served, url, policy, limits, route);
      why = std::move(met.unknown);
      note = std::move(met.note);
      by_itself = met.by_itself;
      if (met.served) out.history.add(url, {change.uncertain_from, change.at, *met.served});
    }
    if (!why.empty()) out.unknown.emplace(url, std::move(why));
    if (by_itself) out.by_itself.insert(url);
    if (!note.empty()) out.notes.emplace(url, std::move(note));
  }
  return out;
}

}  // namespace idpwatch::forecast
