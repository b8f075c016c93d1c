// What .NET leaves beside a published application: App.deps.json names every package and its
// version, App.runtimeconfig.json the framework and the AppContext switches.
//
// Pure: bytes in, values out, each with its line. Bounded as base/located_json.hpp is, with more
// room (a deps.json of a large application has a megabyte).
#pragma once

#include "base/result.hpp"
#include "model/validator_settings.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

struct Package {
  std::string name;
  std::string version;
  model::Origin origin;
};

struct Switch {
  std::string name;
  bool on = false;
  model::Origin origin;
};

struct DotnetArtefacts {
  std::vector<Package> packages;
  std::vector<Switch> switches;
  // "8.0" from the target, or "8.0.11" as far as the files tell; a framework-dependent application
  // runs on any later patch of it.
  std::string framework;
  model::Origin framework_origin;

  [[nodiscard]] const Package* package(std::string_view name) const;
  [[nodiscard]] const Switch* find_switch(std::string_view name) const;
};

[[nodiscard]] bool is_deps_file(std::string_view path);
[[nodiscard]] bool is_runtime_config_file(std::string_view path);

// Both add to what is known; errors name file and line.
[[nodiscard]] base::Status add_deps_file(DotnetArtefacts& artefacts, std::string_view path,
                                         std::string_view bytes);
[[nodiscard]] base::Status add_runtime_config_file(DotnetArtefacts& artefacts,
                                                   std::string_view path, std::string_view bytes);

}  // namespace idpwatch::deployed
