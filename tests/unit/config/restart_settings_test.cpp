// What a reload cannot change stays as it was, and is named.
#include "config/restart_required.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace idpwatch;

TEST_CASE("a setting that needs a restart is named at a reload and stays in force until then",
          "[daemon]") {
  config::Config started;
  started.state_dir = "/var/lib/a";
  started.instance = started.alerts.instance = "vm-17";
  config::Config next = started;
  CHECK(config::restart_required(started, next).empty());
  next.state_dir = "/var/lib/b";
  next.instance = next.alerts.instance = "vm-18";
  next.listen.port = 1;
  next.admin_token = "t";
  next.log.level = idpwatch::base::log::Level::kDebug;
  next.limits.redirects = 1;
  const auto lines = config::restart_required(started, next);
  CHECK(lines.size() == 5);
  CHECK(std::count(lines.begin(), lines.end(),
                   "instance takes effect at the next start; until then vm-17 holds") == 1);
  const config::Config held = config::until_restart(started, next);
  CHECK(held.state_dir == "/var/lib/a");
  CHECK(held.instance == "vm-17");
  CHECK(held.alerts.instance == "vm-17");
  CHECK(held.listen.port == started.listen.port);
  CHECK(held.admin_token.empty());
  CHECK(held.log.level == started.log.level);
  CHECK(held.limits.redirects == 1);
  CHECK(config::restart_required(started, held).empty());
}

TEST_CASE("of the configuration of the start nothing else is needed until then", "[daemon]") {
  config::Config started;
  started.state_dir = "/var/lib/a";
  started.instance = started.alerts.instance = "vm-17";
  started.admin_token = "t";
  started.authorities.resize(3);
  const config::Config kept = config::until_restart(started, {});
  CHECK(kept.authorities.empty());
  CHECK(config::restart_required(kept, started).empty());
  CHECK(config::until_restart(kept, started).state_dir == "/var/lib/a");
}
