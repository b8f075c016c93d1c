#include "discover/program.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::discover {

namespace {

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_node(std::string_view name) { return name == "node" || name == "nodejs"; }

// Options of node that take their value as the next word.
bool takes_value(std::string_view option) {
  static constexpr std::array<std::string_view, 7> kOptions = {
      "-r", "--require", "--import", "--loader", "--experimental-loader", "--env-file", "-C"};
  return std::find(kOptions.begin(), kOptions.end(), option) != kOptions.end();
}

// The first word that is no option.
std::string script_of(const std::vector<std::string>& command) {
  for (std::size_t i = 1; i < command.size(); ++i) {
    if (takes_value(command[i])) {
      ++i;
    } else if (!command[i].starts_with('-')) {
      return command[i];
    }
  }
  return {};
}

std::string dll_of(const std::vector<std::string>& command) {
  const auto found = std::find_if(command.begin() + 1, command.end(),
                                  [](const std::string& word) { return word.ends_with(".dll"); });
  return found == command.end() ? std::string() : *found;
}

}  // namespace

std::string absolute(const std::string& folder, std::string_view path) {
  const std::string whole =
      path.starts_with('/') ? std::string(path) : folder + "/" + std::string(path);
  std::vector<std::string> parts;
  for (const std::string_view part : base::split(whole, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.emplace_back(part);
    } else if (!parts.empty()) {
      parts.pop_back();
    }
  }
  return "/" + base::join(parts, "/");
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

// NOLINTNEXTLINE(misc-no-recursion): once, for what `env` starts.
Program program_of(const std::vector<std::string>& command, const std::string& working_directory) {
  if (command.empty() || command.front().empty()) return {};
  const std::string folder = working_directory.empty() ? "/" : working_directory;
  const std::string_view name = name_of(command.front());
  if (name == "dotnet") {
    const std::string dll = dll_of(command);
    if (!dll.empty()) return {ProgramKind::kDotnet, absolute(folder, dll)};
  }
  if (is_node(name)) {
    const std::string script = script_of(command);
    return {ProgramKind::kNode, script.empty() ? std::string() : absolute(folder, script)};
  }
  // "/usr/bin/env node server.js"
  if (name == "env" && command.size() > 1 && is_node(name_of(command[1]))) {
    return program_of({command.begin() + 1, command.end()}, working_directory);
  }
  return {ProgramKind::kOther, absolute(folder, command.front())};
}

}  // namespace idpwatch::discover
