// What is worth knowing and no more: a refusal that a service heals by itself within minutes, that
// hardly any instance meets, or that hangs on an answer which was seen once. Severity info
// (docs/forecast.md, "Severity"). Pure.
#pragma once

#include "forecast/problem.hpp"
#include "forecast/view.hpp"
#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/refusal_windows.hpp"
#include "forecast/windows/schedules.hpp"

#include <string>
#include <vector>

namespace idpwatch::forecast {

// Possible, for no longer in a row than one forced refresh takes to come by, and it ends.
bool is_brief(const Problem& problem);

// What that address answers now, the newest look was the first to meet, after a good answer.
bool is_seen_once(const AuthorityFacts& authority, const std::string& url);

// The key set's address by the newest document; empty: none names one.
std::string jwks_uri_of(const AuthorityHistory& history, const validators::Addresses& addresses);

// What all instances refuse by an answer that was seen once may be one node's word: possible, until
// a second look agrees.
void await_second_look(std::vector<Problem>& problems, const DeploymentView& view,
                       const validators::Addresses& addresses);

void mark_slight(RefusalWindows& outlook, const DeploymentView& view, const Signing& signing,
                 const CachedLine& line, base::Instant now);

}  // namespace idpwatch::forecast
