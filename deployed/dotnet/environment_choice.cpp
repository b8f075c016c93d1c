#include "deployed/dotnet/environment_choice.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/dotnet_environment.hpp"
#include "deployed/dotnet/dotnet_layers.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::string_view kDefault = "Production";

struct Layer {
  std::string_view environment;
  const DeployedFile* file;
};

std::vector<Layer> environment_layers(const std::vector<DeployedFile>& files) {
  std::vector<Layer> layers;
  for (const DeployedFile& file : files) {
    if (!is_appsettings(file.path)) continue;
    const std::string_view name = environment_of_file(file.path);
    if (!name.empty()) layers.push_back({name, &file});
  }
  return layers;
}

bool has(const std::vector<Layer>& layers, std::string_view name) {
  return std::any_of(layers.begin(), layers.end(),
                     [&](const Layer& layer) { return layer.environment == name; });
}

// The last layer whose file the user named; nullptr if all were found by pattern.
const Layer* last_named(const std::vector<Layer>& layers) {
  const Layer* found = nullptr;
  for (const Layer& layer : layers) {
    if (layer.file->named) found = &layer;
  }
  return found;
}

// No variable says it: .NET's default is Production, unless the user named another layer.
void choose_without_variable(EnvironmentChoice& choice, const std::vector<Layer>& layers) {
  choice.name = kDefault;
  const Layer* named = last_named(layers);
  if (has(layers, kDefault) || named == nullptr) return;
  choice.name = named->environment;
  choice.notes.push_back({NoteKind::kAssumed,
                          "the environment is taken to be " + choice.name +
                              ", because this file was named; no ASPNETCORE_ENVIRONMENT is known",
                          {named->file->path, 0, ""}});
}

void choose_by_variable(EnvironmentChoice& choice, const std::vector<Layer>& layers,
                        const EnvironmentVariable& variable) {
  choice.name = variable.value;
  const auto other_case = std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) {
    return layer.environment != variable.value && base::iequals(layer.environment, variable.value);
  });
  if (other_case != layers.end()) {
    choice.notes.push_back({NoteKind::kTrap,
                            variable.name + " is '" + base::printable(variable.value) +
                                "': where file names have case, this file is not read",
                            {other_case->file->path, 0, ""}});
    return;
  }
  const Layer* named = last_named(layers);
  if (has(layers, variable.value) || named == nullptr) return;
  choice.name = named->environment;
  choice.notes.push_back({NoteKind::kTrap,
                          variable.name + " is '" + base::printable(variable.value) +
                              "', but the file named is of " + choice.name +
                              "; the file is taken to be what is deployed",
                          variable.origin});
}

}  // namespace

std::string_view environment_of_file(std::string_view path) {
  constexpr std::string_view kBefore = "appsettings";
  constexpr std::string_view kAfter = ".json";
  const std::string_view name = base_name(path);
  std::string_view middle = name.substr(kBefore.size());
  middle.remove_suffix(kAfter.size());
  if (!middle.empty()) middle.remove_prefix(1);
  return middle;
}

EnvironmentChoice choose_environment(const std::vector<DeployedFile>& files,
                                     const Environment& environment, int host_major,
                                     std::string_view told) {
  EnvironmentChoice choice;
  const std::vector<Layer> layers = environment_layers(files);
  const EnvironmentVariable* variable = environment_name_variable(environment, host_major);
  if (!told.empty()) {
    choice.name = told;
  } else if (variable == nullptr) {
    choose_without_variable(choice, layers);
  } else {
    choose_by_variable(choice, layers, *variable);
  }
  for (const Layer& layer : layers) {
    if (layer.environment == choice.name) continue;
    choice.notes.push_back(
        {NoteKind::kIgnored,
         "the file is not read: the environment is " + base::printable(choice.name),
         {layer.file->path, 0, ""}});
  }
  return choice;
}

}  // namespace idpwatch::deployed
