#include "daemon/serve.hpp"

#include "base/clock.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"

#include <string>

namespace idpwatch::cli {

int run_serve(const ServeOptions& options, Streams& streams) {
  const std::string path = options.config.value_or(std::string(daemon::kDefaultConfigPath));
  // All problems at once; the daemon itself would log the first of them alone.
  if (!load_config(path, streams)) return kUsage;
  const base::SystemClock clock;
  const daemon::ConfigWorld world = config_world();
  const base::Status done = daemon::serve(
      {path, [&] { return daemon::load_config(path, world); }, world.environment}, clock);
  return done ? kFine : report(streams, done.error());
}

}  // namespace idpwatch::cli
