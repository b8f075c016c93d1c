// What was found of a deployed service, and what is made of it: an entry of our configuration.
#pragma once

#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"
#include "discover/program.hpp"
#include "discover/route.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::discover {

// As it was gathered: bytes and names, no meaning yet.
struct Candidate {
  std::string name;   // proposed
  std::string where;  // "unit orders.service", "process 4711", "folder /srv/orders"
  ProgramKind kind = ProgramKind::kOther;
  bool on_this_host = true;  // a process or unit; false: a container elsewhere
  std::string content_root;  // .NET reads appsettings from here
  std::string program_folder;
  std::vector<deployed::DeployedFile> settings;   // every appsettings*.json of the content root
  std::vector<deployed::DeployedFile> artefacts;  // *.deps.json, *.runtimeconfig.json
  std::vector<deployed::DeployedFile> environment_files;
  deployed::Environment environment;  // written in the unit or manifest, or that of the process
  bool files_win = true;              // over `environment`, as EnvironmentFile= over Environment=
  std::string unit;
  std::string jose_version;  // that is installed; empty: jose is not
  std::vector<std::string> notes;
};

// Of the `settings:` of an entry.
struct FoundSetting {
  std::string name;
  std::vector<std::string> values;
  bool list = false;
};

struct FoundService {
  std::string name, where;
  std::vector<std::string> files;
  std::string environment_file, unit, profile, version;
  std::vector<FoundSetting> settings;
  Route route;
  std::vector<std::string>
      reads;  // a line each: authority, audience, validator, and where it stands
  std::vector<std::string> notes;
  bool entry = true;  // false: nothing to judge, or not yet; shown as a comment
};

struct NotRead {
  std::string path, why, remedy;
};

struct Discovery {
  std::vector<FoundService> services;
  std::vector<NotRead> not_read;
  std::vector<std::string> looked_at;
};

// Pure.
[[nodiscard]] FoundService service_of(const Candidate& candidate);
[[nodiscard]] FoundService dotnet_service(const Candidate& candidate);
[[nodiscard]] FoundService node_service(const Candidate& candidate);
// Of a package.json; empty: it tells none.
[[nodiscard]] std::string package_version(std::string_view bytes);
// Every name once: "orders", "orders-2".
void make_names_unique(std::vector<FoundService>& services);

}  // namespace idpwatch::discover
