#include "deployed/dotnet/dotnet_reading.hpp"

#include "base/located_json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "deployed/dotnet/dotnet_artefacts.hpp"
#include "deployed/dotnet/dotnet_layers.hpp"
#include "deployed/dotnet/dotnet_sections.hpp"
#include "deployed/dotnet/dotnet_version.hpp"
#include "deployed/dotnet/versions.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::size_t kLookedAt = 4096;

// Blank, or the first thing after comments opens a JSON value.
bool looks_like_json(std::string_view text) {
  text = base::trim(text);
  return text.empty() || text[0] == '{' || text[0] == '[' || text.starts_with("//") ||
         text.starts_with("/*");
}

struct Sorted {
  std::vector<DeployedFile> settings;
  DotnetArtefacts artefacts;
};

base::Result<Sorted> sort_files(const std::vector<DeployedFile>& files) {
  Sorted sorted;
  for (const DeployedFile& file : files) {
    base::Status done = base::Ok{};
    if (is_deps_file(file.path)) {
      done = add_deps_file(sorted.artefacts, file.path, file.bytes);
    } else if (is_runtime_config_file(file.path)) {
      done = add_runtime_config_file(sorted.artefacts, file.path, file.bytes);
    } else {
      sorted.settings.push_back(file);
    }
    if (!done) return base::fail(done.error());
  }
  return sorted;
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
bool for_container(const Sorted& sorted, const Environment& environment,
                   const std::string& environment_name) {
  const EnvironmentVariable* inside = find_variable(environment, "DOTNET_RUNNING_IN_CONTAINER");
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

}  // namespace

Claim claims_dotnet(const DeployedFile& file) {
  const std::string name = base::to_lower(base_name(file.path));
  if (is_deps_file(name) || is_runtime_config_file(name) || is_appsettings(file.path)) {
    return Claim::kByName;
  }
  const std::string start = base::decode_by_mark(std::string_view(file.bytes).substr(0, kLookedAt));
  return name.ends_with(".json") && looks_like_json(start) ? Claim::kByContent : Claim::kNone;
}

base::Result<DeployedReading> read_dotnet(const StackFiles& given) {
  const Declared& declared = given.declared;
  auto sorted_files = sort_files(given.files);
  if (!sorted_files) return base::fail(sorted_files.error());
  const Sorted& sorted = *sorted_files;

  const std::string framework = framework_of(sorted.artefacts, declared);
  const LayerRules rules{major_of(framework), runtime_major_of(sorted.artefacts, declared),
                         declared.environment_name};
  auto layers = merge_layers(sorted.settings, given.environment, rules);
  if (!layers) return base::fail(layers.error());

  DeployedReading reading;
  reading.format = "aspnetcore";
  reading.environment_name = layers->environment_name;
  reading.notes = layers->notes;
  const SectionContext context{layers->configuration, sorted.artefacts, declared, framework};
  read_sections(reading, context);
  add_declared_validator(reading, declared);
  spread_start_fault(reading, layers->start_fault, declared.profile);
  const bool container = for_container(sorted, given.environment, reading.environment_name);
  for (DeployedValidator& validator : reading.validators) {
    lay_over(validator.settings, declared.settings);
    finish_validator(validator);
    decide_versions(validator, sorted.artefacts, declared);
    if (container) note_localhost(validator);
  }
  return reading;
}

}  // namespace idpwatch::deployed
