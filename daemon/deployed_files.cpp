#include "daemon/deployed_files.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "deployed/process_start.hpp"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <glob.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr std::size_t kFilesMax = 64;
constexpr std::size_t kBytesMax = std::size_t{4} * 1024 * 1024;

struct Path {
  std::string path;
  bool named = true;  // written out by the user; false: matched a pattern or lies beside one
};

bool is_pattern(const std::string& path) { return path.find_first_of("*?[") != std::string::npos; }

std::vector<std::string> expand(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
    for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
  }
  ::globfree(&found);
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

// What stands in our configuration, in its order, then the build's own files beside it: they name
// the very library that decides.
std::vector<Path> paths_of(const DeploymentConfig& deployment) {
  std::vector<Path> paths;
  std::set<std::string> folders;
  for (const std::string& file : deployment.files) {
    if (is_pattern(file)) {
      for (std::string& match : expand(file)) {
        folders.insert(folder_of(match));
        paths.push_back({std::move(match), false});
      }
    } else {
      folders.insert(folder_of(file));
      paths.push_back({file, true});
    }
  }
  for (const std::string& folder : folders) {
    for (const char* pattern : {"/*.deps.json", "/*.runtimeconfig.json"}) {
      for (std::string& match : expand(folder + pattern)) {
        paths.push_back({std::move(match), false});
      }
    }
  }
  std::set<std::string> seen;
  std::erase_if(paths, [&seen](const Path& path) { return !seen.insert(path.path).second; });
  if (paths.size() > kFilesMax) paths.resize(kFilesMax);
  return paths;
}

std::string stamp(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return path + " -\n";
  return path + " " + std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
         std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) +
         " " + std::to_string(status.st_ctim.tv_sec) + "." +  // a change of mode counts
         std::to_string(status.st_ctim.tv_nsec) + "\n";
}

std::optional<base::Instant> started_at_pid(int pid, const base::Clock& clock) {
  const auto bytes = base::read_file("/proc/" + std::to_string(pid) + "/stat", 4096);
  if (!bytes) return std::nullopt;
  const auto stat = deployed::parse_proc_stat(*bytes);
  if (!stat) return std::nullopt;
  return deployed::started_at(stat->start_ticks, static_cast<std::uint64_t>(::sysconf(_SC_CLK_TCK)),
                              clock.wall(), clock.boottime());
}

// The control group of a unit lists its processes: no other program has to be asked. The oldest
// one is the service itself, however many workers it has.
std::optional<base::Instant> started_at_unit(const std::string& unit, const base::Clock& clock) {
  const auto bytes = base::read_file("/sys/fs/cgroup/system.slice/" + unit + "/cgroup.procs",
                                     std::size_t{64} * 1024);
  if (!bytes) return std::nullopt;
  std::optional<base::Instant> oldest;
  for (const std::string_view line : base::split(*bytes, '\n')) {
    int pid = 0;
    std::from_chars(line.data(), line.data() + line.size(), pid);
    const auto started = pid > 0 ? started_at_pid(pid, clock) : std::nullopt;
    if (started && (!oldest || *started < *oldest)) oldest = started;
  }
  return oldest;
}

}  // namespace

std::string fingerprint(const DeploymentConfig& deployment) {
  std::string text;
  for (const Path& path : paths_of(deployment)) text += stamp(path.path);
  if (deployment.environment_file) text += stamp(*deployment.environment_file);
  return text;
}

bool names_file(const DeploymentConfig& deployment, const std::string& path) {
  const auto is_it = [&path](const std::string& one) {
    std::error_code ignored;  // what does not exist is not it
    return std::filesystem::equivalent(one, path, ignored);
  };
  if (deployment.environment_file && is_it(*deployment.environment_file)) return true;
  return std::any_of(deployment.files.begin(), deployment.files.end(), [&](const std::string& one) {
    if (!is_pattern(one)) return is_it(one);
    const std::vector<std::string> matches = expand(one);
    return std::any_of(matches.begin(), matches.end(), is_it);
  });
}

DeployedOnDisk read_from_disk(const DeploymentConfig& deployment) {
  DeployedOnDisk found;
  for (Path& path : paths_of(deployment)) {
    auto bytes = base::read_file(path.path, kBytesMax);
    if (bytes) {
      found.files.push_back({std::move(path.path), std::move(*bytes), path.named});
    } else {
      found.problems.push_back(bytes.error());
    }
  }
  for (const std::string& file : deployment.files) {
    if (is_pattern(file) && expand(file).empty()) {
      found.problems.push_back(base::make_error(base::ErrorKind::kNotFound,
                                                "no file matches " + base::printable(file),
                                                "check the pattern"));
    }
  }
  if (deployment.environment_file) {
    const auto bytes = base::read_file(*deployment.environment_file, kBytesMax);
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

std::optional<base::Instant> process_started_at(const DeploymentConfig& deployment,
                                                const base::Clock& clock) {
  if (deployment.started_at) return deployment.started_at;
  if (deployment.unit) return started_at_unit(*deployment.unit, clock);
  if (!deployment.pid_file) return std::nullopt;
  const auto bytes = base::read_file(*deployment.pid_file, 4096);
  if (!bytes) return std::nullopt;
  const auto pid = deployed::parse_pid_file(*bytes);
  return pid ? started_at_pid(*pid, clock) : std::nullopt;
}

deployed::Declared declared_of(const DeploymentConfig& deployment) {
  deployed::Declared declared;
  declared.profile = deployment.profile.value_or("");
  declared.version = deployment.version.value_or("");
  declared.framework = deployment.framework.value_or("");
  declared.variant = deployment.variant.value_or("");
  declared.settings = deployment.settings;
  return declared;
}

}  // namespace idpwatch::daemon
