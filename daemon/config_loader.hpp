// Reads our configuration again when that is asked for: away from the loop, since its files may lie
// on a mount that does not answer, at most once a second, and never missing the last request.
//
// Loop thread only.
#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/config_load.hpp"
#include "daemon/reload_requests.hpp"
#include "net/scheduler.hpp"
#include "watch/background.hpp"

#include <functional>
#include <memory>

namespace idpwatch::daemon {

class ConfigLoader {
 public:
  // On another thread: uses only what it owns.
  using Load = std::function<tl::expected<config::Config, config::ConfigProblems>()>;
  using Loaded = base::Result<std::shared_ptr<const config::Config>>;

  // `begun` when a reading begins; `take` with what comes of it. One that lasts longer than ten
  // seconds is an error at first, and is taken when it ends all the same.
  ConfigLoader(watch::Background& background, net::Scheduler& scheduler, Load load,
               base::Environment environment, std::function<void()> begun,
               std::function<void(const Loaded&)> take);
  ~ConfigLoader();
  ConfigLoader(const ConfigLoader&) = delete;
  ConfigLoader& operator=(const ConfigLoader&) = delete;

  void request() { requests_.request(); }

 private:
  void begin();

  watch::Background& background_;
  net::Scheduler& scheduler_;
  Load load_;
  base::Environment environment_;
  std::function<void()> begun_;
  std::function<void(const Loaded&)> take_;
  ReloadRequests requests_;
  net::TimerId overdue_timer_ = 0;
  // A reading that is under way ends in nothing once this is gone.
  std::shared_ptr<ConfigLoader*> self_;
};

}  // namespace idpwatch::daemon
