#include "watch/deployed_files.hpp"

#include "base/digest.hpp"
#include "base/text.hpp"
#include "deployed/core/process_start.hpp"
#include "deployed/core/stacks.hpp"
#include "watch/route_reading.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <span>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace idpwatch::watch {

namespace {

constexpr std::size_t kFilesMax = 64;
constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;

struct Path {
  std::string path;
  bool named = true;  // written out by the user; false: matched a pattern or lies beside one
};

bool is_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// A service may be named by its environment file alone.
std::set<std::string> folders_of_environments(const config::DeploymentConfig& deployment) {
  std::set<std::string> folders;
  for (const std::string& file : deployment.files) {
    if (file.ends_with(".env") && !is_pattern(file)) folders.insert(folder_of(file));
  }
  return folders;
}

// What stands in our configuration, in its order, then the build's own files beside it: they name
// the very library that decides.
std::vector<Path> paths_of(const config::DeploymentConfig& deployment, const FileAccess& files) {
  std::vector<Path> paths;
  std::set<std::string> folders;
  for (const std::string& file : deployment.files) {
    if (is_pattern(file)) {
      for (std::string& match : files.expand(file)) {
        folders.insert(folder_of(match));
        paths.push_back({std::move(match), false});
      }
    } else {
      folders.insert(folder_of(file));
      paths.push_back({file, true});
    }
  }
  const auto add_beside = [&](const std::string& folder, std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      for (std::string& match : files.expand(folder + "/" + std::string(name))) {
        paths.push_back({std::move(match), false});
      }
    }
  };
  const std::set<std::string> of_environments = folders_of_environments(deployment);
  for (const deployed::Stack& stack : deployed::stacks()) {
    for (const std::string& folder : of_environments) {
      add_beside(folder, stack.beside_environment_files);
    }
    for (const std::string& folder : folders) add_beside(folder, stack.beside_files);
  }
  std::set<std::string> seen;
  std::erase_if(paths, [&seen](const Path& path) { return !seen.insert(path.path).second; });
  if (paths.size() > kFilesMax) paths.resize(kFilesMax);
  return paths;
}

// A process that runs, and since when.
struct Process {
  int pid = 0;
  std::uint64_t start_ticks = 0;
};

std::optional<Process> process_of_pid(int pid, const FileAccess& files) {
  const auto bytes = files.read("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!bytes) return std::nullopt;
  const auto stat = deployed::parse_proc_stat(*bytes);
  return stat ? std::optional(Process{pid, stat->start_ticks}) : std::nullopt;
}

// The control group of a unit lists its processes: no other program has to be asked. The oldest
// one is the service itself, however many workers it has.
std::optional<Process> process_of_unit(const std::string& unit, const FileAccess& files) {
  const auto bytes =
      files.read("/sys/fs/cgroup/system.slice/" + unit + "/cgroup.procs", std::size_t{64} * 1024);
  if (!bytes) return std::nullopt;
  std::optional<Process> oldest;
  for (const std::string_view line : base::split(*bytes, '\n')) {
    int pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    const auto found = pid > 0 ? process_of_pid(pid, files) : std::nullopt;
    if (found && (!oldest || found->start_ticks < oldest->start_ticks)) oldest = found;
  }
  return oldest;
}

std::optional<Process> process_of(const config::DeploymentConfig& deployment,
                                  const FileAccess& files) {
  if (deployment.unit) return process_of_unit(*deployment.unit, files);
  if (!deployment.pid_file) return std::nullopt;
  const auto bytes = files.read(*deployment.pid_file, 4096);
  if (!bytes) return std::nullopt;
  const auto pid = deployed::parse_pid_file(*bytes);
  return pid ? process_of_pid(*pid, files) : std::nullopt;
}

// What is known of its way beside the files that say what it is.
RouteReading route_of(const config::DeploymentConfig& deployment,
                      const std::optional<Process>& process, const FileAccess& files) {
  deployed::Environment named;
  if (deployment.environment_file) {
    const auto bytes = files.read(*deployment.environment_file, kBytesMax);
    auto read = bytes ? deployed::read_environment_file(*deployment.environment_file, *bytes)
                      : base::fail(bytes.error());
    if (read) named = std::move(read->variables);
  }
  return {deployment, process ? std::optional(process->pid) : std::nullopt, named, files};
}

// Environment files among its files say as much, where its process does not.
void add_route_variables(deployed::RouteFacts& route, const deployed::Environment& variables) {
  if (route.read == deployed::EnvironmentRead::kWhole || variables.empty()) return;
  route.variables = variables;
  route.read = deployed::EnvironmentRead::kPart;
}

std::string fingerprint(const config::DeploymentConfig& deployment, const FileAccess& files) {
  std::string text;
  for (const Path& path : paths_of(deployment, files)) {
    text += path.path + " " + files.stamp(path.path) + "\n";
  }
  if (deployment.environment_file) {
    text += *deployment.environment_file + " " + files.stamp(*deployment.environment_file);
  }
  return text;
}

std::string digest_of(const DeployedOnDisk& found) {
  std::string all;
  const auto add = [&all](std::string_view part) {
    all += std::to_string(part.size()) + ":";
    all += part;
  };
  for (const deployed::DeployedFile& file : found.files) {
    add(file.path);
    add(file.bytes);
  }
  for (const deployed::EnvironmentVariable& variable : found.environment) {
    add(variable.name);
    add(variable.value);
  }
  for (const base::Error& problem : found.problems) add(problem.text());
  return base::sha256(all);
}

}  // namespace

