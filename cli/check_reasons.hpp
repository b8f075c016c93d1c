// What a result of `check` rests on: how its authority was reached, and why nothing can be said of
// a validator, where that is so.
#pragma once

#include "cli/probe_once.hpp"
#include "watch/deployments.hpp"

#include <string>
#include <vector>

namespace idpwatch::cli {

// By which address or proxy, with which trust store, what of that does not count, and what was
// asked again as services ask.
std::vector<std::string> how_reached(const ProbeResult& probed);

// `probed`: of its authority; null: none was. Each is empty where it does not apply.

// The authority did not answer, or its address is not known.
std::string why_not_reached(const watch::WatchedValidator& watched, const ProbeResult* probed);
// It fetches no keys, and nothing says whose tokens it accepts. Not for a shared secret: no
// authority could withdraw it.
std::string why_nobodys(const watch::WatchedValidator& watched);
// What our own limits kept from us says nothing of a service that has others.
std::string why_unseen(const ProbeResult* probed);
// It uses something that could not be read: nothing was found, and that says nothing.
std::string why_unread(const watch::WatchedValidator& watched, const ProbeResult* probed);

}  // namespace idpwatch::cli
