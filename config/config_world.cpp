// The real disk and host behind ConfigWorld.
#include "base/file.hpp"
#include "config/config_load.hpp"

#include <array>
#include <cstddef>
#include <filesystem>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::config {
namespace {

constexpr std::size_t kEntriesMax = 10'000;  // of a folder

std::string name_of_host() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0 || name.front() == '\0') return "localhost";
  return name.data();
}

}  // namespace

ConfigWorld ConfigWorld::of_process(std::vector<std::string> profiles) {
  ConfigWorld world;
  world.environment = base::Environment::of_process();
  world.host_name = name_of_host();
  world.root = geteuid() == 0;
  std::error_code error;
  world.working_directory = std::filesystem::current_path(error).string();
  if (error) world.working_directory = "/";
  world.profiles = std::move(profiles);
  world.read = [](const std::string& path) { return base::read_file(path); };
  world.list = [](const std::string& folder) { return base::list_folder(folder, kEntriesMax); };
  return world;
}

}  // namespace idpwatch::config
