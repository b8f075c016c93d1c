// Services that systemd starts, and processes that run.
#include "base/text.hpp"
#include "cli/gathering.hpp"
#include "deployed/core/process_facts.hpp"
#include "discover/unit_file.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace idpwatch::cli {

namespace {

using discover::Candidate;
using discover::ProgramKind;

constexpr std::size_t kUnitMax = std::size_t{256} * 1024;
constexpr std::size_t kEnvironmentMax = std::size_t{1024} * 1024;

// The first that has a unit wins; drop-ins of all of them count (systemd.unit(5)).
constexpr std::array<const char*, 5> kUnitFolders = {
    "/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system", "/lib/systemd/system"};

constexpr std::string_view kSuffix = ".service";

std::string stem(const std::string& unit) { return unit.substr(0, unit.size() - kSuffix.size()); }

bool is_number(const std::string& text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

void Gathering::units() {
  std::map<std::string, std::string> units;                            // name -> path
  std::map<std::string, std::map<std::string, std::string>> drop_ins;  // name -> file -> path
  std::set<std::string> seen;
  for (const char* folder : kUnitFolders) {
    if (!seen.insert(files_.identity(folder)).second) continue;
    const auto entries = files_.list(folder);
    if (!entries) continue;
    for (const FolderEntry& entry : *entries) {
      const std::string path = std::string(folder) + "/" + entry.name;
      if (entry.folder && entry.name.ends_with(".service.d")) {
        const auto parts = files_.list(path);
        if (!parts) continue;
        for (const FolderEntry& part : *parts) {
          if (!part.name.ends_with(".conf")) continue;
          drop_ins[entry.name.substr(0, entry.name.size() - 2)].try_emplace(part.name,
                                                                            path + "/" + part.name);
        }
      } else if (!entry.folder && entry.name.ends_with(kSuffix)) {
        const bool masked = files_.link(path) == "/dev/null";
        units.try_emplace(entry.name, masked ? std::string() : path);
      }
    }
  }
  found_.looked_at.push_back(std::to_string(units.size()) + " units of systemd");
  for (const auto& [name, path] : units) {
    if (path.empty()) continue;
    std::vector<std::string> paths{path};
    for (const auto& [file, part] : drop_ins[name]) paths.push_back(part);
    unit(name, paths);
  }
}

void Gathering::unit(const std::string& name, const std::vector<std::string>& paths) {
  discover::UnitService service;
  for (const std::string& path : paths) {
    const auto bytes = files_.read(path, kUnitMax);
    if (bytes) {
      discover::add_unit_file(service, path, *bytes);
    } else if (bytes.error().kind != base::ErrorKind::kNotFound) {
      not_read(path, bytes.error());
    }
  }
  const std::string folder = service.working_directory.starts_with('/')
                                 ? discover::absolute("/", service.working_directory)
                                 : std::string("/");
  const discover::Program program = discover::program_of(service.command, folder);
  const bool dotnet =
      is_dotnet(program) || (folder != "/" && files_.exists(folder + "/appsettings.json"));
  if (!dotnet && program.kind != ProgramKind::kNode) return;
  Candidate candidate;
  candidate.name = stem(name);
  candidate.where = "unit " + name + " (" + paths.front() + ")";
  candidate.unit = name;
  candidate.kind = dotnet ? ProgramKind::kDotnet : ProgramKind::kNode;
  candidate.content_root = folder;
  candidate.program_folder = program.path.empty() ? folder : discover::folder_of(program.path);
  candidate.environment = service.environment;
  std::vector<std::pair<std::string, bool>> environment_files;
  environment_files.reserve(service.environment_files.size());
  for (const auto& file : service.environment_files) {
    environment_files.emplace_back(file.path, file.optional);
  }
  read_unit_environment(candidate, environment_files);
  unit_names_.insert(name);
  if (dotnet) {
    fill_dotnet(candidate);
    claimed_.insert(files_.identity(candidate.program_folder));
  } else {
    fill_node(candidate, program.path);
  }
  claimed_.insert(files_.identity(candidate.content_root));
  add(std::move(candidate));
}

// One that cannot be read stays named: what the service does without it is not what it will do.
void Gathering::read_unit_environment(Candidate& candidate,
                                      const std::vector<std::pair<std::string, bool>>& files) {
  for (const auto& [path, optional] : files) {
    if (!path.starts_with('/') || (optional && !files_.exists(path))) continue;
    auto bytes = take(path, kEnvironmentMax);
    candidate.environment_files.push_back({path, bytes ? std::move(*bytes) : std::string(), true});
  }
}

void Gathering::processes() {
  const auto entries = files_.list("/proc");
  if (!entries) return;
  std::size_t seen = 0;
  for (const FolderEntry& entry : *entries) {
    if (!entry.folder || !is_number(entry.name)) continue;
    ++seen;
    process(entry.name);
  }
  found_.looked_at.push_back(std::to_string(seen) + " processes");
}

void Gathering::process(const std::string& pid) {
  const std::string folder = "/proc/" + pid;
  const auto line = files_.read_proc(folder + "/cmdline");
  if (!line || line->empty()) return;  // gone, or of the kernel
  const std::vector<std::string> command = deployed::zero_separated(*line);
  const auto cwd = files_.link(folder + "/cwd");
  const discover::Program program = discover::program_of(command, cwd.value_or("/"));
  const bool dotnet = is_dotnet(program);
  if (!dotnet && program.kind != ProgramKind::kNode) return;
  const auto place = deployed::process_place(files_.read_proc(folder + "/cgroup").value_or(""));
  if (unit_names_.contains(place.unit)) return;
  // Arguments may be secrets: the program alone.
  const std::string what = "process " + pid + " (" + base::printable(program.path, 200) + ")";
  if (place.contained) {
    return not_read(what,
                    base::make_error(base::ErrorKind::kUnreadable,
                                     "it runs in a container, whose files lie elsewhere",
                                     "run discover in the container, or name its manifests or "
                                     "what is mounted into it: idpwatch discover PATH"));
  }
  const auto variables = files_.read_proc(folder + "/environ");
  if (!cwd || !variables) {
    return not_read(what, base::make_error(base::ErrorKind::kUnreadable,
                                           "its folder or variables are for its own user and root",
                                           "run discover as root"));
  }
  if (claimed_.contains(files_.identity(*cwd))) return;
  Candidate candidate;
  candidate.name = discover::absolute("/", *cwd).substr(cwd->rfind('/') + 1);
  candidate.where = what;
  candidate.unit = place.unit;
  candidate.kind = dotnet ? ProgramKind::kDotnet : ProgramKind::kNode;
  candidate.content_root = *cwd;
  candidate.program_folder = program.path.empty() ? *cwd : discover::folder_of(program.path);
  candidate.environment = deployed::process_environment(folder + "/environ", *variables);
  candidate.files_win = false;
  if (dotnet) {
    fill_dotnet(candidate);
  } else {
    fill_node(candidate, program.path);
    // The tools that build and watch are Node.js programs as well.
    if (candidate.jose_version.empty()) return;
  }
  claimed_.insert(files_.identity(*cwd));
  add(std::move(candidate));
}

}  // namespace idpwatch::cli
