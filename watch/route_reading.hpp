// What the process and the files of a deployment say of its way to the provider: its environment,
// the certificates that it trusts, its resolver. Reads files and /proc: not on the loop.
//
// Bounded: 16 sources of certificates, 1024 files and 4 MiB in all. Equal files are kept once,
// however many deployments trust them. Safe from every thread.
#pragma once

#include "config/config.hpp"
#include "deployed/core/route_facts.hpp"
#include "watch/file_access.hpp"

#include <optional>
#include <string>

namespace idpwatch::watch {

class RouteReading {
 public:
  // `pid`: of its process; nullopt: not known, or not running. `named`: the variables of the files
  // that it is started with.
  RouteReading(const config::DeploymentConfig& deployment, std::optional<int> pid,
               const deployed::Environment& named, const FileAccess& files);

  // A text that differs when something of it has changed.
  [[nodiscard]] std::string stamp() const;
  // The certificates, too.
  [[nodiscard]] deployed::RouteFacts take() &&;

 private:
  void find_root(int pid);
  void read_process(int pid);
  void find_sources();
  void add_source(std::string variable, const std::string& path, bool directory,
                  const model::Origin& origin);
  void add_variable(const char* name, bool list);
  void read_source(deployed::StoreSource& source) const;
  [[nodiscard]] std::string here(const std::string& path) const;

  const FileAccess& files_;
  std::string root_;  // its root directory as seen from here; empty: that of this host
  deployed::RouteFacts facts_;
};

}  // namespace idpwatch::watch
