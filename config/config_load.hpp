// Files -> Config, or everything that is wrong with them: all problems are collected, each with
// file, line, key and how to mend it. The files are hostile: size, depth and count are bounded,
// anchors and aliases refused, and nothing here throws.
//
// Reads files (the configuration, conf.d/*.yaml beside it, secrets) through FileReader, so that
// tests and the fuzzer need no disk. Errors of a file that cannot be read are problems too.
#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"
#include "config/config.hpp"

#include <tl/expected.hpp>

#include <functional>
#include <string>
#include <vector>

namespace idpwatch::config {

inline constexpr std::string_view kDefaultConfigPath = "/etc/idpwatch/idpwatch.yaml";

// What the meaning of a configuration depends on besides its bytes.
struct ConfigWorld {
  base::Environment environment;
  std::string host_name = "localhost";
  bool root = false;
  std::string working_directory = "/";
  std::vector<std::string> profiles;  // known validator profiles; empty: any is taken
  // Whole file; kNotFound or kUnreadable otherwise.
  std::function<base::Result<std::string>(const std::string& path)> read;
  // Names of regular files in a folder, sorted; none when there is no such folder.
  std::function<base::Result<std::vector<std::string>>(const std::string& folder)> list;

  // This process on this host.
  static ConfigWorld of_process(std::vector<std::string> profiles);
};

tl::expected<Config, ConfigProblems> load_config(const std::string& path, const ConfigWorld& world);

// Where the daemon listens, whatever else is wrong, or cannot be read, in the environment of this
// process: for a health check, which may have none. Errors: no file, none that can be parsed, or
// `listen` itself is wrong.
tl::expected<Listen, ConfigProblems> load_listen(const std::string& path, const ConfigWorld& world);

// A problem list as one Error (kConfig): for callers that show no list.
base::Error to_error(const ConfigProblems& problems);

// Without any file: the defaults, for commands that need a state directory alone.
Config default_config(const ConfigWorld& world);

}  // namespace idpwatch::config
