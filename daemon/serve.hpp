// The process around the watch: store, threads, network, listener, signals, systemd. Begins in the
// order in which things depend on each other, and ends in the reverse.
//
// SIGHUP reloads (a bad file keeps the old configuration), SIGTERM and SIGINT drain (at most two
// seconds for what is due) and end; a second one ends at once. All three are taken from the first
// instant on: during the start, SIGTERM ends it and SIGHUP is a reload once it is done. Whatever
// hangs (a mount, a disk, a client of the listener) holds the end up for seconds at most.
#pragma once

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/config_load.hpp"

#include <functional>

namespace idpwatch::daemon {

struct ServeOptions {
  // At the start and at each reload, on another thread: uses only what it owns.
  std::function<tl::expected<config::Config, config::ConfigProblems>()> load;
  // All that is wrong with the configuration at the start; serve() then returns kConfig.
  std::function<void(const config::ConfigProblems&)> show_problems;
  base::Environment environment;
};

// Until it is told to end. Errors are those of the start: kConfig, kBusy (another daemon holds the
// state directory), kUnreadable, kStorage.
base::Status serve(const ServeOptions& options, const base::Clock& clock);

}  // namespace idpwatch::daemon
