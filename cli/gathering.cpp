// What all ways of finding a service share: reading its files, and saying what could not be read.
#include "cli/gathering.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/dotnet_artefacts.hpp"
#include "deployed/dotnet/dotnet_layers.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::cli {

namespace {

using discover::Candidate;

constexpr std::size_t kSettingsMax = std::size_t{1024} * 1024;
constexpr std::size_t kArtefactMax = std::size_t{8} * 1024 * 1024;
constexpr std::size_t kNotesMax = 200;
constexpr int kParentsMax = 6;

}  // namespace

void Gathering::not_read(const std::string& path, const base::Error& error) {
  if (found_.not_read.size() >= kNotesMax || !noted_.insert(path).second) return;
  std::string why = error.message;
  if (why.starts_with(path + ": ")) why.erase(0, path.size() + 2);
  found_.not_read.push_back({path, std::move(why), error.hint});
}

std::optional<std::string> Gathering::take(const std::string& path, std::size_t bytes_max) {
  auto bytes = files_.read(path, bytes_max);
  if (!bytes) {
    not_read(path, bytes.error());
    return std::nullopt;
  }
  if (const auto barred = files_.barred_to_others(path)) {
    const std::string pass =
        barred->folder ? "setfacl -m u:_idpwatch:x " + barred->path + " && " : std::string();
    not_read(path, base::make_error(base::ErrorKind::kUnreadable,
                                    "read here, but perhaps not readable to the service: " +
                                        barred->path + " has mode " + barred->mode,
                                    pass + "setfacl -m u:_idpwatch:r " + path +
                                        ", or a drop-in of docs/systemd.md"));
  }
  return std::move(*bytes);
}

bool Gathering::is_dotnet(const discover::Program& program) const {
  if (program.kind == discover::ProgramKind::kDotnet) return true;
  return program.kind == discover::ProgramKind::kOther && !program.path.empty() &&
         files_.exists(program.path + ".deps.json");
}

bool Gathering::fill_dotnet(Candidate& candidate) {
  const auto settings_in = [&](const std::string& folder) {
    const auto entries = files_.list(folder);
    if (!entries) {
      if (entries.error().kind != base::ErrorKind::kNotFound) not_read(folder, entries.error());
      return;
    }
    for (const FolderEntry& entry : *entries) {
      if (entry.folder || !deployed::is_appsettings(entry.name)) continue;
      const std::string path = discover::absolute(folder, entry.name);
      if (auto bytes = take(path, kSettingsMax)) {
        candidate.settings.push_back({path, std::move(*bytes), true});
      }
    }
  };
  settings_in(candidate.content_root);
  if (candidate.settings.empty() && candidate.program_folder != candidate.content_root) {
    settings_in(candidate.program_folder);
    if (!candidate.settings.empty()) {
      candidate.notes.push_back(
          "it runs in " + candidate.content_root +
          ", where there is no appsettings.json: unless its code sets the content "
          "root, those of " +
          candidate.program_folder + " are not read (WorkingDirectory=)");
    }
  }
  const auto entries = files_.list(candidate.program_folder);
  if (!entries) return !candidate.settings.empty();
  for (const FolderEntry& entry : *entries) {
    if (!deployed::is_deps_file(entry.name) && !deployed::is_runtime_config_file(entry.name)) {
      continue;
    }
    const std::string path = discover::absolute(candidate.program_folder, entry.name);
    if (auto bytes = take(path, kArtefactMax)) {
      candidate.artefacts.push_back({path, std::move(*bytes), false});
    }
  }
  return !candidate.settings.empty();
}

// The package that is installed nearest above the script, as node resolves it.
void Gathering::fill_node(Candidate& candidate, const std::string& script) {
  std::string folder = script.empty() ? candidate.content_root : discover::folder_of(script);
  for (int i = 0; i < kParentsMax; ++i) {
    const std::string package = discover::absolute(folder, "node_modules/jose/package.json");
    if (files_.exists(package)) {
      const auto bytes = files_.read(package, kSettingsMax);
      if (bytes) candidate.jose_version = discover::package_version(*bytes);
    }
    const std::string variables = discover::absolute(folder, ".env");
    if (candidate.environment_files.empty() && files_.exists(variables)) {
      if (auto bytes = take(variables, kSettingsMax)) {
        candidate.environment_files.push_back({variables, std::move(*bytes), true});
      }
    }
    if (!candidate.jose_version.empty() || folder == "/") return;
    folder = discover::folder_of(folder);
  }
}

void Gathering::add(Candidate candidate) {
  if (candidates_.size() >= kServicesMax) return;
  candidates_.push_back(std::move(candidate));
}

discover::Discovery Gathering::finish() && {
  for (const discover::ManifestContainer& container : manifests_.containers()) {
    add_container(container);
  }
  for (const discover::ManifestProblem& problem : manifests_.problems()) {
    not_read(problem.path, base::make_error(base::ErrorKind::kInput, problem.why));
  }
  for (const Candidate& candidate : candidates_) {
    found_.services.push_back(discover::service_of(candidate));
  }
  discover::make_names_unique(found_.services);
  if (files_.exhausted() || candidates_.size() >= kServicesMax) {
    found_.not_read.push_back({"the rest", "enough was looked at: the search ended early",
                               "name the folders that matter: idpwatch discover /srv/orders"});
  }
  return std::move(found_);
}

}  // namespace idpwatch::cli