bool names_file(const config::DeploymentConfig& deployment, const std::string& path) {
  const auto is_it = [&path](const std::string& one) {
    std::error_code ignored;  // what does not exist is not it
    return std::filesystem::equivalent(one, path, ignored);
  };
  if (deployment.environment_file && is_it(*deployment.environment_file)) return true;
  return std::any_of(deployment.files.begin(), deployment.files.end(), [&](const std::string& one) {
    if (!is_pattern(one)) return is_it(one);
    const std::vector<std::string> matches = disk().expand(one);
    return std::any_of(matches.begin(), matches.end(), is_it);
  });
}

DeployedOnDisk read_from_disk(const config::DeploymentConfig& deployment, const FileAccess& files) {
  DeployedOnDisk found;
  for (Path& path : paths_of(deployment, files)) {
    auto bytes = files.read(path.path, kBytesMax);
    if (bytes) {
      found.files.push_back({std::move(path.path), std::move(*bytes), path.named});
    } else {
      found.problems.push_back(bytes.error());
    }
  }
  for (const std::string& file : deployment.files) {
    if (is_pattern(file) && files.expand(file).empty()) {
      found.problems.push_back(base::make_error(base::ErrorKind::kNotFound,
                                                "no file matches " + base::printable(file),
                                                "check the pattern"));
    }
  }
  if (deployment.environment_file) {
    const auto bytes = files.read(*deployment.environment_file, kBytesMax);
    if (!bytes) {
      found.problems.push_back(bytes.error());
      return found;
    }
    auto environment = deployed::read_environment_file(*deployment.environment_file, *bytes);
    if (environment) {
      found.environment = std::move(environment->variables);
    } else {
      found.problems.push_back(environment.error());
    }
  }
  return found;
}

DeploymentReading read_deployment_files(const config::DeploymentConfig& deployment,
                                        const std::string& last_fingerprint,
                                        const FileAccess& files) {
  DeploymentReading reading;
  reading.deployment = deployment.name;
  const std::optional<Process> process = process_of(deployment, files);
  if (process) reading.start_ticks = process->start_ticks;
  // Before the files are read: one that changes in between is read again, a few times at once, so
  // that a file which is being written is not taken for what it will be.
  constexpr int kAttempts = 4;
  DeployedOnDisk found;
  std::string now = fingerprint(deployment, files);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    // Its process may have been started anew, and its certificates replaced.
    auto route = route_of(deployment, process, files);
    reading.fingerprint = "read " + now + route.stamp();
    reading.unchanged = reading.fingerprint == last_fingerprint;
    if (reading.unchanged) return reading;
    reading.route = std::move(route).take();
    found = read_from_disk(deployment, files);
    std::string then = fingerprint(deployment, files);
    if (then == now) break;
    now = std::move(then);
  }
  reading.digest = digest_of(found);
  reading.problems = std::move(found.problems);
  auto content = deployed::read_deployed(found.files, found.environment, declared_of(deployment));
  if (content) {
    add_route_variables(reading.route, content->route);
    reading.content = std::move(*content);
  } else {
    reading.problems.push_back(content.error());
  }
  return reading;
}

base::Instant instant_of_ticks(std::uint64_t ticks, base::Instant wall, base::Duration boottime) {
  static const auto per_second = static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK));
  return deployed::started_at(ticks, per_second, wall, boottime);
}

deployed::Declared declared_of(const config::DeploymentConfig& deployment) {
  deployed::Declared declared;
  declared.profile = deployment.profile.value_or("");
  declared.version = deployment.version.value_or("");
  declared.framework = deployment.framework.value_or("");
  declared.variant = deployment.variant.value_or("");
  declared.settings = deployment.settings;
  return declared;
}

}  // namespace idpwatch::watch
