#include "base/clock.hpp"
#include "cli/commands.hpp"
#include "cli/process.hpp"
#include "cli/settings.hpp"
#include "daemon/serve.hpp"

#include <string>

namespace idpwatch::cli {

int run_serve(const ServeOptions& options, Streams& streams) {
  // It holds secrets of receivers and canaries, and tokens.
  forbid_core_dumps();
  const std::string path = config_path(options.config);
  const base::SystemClock clock;
  const config::ConfigWorld world = config_world();
  bool shown = false;
  const daemon::ServeOptions serve{
      .load = [path, world] { return config::load_config(path, world); },
      .show_problems =
          [&](const config::ConfigProblems& problems) {
            print_problems(problems, streams);
            shown = true;
          },
      .environment = world.environment};
  const base::Status done = daemon::serve(serve, clock);
  if (done) return kFine;
  return shown ? kUsage : report(streams, done.error());
}

}  // namespace idpwatch::cli
