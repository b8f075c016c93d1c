// The process around the watch: store, threads, network, listener, signals, systemd. Begins in the
// order in which things depend on each other, and ends in the reverse.
//
// SIGHUP reloads (a bad file keeps the old configuration), SIGTERM and SIGINT drain (at most five
// seconds for what is due) and end; a second one ends at once.
#pragma once

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "daemon/config_load.hpp"

#include <functional>
#include <string>

namespace idpwatch::daemon {

struct ServeOptions {
  std::string config_path;
  std::function<tl::expected<Config, ConfigProblems>()> load;  // again at each reload
  base::Environment environment;
};

// Until it is told to end. Errors are those of the start: kConfig, kBusy (another daemon holds the
// state directory), kUnreadable, kStorage.
base::Status serve(const ServeOptions& options, const base::Clock& clock);

}  // namespace idpwatch::daemon
