// Services in folders and manifests, with nothing that says how they are started.
#include "base/text.hpp"
#include "cli/gathering.hpp"
#include "deployed/dotnet/dotnet_layers.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace idpwatch::cli {

namespace {

using discover::Candidate;
using discover::ProgramKind;

constexpr int kUsualDepth = 4;
constexpr int kNamedDepth = 8;
constexpr std::size_t kManifestMax = std::size_t{1024} * 1024;

bool skipped(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kNames = {
      "node_modules", "obj", "wwwroot", "proc", "sys", "dev", "lost+found", "logs", "cache"};
  return name.starts_with('.') || std::find(kNames.begin(), kNames.end(), name) != kNames.end();
}

bool is_yaml(std::string_view name) { return name.ends_with(".yaml") || name.ends_with(".yml"); }

// "current" and "app" name nothing: the folder above does.
std::string name_for(const std::string& path) {
  static constexpr std::array<std::string_view, 10> kGeneric = {
      "app", "bin", "current", "dist", "html", "publish", "release", "server", "src", "www"};
  const std::string name = path.substr(path.rfind('/') + 1);
  const bool generic = std::find(kGeneric.begin(), kGeneric.end(), name) != kGeneric.end();
  const std::string above = discover::folder_of(path);
  return generic && above != "/" ? above.substr(above.rfind('/') + 1) : name;
}

bool has(const deployed::Environment& environment, std::string_view part) {
  return std::any_of(environment.begin(), environment.end(), [&](const auto& variable) {
    return variable.name.find(part) != std::string::npos;
  });
}

}  // namespace

void Gathering::usual_places() {
  units();
  processes();
  for (const char* place : {"/srv", "/opt", "/var/www"}) {
    if (!files_.is_folder(place)) continue;
    found_.looked_at.emplace_back(place);
    folder(place, kUsualDepth, false);
  }
  constexpr const char* kStatic = "/etc/kubernetes/manifests";
  if (!files_.is_folder(kStatic)) return;
  found_.looked_at.emplace_back(kStatic);
  folder(kStatic, 1, true);
}

base::Status Gathering::named(const std::string& path) {
  const std::string place = discover::absolute("/", path);
  if (!files_.exists(place)) {
    return base::fail(base::ErrorKind::kNotFound, "there is no " + base::printable(path),
                      "name a file or a folder that holds deployed services");
  }
  found_.looked_at.push_back(place);
  if (files_.is_folder(place)) {
    folder(place, kNamedDepth, true);
  } else if (is_yaml(place)) {
    manifest(place);
  } else if (place.ends_with(".service")) {
    unit(place.substr(place.rfind('/') + 1), {place});
  } else {
    folder(discover::folder_of(place), 0, false);
  }
  return base::Ok{};
}

// NOLINTNEXTLINE(misc-no-recursion): the depth is an argument.
void Gathering::folder(const std::string& path, int depth, bool manifests) {
  if (!visited_.insert(files_.identity(path)).second || files_.exhausted()) return;
  const auto entries = files_.list(path);
  if (!entries) return not_read(path, entries.error());
  look_in(path, *entries, manifests);
  if (depth == 0) return;
  const bool project = std::any_of(entries->begin(), entries->end(), [](const FolderEntry& entry) {
    return entry.name.ends_with("proj");  // .csproj: what lies in bin is a copy
  });
  for (const FolderEntry& entry : *entries) {
    if (!entry.folder || skipped(entry.name) || (project && entry.name == "bin")) continue;
    folder(discover::absolute(path, entry.name), depth - 1, manifests);
  }
}

void Gathering::look_in(const std::string& path, const std::vector<FolderEntry>& entries,
                        bool manifests) {
  const auto any = [&entries](const auto& fits) {
    return std::any_of(entries.begin(), entries.end(), fits);
  };
  if (manifests) {
    for (const FolderEntry& entry : entries) {
      if (!entry.folder && is_yaml(entry.name)) manifest(discover::absolute(path, entry.name));
    }
  }
  if (claimed_.contains(files_.identity(path))) return;
  Candidate candidate;
  candidate.name = name_for(path);
  candidate.where = "folder " + path;
  candidate.content_root = candidate.program_folder = path;
  if (any([](const FolderEntry& entry) { return deployed::is_appsettings(entry.name); })) {
    candidate.kind = ProgramKind::kDotnet;
    if (!fill_dotnet(candidate)) return;
    candidate.notes.emplace_back("no unit or process of it was found: its variables are unknown");
  } else if (any([](const FolderEntry& entry) { return entry.name == "package.json"; })) {
    candidate.kind = ProgramKind::kNode;
    fill_node(candidate, path + "/package.json");
    if (candidate.jose_version.empty()) return;
  } else {
    return;
  }
  claimed_.insert(files_.identity(path));
  add(std::move(candidate));
}

void Gathering::manifest(const std::string& path) {
  const auto bytes = files_.read(path, kManifestMax);
  if (!bytes) return not_read(path, bytes.error());
  // Helm's templates and other YAML are no manifests.
  const bool is =
      bytes->find("apiVersion:") != std::string::npos && bytes->find("kind:") != std::string::npos;
  if (is) manifests_.add(path, *bytes);
}

void Gathering::add_container(const discover::ManifestContainer& container) {
  Candidate candidate;
  candidate.name = container.name;
  candidate.where = container.workload + " (" + container.place + ")";
  candidate.on_this_host = false;
  candidate.environment = container.environment;
  candidate.files_win = false;
  for (const deployed::DeployedFile& file : container.files) {
    if (file.path.ends_with(".json")) candidate.settings.push_back(file);
  }
  for (const std::string& unknown : container.unknown) {
    candidate.notes.push_back("not in these manifests: " + unknown);
  }
  const discover::Program program = discover::program_of(container.command, "/");
  const bool apiserver =
      std::any_of(container.command.begin(), container.command.end(), [](const std::string& word) {
        return word.starts_with("--oidc-") || word.starts_with("--authentication-config");
      });
  if (apiserver) {
    candidate.notes.emplace_back(
        "kube-apiserver flags: recognised, and not judged by this version");
  } else if (program.kind == ProgramKind::kNode || has(candidate.environment, "NODE_ENV")) {
    candidate.kind = ProgramKind::kNode;
  } else if (candidate.settings.empty() && !has(candidate.environment, "__") &&
             !has(candidate.environment, "ASPNETCORE_") && !has(candidate.environment, "DOTNET_")) {
    return;
  }
  add(std::move(candidate));
}

}  // namespace idpwatch::cli
