// Which environment ("Production") an ASP.NET Core application runs in, hence which
// appsettings.{Environment}.json it reads: told, or by its variables, or by the files that were
// named. Pure.
#pragma once

#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"
#include "deployed/core/note.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

struct EnvironmentChoice {
  std::string name;
  std::vector<Note> notes;  // also one per appsettings file that is therefore not read
};

// "Staging" of appsettings.Staging.json; empty for appsettings.json.
[[nodiscard]] std::string_view environment_of_file(std::string_view path);

[[nodiscard]] EnvironmentChoice choose_environment(const std::vector<DeployedFile>& files,
                                                   const Environment& environment, int host_major,
                                                   std::string_view told);

}  // namespace idpwatch::deployed
