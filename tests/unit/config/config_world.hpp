// A configuration's world in memory: files by path, an environment, no disk.
#pragma once

#include "config/config_load.hpp"

#include <map>
#include <string>
#include <vector>

namespace idpwatch::config {

struct MemoryWorld {
  std::map<std::string, std::string> files;
  base::Environment::Values environment{{"HOME", "/home/u"}};

  [[nodiscard]] ConfigWorld world() const {
    ConfigWorld made;
    made.environment = base::Environment(environment);
    made.host_name = "vm-17";
    made.working_directory = "/etc/idpwatch";
    made.profiles = {"aspnetcore-jwtbearer", "microsoft-identity-web", "openiddict-validation"};
    made.read = [files = files](const std::string& path) -> base::Result<std::string> {
      const auto found = files.find(path);
      if (found != files.end()) return found->second;
      return base::fail(base::ErrorKind::kNotFound, path + " does not exist",
                        "check the name, or create the file");
    };
    made.list = [files = files](const std::string& folder) {
      std::vector<std::string> names;
      for (const auto& [path, bytes] : files) {
        if (path.starts_with(folder + "/")) names.push_back(path.substr(folder.size() + 1));
      }
      return names;
    };
    return made;
  }
};

inline tl::expected<Config, ConfigProblems> load_yaml(const std::string& text) {
  const MemoryWorld memory{{{"/etc/idpwatch/idpwatch.yaml", text}}};
  return load_config("idpwatch.yaml", memory.world());
}

}  // namespace idpwatch::config
