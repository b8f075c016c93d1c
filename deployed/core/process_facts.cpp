#include "deployed/core/process_facts.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::deployed {

namespace {

constexpr std::size_t kWordsMax = 4'000;

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

}  // namespace

std::vector<std::string> zero_separated(std::string_view bytes) {
  std::vector<std::string> words;
  while (!bytes.empty() && words.size() < kWordsMax) {
    const std::size_t end = bytes.find('\0');
    words.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  }
  return words;
}

Environment process_environment(const std::string& path, std::string_view bytes) {
  Environment variables;
  for (const std::string& word : zero_separated(bytes)) {
    const std::size_t equals = word.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    const std::string name = word.substr(0, equals);
    variables.push_back({name, word.substr(equals + 1), {path, 0, name}});
  }
  return variables;
}

ProcessPlace process_place(std::string_view cgroup) {
  static constexpr std::array<std::string_view, 6> kContainers = {
      "docker", "kubepods", "containerd", "crio-", "libpod", "lxc"};
  ProcessPlace place;
  place.contained = std::any_of(kContainers.begin(), kContainers.end(), [&](std::string_view mark) {
    return cgroup.find(mark) != std::string_view::npos;
  });
  for (const std::string_view line : base::split(cgroup, '\n')) {
    const std::string_view name = name_of(base::trim(line));
    const bool system = line.find("/system.slice/") != std::string_view::npos;
    if (system && name.ends_with(".service")) place.unit = name;
  }
  return place;
}

}  // namespace idpwatch::deployed
