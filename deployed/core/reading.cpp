#include "deployed/core/reading.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "deployed/core/format.hpp"
#include "deployed/dotnet/dotnet_artefacts.hpp"
#include "deployed/dotnet/dotnet_layers.hpp"
#include "deployed/dotnet/dotnet_sections.hpp"
#include "deployed/dotnet/dotnet_version.hpp"
#include "deployed/dotnet/versions.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::deployed {

namespace {

struct Sorted {
  std::vector<DeployedFile> settings;
  Environment environment;
  DotnetArtefacts artefacts;
  std::vector<Note> notes;
};

base::Error not_read(const DeployedFile& file, const Recognised& recognised) {
  constexpr const char* kKnown =
      "read are appsettings*.json and other JSON settings of ASP.NET Core, *.deps.json, "
      "*.runtimeconfig.json and environment files";
  if (recognised.format == Format::kNotYet) {
    return base::make_error(base::ErrorKind::kInput,
                            "this is " + recognised.what + ", which is not read yet", kKnown)
        .in(file.path);
  }
  return base::make_error(base::ErrorKind::kInput, "not a known kind of deployed configuration",
                          kKnown)
      .in(file.path);
}

base::Status sort_environment_file(Sorted& sorted, const DeployedFile& file) {
  auto read = read_environment_file(file.path, file.bytes);
  if (!read) return base::fail(read.error());
  sorted.environment.insert(sorted.environment.end(), read->variables.begin(),
                            read->variables.end());
  sorted.notes.insert(sorted.notes.end(), read->notes.begin(), read->notes.end());
  return base::Ok{};
}

base::Status sort_file(Sorted& sorted, const DeployedFile& file) {
  const Recognised recognised = recognise(file);
  switch (recognised.format) {
    case Format::kJsonSettings:
      sorted.settings.push_back(file);
      return base::Ok{};
    case Format::kDepsFile:
      return add_deps_file(sorted.artefacts, file.path, file.bytes);
    case Format::kRuntimeConfig:
      return add_runtime_config_file(sorted.artefacts, file.path, file.bytes);
    case Format::kEnvironmentFile:
      return sort_environment_file(sorted, file);
    case Format::kNotYet:
    case Format::kUnknown:
      break;
  }
  return base::fail(not_read(file, recognised));
}

// A service that does not start does so whatever its sections say.
void spread_start_fault(DeployedReading& reading, const std::optional<model::StartFault>& fault,
                        const std::string& profile) {
  if (!fault) return;
  if (reading.validators.empty()) {
    DeployedValidator nameless;
    nameless.settings.profile = profile.empty() ? "aspnetcore-jwtbearer" : profile;
    reading.validators.push_back(std::move(nameless));
  }
  for (DeployedValidator& validator : reading.validators) validator.settings.start_fault = fault;
}

// Made for a container, by its variables or by the name of a file or environment.
bool for_container(const Sorted& sorted, const std::string& environment_name) {
  const EnvironmentVariable* inside =
      find_variable(sorted.environment, "DOTNET_RUNNING_IN_CONTAINER");
  if (inside != nullptr && base::iequals(inside->value, "true")) return true;
  const auto says_so = [](std::string_view name) {
    const std::string lower = base::to_lower(name);
    return lower.find("docker") != std::string::npos ||
           lower.find("container") != std::string::npos ||
           lower.find("kubernetes") != std::string::npos || lower.find("k8s") != std::string::npos;
  };
  return says_so(environment_name) ||
         std::any_of(sorted.settings.begin(), sorted.settings.end(),
                     [&](const DeployedFile& file) { return says_so(base_name(file.path)); });
}

// In a container, localhost is the container itself.
void note_localhost(DeployedValidator& validator) {
  for (const model::TextSetting* address :
       {&validator.settings.authority, &validator.settings.metadata_url}) {
    const auto url = base::parse_url(address->value());
    if (!url) continue;
    if (url->host != "localhost" && url->host != "[::1]" && !url->host.starts_with("127.")) {
      continue;
    }
    validator.note(NoteKind::kTrap,
                   "the authority is on " + url->host +
                       ", and the file is made for a container, where that is the container "
                       "itself; name the provider by a host that the container can reach",
                   address->origin());
  }
}

// Nothing in the files, all in code, as far as we were told.
void add_declared_validator(DeployedReading& reading, const Declared& declared) {
  const bool declares = declares_authority(declared) || declared.settings.pinned_keys.has_value();
  if (!reading.validators.empty() || !declares) return;
  DeployedValidator validator;
  validator.settings.profile = declared.profile.empty() ? "aspnetcore-jwtbearer" : declared.profile;
  reading.validators.push_back(std::move(validator));
}

bool is_dotnet(const std::string& profile) {
  return profile.empty() || profile == "aspnetcore-jwtbearer" ||
         profile == "microsoft-identity-web" || profile == "openiddict-validation";
}

// A library whose settings stand in code: our own configuration tells all of them.
DeployedReading read_declared(const std::vector<DeployedFile>& files, const Declared& declared) {
  DeployedReading reading;
  reading.format = "declared";
  for (const DeployedFile& file : files) {
    reading.notes.push_back({NoteKind::kIgnored,
                             file.path + " is not read: no file holds settings of " +
                                 declared.profile + " that we know",
                             {}});
  }
  DeployedValidator validator;
  validator.settings = declared.settings;
  validator.settings.profile = declared.profile;
  validator.settings.version = declared.version;
  validator.settings.variant = declared.variant;
  finish_validator(validator);
  reading.validators.push_back(std::move(validator));
  return reading;
}

}  // namespace

base::Result<DeployedReading> read_deployed(const std::vector<DeployedFile>& files,
                                            const Environment& environment,
                                            const Declared& declared) {
  if (!is_dotnet(declared.profile)) return read_declared(files, declared);
  Sorted sorted;
  for (const DeployedFile& file : files) {
    if (base::Status done = sort_file(sorted, file); !done) return base::fail(done.error());
  }
  sorted.environment.insert(sorted.environment.end(), environment.begin(), environment.end());

  const std::string framework = framework_of(sorted.artefacts, declared);
  const LayerRules rules{major_of(framework), runtime_major_of(sorted.artefacts, declared),
                         declared.environment_name};
  auto layers = merge_layers(sorted.settings, sorted.environment, rules);
  if (!layers) return base::fail(layers.error());

  DeployedReading reading;
  reading.format = "aspnetcore";
  reading.environment_name = layers->environment_name;
  reading.notes = std::move(sorted.notes);
  reading.notes.insert(reading.notes.end(), layers->notes.begin(), layers->notes.end());
  const SectionContext context{layers->configuration, sorted.artefacts, declared, framework};
  read_sections(reading, context);
  add_declared_validator(reading, declared);
  spread_start_fault(reading, layers->start_fault, declared.profile);
  const bool container = for_container(sorted, reading.environment_name);
  for (DeployedValidator& validator : reading.validators) {
    lay_over(validator.settings, declared.settings);
    finish_validator(validator);
    decide_versions(validator, sorted.artefacts, declared);
    if (container) note_localhost(validator);
  }
  return reading;
}

}  // namespace idpwatch::deployed
