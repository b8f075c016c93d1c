#include "deployed/dotnet/dotnet_environment.hpp"

#include "base/text.hpp"

#include <string>
#include <utility>

namespace idpwatch::deployed {

namespace {

std::string to_key(std::string_view name) {
  std::string key;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i, 2) == "__") {
      key += ':';
      ++i;
    } else {
      key += name[i];
    }
  }
  return key;
}

}  // namespace

void add_environment_layer(Configuration& configuration, const Environment& environment,
                           std::string_view prefix) {
  for (const EnvironmentVariable& variable : environment) {
    const std::string key = to_key(variable.name);
    if (key.size() <= prefix.size() || !base::iequals(key.substr(0, prefix.size()), prefix)) {
      continue;
    }
    model::Origin origin = variable.origin;
    origin.key = variable.name;
    configuration.set({key.substr(prefix.size()), variable.value, false, std::move(origin)});
  }
}

const EnvironmentVariable* environment_name_variable(const Environment& environment,
                                                     int host_major) {
  const EnvironmentVariable* dotnet = find_variable(environment, "DOTNET_ENVIRONMENT");
  const EnvironmentVariable* aspnetcore = find_variable(environment, "ASPNETCORE_ENVIRONMENT");
  const bool aspnetcore_first = host_major > 0 && host_major < 7;
  if (aspnetcore_first) return aspnetcore != nullptr ? aspnetcore : dotnet;
  return dotnet != nullptr ? dotnet : aspnetcore;
}

}  // namespace idpwatch::deployed
