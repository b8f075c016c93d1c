// An ASP.NET Core service: the layers that its environment reads, and what they say.
#include "base/text.hpp"
#include "base/url.hpp"
#include "deployed/core/reading.hpp"
#include "deployed/dotnet/dotnet_environment.hpp"
#include "deployed/dotnet/environment_choice.hpp"
#include "discover/found.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::discover {

namespace {

using deployed::DeployedFile;
using deployed::DeployedReading;
using deployed::Environment;

constexpr std::size_t kNotesMax = 4;

struct Variables {
  Environment all;         // as the process has them
  Environment from_files;  // what our configuration can name
};

Variables variables_of(const Candidate& candidate) {
  Variables out;
  for (const DeployedFile& file : candidate.environment_files) {
    auto read = deployed::read_environment_file(file.path, file.bytes);
    if (!read) continue;
    out.from_files.insert(out.from_files.end(), read->variables.begin(), read->variables.end());
  }
  const Environment& first = candidate.files_win ? candidate.environment : out.from_files;
  const Environment& second = candidate.files_win ? out.from_files : candidate.environment;
  out.all = first;
  out.all.insert(out.all.end(), second.begin(), second.end());
  return out;
}

// appsettings.json, then that of the environment: the others are not read by it.
std::vector<DeployedFile> layers_of(const Candidate& candidate, const Environment& environment) {
  const auto* told = deployed::environment_name_variable(environment, 0);
  const std::string name = told == nullptr ? "Production" : told->value;
  std::vector<DeployedFile> layers;
  for (const bool plain : {true, false}) {
    for (const DeployedFile& file : candidate.settings) {
      const std::string_view of = deployed::environment_of_file(file.path);
      if (plain ? of.empty() : of == name) layers.push_back(file);
    }
  }
  return layers;
}

std::string told(const model::TextSetting& setting) {
  const model::Origin& at = setting.origin();
  std::string text = base::redact_url(setting.value());
  if (!at.file.empty()) {
    text += " (" + at.file + (at.line > 0 ? ":" + std::to_string(at.line) : "") + ")";
  } else if (!at.key.empty()) {
    text += " (variable " + at.key + ")";
  }
  return text;
}

std::string line_of(const deployed::DeployedValidator& validator) {
  const model::ValidatorSettings& says = validator.settings;
  std::string line = validator.suffix.empty() ? "" : validator.suffix + ": ";
  line += says.profile + (says.version.empty() ? "" : " " + says.version);
  if (says.authority.has_value()) line += ", authority " + told(says.authority);
  if (says.metadata_url.has_value()) line += ", metadata " + told(says.metadata_url);
  const std::vector<std::string>& audiences = says.audiences.value();
  if (!audiences.empty()) line += ", audience " + base::join(audiences, ", ");
  return line;
}

template <class S>
bool differ(const S& a, const S& b) {
  return a.has_value() != b.has_value() || (a.has_value() && a.value() != b.value());
}

// What the variables bring that no file holds: our configuration says it in `settings:`.
std::vector<FoundSetting> settings_beyond(const model::ValidatorSettings& all,
                                          const model::ValidatorSettings& files) {
  std::vector<FoundSetting> out;
  const auto text = [&](const char* name, const model::TextSetting& a,
                        const model::TextSetting& b) {
    if (a.has_value() && differ(a, b)) out.push_back({name, {a.value()}, false});
  };
  const auto list = [&](const char* name, const model::ListSetting& a,
                        const model::ListSetting& b) {
    if (a.has_value() && differ(a, b)) out.push_back({name, a.value(), true});
  };
  text("authority", all.authority, files.authority);
  text("metadata_url", all.metadata_url, files.metadata_url);
  list("issuers", all.issuers, files.issuers);
  list("audiences", all.audiences, files.audiences);
  return out;
}

void take_variables(FoundService& found, const DeployedReading& all, const DeployedReading& files) {
  if (all.validators.size() != 1) {
    if (all.validators.size() != files.validators.size()) {
      found.notes.emplace_back(
          "some of its validators are configured by variables that are in no file: write those to "
          "a file and name it as environment_file");
    }
    return;
  }
  const model::ValidatorSettings nothing;
  const bool known = files.validators.size() == 1;
  found.settings = settings_beyond(all.validators.front().settings,
                                   known ? files.validators.front().settings : nothing);
  if (!found.settings.empty() && !known) found.profile = all.validators.front().settings.profile;
}

// What is on disk can be named; what a manifest holds cannot, and is told as settings instead.
void name_files(FoundService& found, const Candidate& candidate,
                const std::vector<DeployedFile>& layers) {
  if (!candidate.on_this_host) return;
  for (const DeployedFile& file : layers) found.files.push_back(file.path);
  if (candidate.program_folder != candidate.content_root) {
    for (const DeployedFile& file : candidate.artefacts) found.files.push_back(file.path);
  }
  for (const DeployedFile& file : candidate.environment_files) {
    if (found.environment_file.empty()) {
      found.environment_file = file.path;
    } else {
      found.files.push_back(file.path);
    }
  }
}

void take_notes(FoundService& found, const std::vector<deployed::Note>& notes, bool all) {
  for (const deployed::Note& note : notes) {
    if (found.notes.size() >= kNotesMax) return;
    if (all || note.kind == deployed::NoteKind::kTrap) found.notes.push_back(note.text);
  }
}

}  // namespace

FoundService dotnet_service(const Candidate& candidate) {
  FoundService found;
  const Variables variables = variables_of(candidate);
  found.route = route_of(variables.all, candidate.on_this_host);
  const std::vector<DeployedFile> layers = layers_of(candidate, variables.all);
  name_files(found, candidate, layers);
  std::vector<DeployedFile> files = layers;
  files.insert(files.end(), candidate.artefacts.begin(), candidate.artefacts.end());
  const auto all = deployed::read_deployed(files, variables.all, {});
  if (!all) {
    found.notes.push_back(all.error().message);
    return found;
  }
  for (const auto& validator : all->validators) found.reads.push_back(line_of(validator));
  for (const auto& validator : all->validators) {
    if (!validator.settings.start_fault) continue;
    found.notes.push_back("the service does not start: " + validator.settings.start_fault->message);
    break;
  }
  take_notes(found, all->notes, all->validators.empty());
  for (const auto& validator : all->validators) take_notes(found, validator.notes, false);
  found.entry = !all->validators.empty();
  if (!found.entry) {
    found.notes.emplace_back(
        "no settings of a token validator were found in its files or variables");
  }
  const auto on_disk = candidate.on_this_host
                           ? deployed::read_deployed(files, variables.from_files, {})
                           : base::Result<DeployedReading>(DeployedReading{});
  if (on_disk) take_variables(found, *all, *on_disk);
  return found;
}

}  // namespace idpwatch::discover
