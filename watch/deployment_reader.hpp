// When the files of the configured deployments are read: at once when they are configured, then
// every ten seconds, each on its own, away from the loop. What comes of it is handed over in one
// piece for all that came in a turn.
//
// A file may be read while somebody writes it. So a change, and a file that cannot be understood,
// count when the next reading agrees; where none does for a minute, with the last of them.
//
// Loop thread only. `background`, `scheduler` and `files` outlive it; readings that are under way
// at its end are dropped.
#pragma once

#include "net/scheduler.hpp"
#include "watch/background.hpp"
#include "watch/deployed_files.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

class DeploymentReader {
 public:
  using Take = std::function<void(std::vector<DeploymentReading> readings)>;
  // A deployment whose reading does not end.
  struct Overdue {
    std::string deployment;
    base::Duration waited{0};
  };

  DeploymentReader(Background& background, net::Scheduler& scheduler, const FileAccess& files,
                   Take take);
  ~DeploymentReader();
  DeploymentReader(const DeploymentReader&) = delete;
  DeploymentReader& operator=(const DeploymentReader&) = delete;

  // From now on these, all read anew.
  void configure(const std::vector<config::DeploymentConfig>& deployments);
  // Reads what is not being read already.
  void refresh();
  // Those that have waited for ten seconds or more.
  [[nodiscard]] std::vector<Overdue> overdue() const;

 private:
  struct Entry {
    std::shared_ptr<const config::DeploymentConfig> config;
    std::string fingerprint;
    std::uint64_t under_way = 0;  // 0: nothing is
    base::Duration since{0};
    bool handed_over = false;               // something of this configuration
    std::optional<DeploymentReading> held;  // until another reading agrees
    int disagreed = 0;                      // so many readings in a row
  };
  void begin(Entry& entry);
  void confirm_soon(const std::string& name);
  void finish(std::uint64_t number, DeploymentReading&& reading);
  static std::optional<DeploymentReading> settled(Entry& entry, DeploymentReading&& reading);

  Background& background_;
  net::Scheduler& scheduler_;
  const FileAccess& files_;
  Take take_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::uint64_t last_number_ = 0;
  std::vector<DeploymentReading> ready_;
  net::TimerId take_timer_ = 0;
  // What is under way ends in nothing once this is gone.
  std::shared_ptr<DeploymentReader*> self_;
};

}  // namespace idpwatch::watch
