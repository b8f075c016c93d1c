#include "config/config_load.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "config/config_checks.hpp"
#include "config/table_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <utility>

namespace idpwatch::config {
namespace {

namespace fs = std::filesystem;

std::string absolute_path(const std::string& path, const ConfigWorld& world) {
  const fs::path given(path);
  return (given.is_absolute() ? given : fs::path(world.working_directory) / given)
      .lexically_normal()
      .string();
}

constexpr std::size_t kFilesMax = 1000;
constexpr std::size_t kBytesMax = std::size_t{32} * 1024 * 1024;  // of all files together

struct Files {
  std::vector<std::string> read;
  ConfigProblems problems, warnings;
};

// The file and, beside it, conf.d/*.yaml in the order of their names.
Files files_of(const std::string& path, const ConfigWorld& world) {
  Files files{{path}, {}, {}};
  const std::string folder = (fs::path(path).parent_path() / "conf.d").string();
  const auto names = world.list(folder);
  if (!names) {
    files.problems.push_back({folder, 0, {}, names.error().message, names.error().hint});
    return files;
  }
  for (const std::string& name : *names) {
    if (name.starts_with('.')) continue;
    const std::string file = (fs::path(folder) / name).string();
    if (name.ends_with(".yaml")) {
      files.read.push_back(file);
    } else if (name.ends_with(".yml") || name.ends_with(".json")) {
      files.warnings.push_back(
          {file, 0, {}, "is not read: its name does not end in .yaml", "rename it"});
    }
  }
  if (files.read.size() > kFilesMax + 1) {
    files.problems.push_back({folder,
                              0,
                              {},
                              fmt::format("{} files named *.yaml; at most {} are read",
                                          files.read.size() - 1, kFilesMax),
                              "put their entries into fewer files"});
    files.read.resize(1);
  }
  return files;
}

config::Node read_files(const std::vector<std::string>& files, const ConfigWorld& world,
                        ConfigProblems& problems) {
  config::Node root;
  root.kind = config::Node::Kind::kMap;
  root.place.file = std::make_shared<const std::string>(files.front());
  std::size_t read = 0;
  for (const std::string& file : files) {
    const auto bytes = world.read(file);
    if (!bytes) {
      problems.push_back({file, 0, {}, bytes.error().message, bytes.error().hint});
      continue;
    }
    read += bytes->size();
    if (read > kBytesMax) {
      problems.push_back({file,
                          0,
                          {},
                          fmt::format("the files of the configuration hold more than {} MiB "
                                      "together; this one is not read, nor what comes after it",
                                      kBytesMax >> 20),
                          "check that all of them are meant to be here"});
      break;
    }
    config::merge(root, file.ends_with(".json") ? config::parse_json(*bytes, file, problems)
                                                : config::parse_yaml(*bytes, file, problems));
  }
  return root;
}

// An hour is assumed where nothing is written, and nothing is concluded from it.
void note_told_lifetimes(Config& config, const config::Places& places) {
  for (std::size_t i = 0; i < config.deployments.size(); ++i) {
    const std::string key = "deployments[" + std::to_string(i) + "].tokens";
    auto& tokens = config.deployments[i].tokens;
    for (std::size_t j = 0; j < tokens.size(); ++j) {
      tokens[j].lifetime_told = places.contains(key + '[' + std::to_string(j) + "].lifetime") ||
                                (tokens.size() == 1 && places.contains(key + ".lifetime"));
    }
  }
}

// systemd's StateDirectory=, else the folder that the user's own kind of account has.
std::string default_state_dir(const ConfigWorld& world) {
  const base::Environment& environment = world.environment;
  if (const auto given = environment.get_nonempty("STATE_DIRECTORY")) {
    return given->substr(0, given->find(':'));
  }
  if (world.root) return "/var/lib/idpwatch";
  if (const auto state = environment.get_nonempty("XDG_STATE_HOME")) return *state + "/idpwatch";
  if (const auto home = environment.get_nonempty("HOME")) return *home + "/.local/state/idpwatch";
  return {};
}

void resolve_host(Config& config, const ConfigWorld& world) {
  if (config.state_dir.empty()) config.state_dir = default_state_dir(world);
  if (config.instance.empty()) config.instance = world.host_name;
  config.alerts.instance = config.instance;
}

// For messages: what is down at one server is told at once.
void add_servers(Config& config) {
  auto servers = std::make_shared<alerts::AuthorityServers>();
  for (const AuthorityConfig& authority : config.authorities) {
    const auto issuer = base::parse_url(authority.spec.issuer);
    if (issuer) servers->emplace(authority.spec.name, issuer->host_port());
  }
  config.alerts.servers = std::move(servers);
}

void add_origins(Config& config, const config::Places& places) {
  const auto origin = [&](std::string key) {
    const auto found = places.find(key);
    if (found == places.end() || !found->second.file) return model::Origin{};
    return model::Origin{*found->second.file, found->second.line, std::move(key)};
  };
  for (std::size_t i = 0; i < config.authorities.size(); ++i) {
    config.authorities[i].origin = origin(fmt::format("authorities[{}]", i));
  }
  for (std::size_t i = 0; i < config.deployments.size(); ++i) {
    config.deployments[i].origin = origin(fmt::format("deployments[{}]", i));
  }
}

// In the order in which a person reads the files.
void sort_problems(ConfigProblems& problems, const std::vector<std::string>& files) {
  std::map<std::string, std::size_t> order;
  for (const std::string& file : files) order.emplace(file, order.size());
  const auto rank = [&](const ConfigProblem& problem) {
    const auto found = order.find(problem.file);
    return std::pair(found == order.end() ? order.size() : found->second, problem.line);
  };
  std::stable_sort(problems.begin(), problems.end(),
                   [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
}

}  // namespace

std::string ConfigProblem::text() const {
  std::string out = file;
  if (line > 0) out += fmt::format(":{}", line);
  if (!out.empty()) out += ": ";
  if (!key.empty()) out += key + ": ";
  out += message;
  if (!hint.empty()) out += " (" + hint + ")";
  return out;
}

tl::expected<Config, ConfigProblems> load_config(const std::string& path,
                                                 const ConfigWorld& world) {
  const std::string main = absolute_path(path, world);
  Files files = files_of(main, world);
  ConfigProblems problems = std::move(files.problems);
  Config config;
  config.files = std::move(files.read);
  config::Node root = read_files(config.files, world, problems);
  config::expand_variables(root, world.environment, problems);
  config::LeafReader leaves(world, fs::path(main).parent_path().string(), problems);
  const config::Places places = config::read_tree(root, leaves, config, problems);
  config.secret_files = leaves.secret_files();
  note_told_lifetimes(config, places);
  ConfigProblems warnings = std::move(files.warnings);
  config::check_config(config, places, world, problems, warnings);
  resolve_host(config, world);
  if (config.state_dir.empty()) {
    config::add_problem(
        problems, root.place, "state_dir",
        "there is no default for state_dir: neither STATE_DIRECTORY nor HOME is set",
        "write state_dir: /var/lib/idpwatch");
  }
  if (!problems.empty()) {
    sort_problems(problems, config.files);
    return tl::unexpected(std::move(problems));
  }
  add_origins(config, places);
  add_servers(config);
  sort_problems(warnings, config.files);
  config.warnings = std::move(warnings);
  return config;
}

tl::expected<Listen, ConfigProblems> load_listen(const std::string& path,
                                                 const ConfigWorld& world) {
  const std::string main = absolute_path(path, world);
  const Files files = files_of(main, world);
  ConfigProblems problems;
  Config config;
  config::Node root = read_files(files.read, world, problems);
  if (problems.empty()) {
    config::expand_variables(root, world.environment, problems);
    config::LeafReader leaves(world, fs::path(main).parent_path().string(), problems);
    config::read_tree(root, leaves, config, problems);
    std::erase_if(problems, [](const ConfigProblem& each) {
      return !each.key.empty() && each.key != "listen";
    });
  }
  if (!problems.empty()) return tl::unexpected(std::move(problems));
  return config.listen;
}

base::Error to_error(const ConfigProblems& problems) {
  const ConfigProblem first = problems.empty() ? ConfigProblem{} : problems.front();
  std::string message = first.message;
  if (problems.size() > 1) message += fmt::format(", and {} more", problems.size() - 1);
  base::Error error = base::make_error(base::ErrorKind::kConfig, std::move(message), first.hint);
  if (!first.key.empty()) error = std::move(error).in(first.key);
  const std::string where =
      first.line > 0 ? fmt::format("{}:{}", first.file, first.line) : first.file;
  return where.empty() ? error : std::move(error).in(where);
}

Config default_config(const ConfigWorld& world) {
  Config config;
  resolve_host(config, world);
  return config;
}

}  // namespace idpwatch::config
