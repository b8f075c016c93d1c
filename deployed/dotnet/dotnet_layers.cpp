#include "deployed/dotnet/dotnet_layers.hpp"

#include "base/located_json.hpp"
#include "base/text.hpp"
#include "deployed/dotnet/dotnet_environment.hpp"
#include "deployed/dotnet/environment_choice.hpp"

#include <utility>

namespace idpwatch::deployed {

namespace {

model::StartFault start_fault(const std::string& path, int line, std::string key,
                              const std::string& why) {
  return {"Failed to load configuration from file '" + path + "'. " + why,
          {path, line, std::move(key)}};
}

model::StartFault start_fault(const std::string& path, const base::JsonFault& fault) {
  if (fault.kind == base::JsonFaultKind::kNoObject) {
    return start_fault(path, fault.line, "",
                       "Top-level JSON element must be an object: " + fault.message);
  }
  return start_fault(path, fault.line, "",
                     "Could not parse the JSON file. " + fault.error().message);
}

model::StartFault start_fault(const std::string& path, const base::LocatedDuplicate& duplicate) {
  const std::string first = std::to_string(duplicate.first_line);
  return start_fault(path, duplicate.second_line, duplicate.path,
                     "A duplicate key '" + base::printable(duplicate.path) + "' was found (lines " +
                         first + " and " + std::to_string(duplicate.second_line) + ")");
}

ConfigurationValue to_value(const base::LocatedValue& located, const std::string& path,
                            bool keeps_null) {
  ConfigurationValue value{located.path, located.value, false, {path, located.line, located.path}};
  const bool empty = located.kind == base::LocatedKind::kEmptyArray ||
                     located.kind == base::LocatedKind::kEmptyObject;
  // A JSON null is an empty text before .NET 10 and no value from then on.
  value.null = empty || (located.kind == base::LocatedKind::kNull && keeps_null);
  return value;
}

base::Status add_json_layer(DotnetLayers& layers, const DeployedFile& file, bool keeps_null) {
  const auto json = base::read_located_json(file.bytes);
  if (!json) {
    const base::JsonFaultKind kind = json.error().kind;
    if (kind == base::JsonFaultKind::kEncoding || kind == base::JsonFaultKind::kTooLarge) {
      return base::fail(json.error().error().in(file.path));
    }
    if (!layers.start_fault) layers.start_fault = start_fault(file.path, json.error());
    return base::Ok{};
  }
  for (const base::LocatedValue& value : json->values) {
    layers.configuration.set(to_value(value, file.path, keeps_null));
  }
  if (!json->duplicates.empty() && !layers.start_fault) {
    layers.start_fault = start_fault(file.path, json->duplicates.front());
  }
  return base::Ok{};
}

// In which turn a file is read; nullopt: it is not.
std::optional<int> turn_of(const DeployedFile& file, const std::string& environment_name) {
  if (!is_appsettings(file.path)) return 2;
  const std::string_view name = environment_of_file(file.path);
  if (name.empty()) return 0;
  return name == environment_name ? std::optional(1) : std::nullopt;
}

}  // namespace

bool is_appsettings(std::string_view path) {
  const std::string name = base::to_lower(base_name(path));
  return name.starts_with("appsettings.") && name.ends_with(".json");
}

base::Result<DotnetLayers> merge_layers(const std::vector<DeployedFile>& files,
                                        const Environment& environment, const LayerRules& rules) {
  DotnetLayers layers;
  EnvironmentChoice choice =
      choose_environment(files, environment, rules.host_major, rules.environment_name);
  layers.environment_name = std::move(choice.name);
  layers.notes = std::move(choice.notes);

  const bool aspnetcore_wins = rules.host_major > 0 && rules.host_major < 7;
  add_environment_layer(layers.configuration, environment,
                        aspnetcore_wins ? "DOTNET_" : "ASPNETCORE_");
  add_environment_layer(layers.configuration, environment,
                        aspnetcore_wins ? "ASPNETCORE_" : "DOTNET_");
  const bool keeps_null = rules.runtime_major == 0 || rules.runtime_major >= 10;
  for (int turn = 0; turn <= 2; ++turn) {
    for (const DeployedFile& file : files) {
      if (turn_of(file, layers.environment_name) != turn) continue;
      if (base::Status added = add_json_layer(layers, file, keeps_null); !added) {
        return base::fail(added.error());
      }
    }
  }
  add_environment_layer(layers.configuration, environment, "");
  return layers;
}

}  // namespace idpwatch::deployed
