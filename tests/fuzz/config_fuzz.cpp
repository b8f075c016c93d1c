// Any bytes as a configuration file: it loads or is refused with a message, within its bounds; and
// what loads can be shown and loaded again.
#include "base/assert.hpp"
#include "config/config_load.hpp"
#include "config/config_text.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace {

using idpwatch::config::ConfigWorld;

ConfigWorld world_of(std::map<std::string, std::string> files) {
  ConfigWorld world;
  world.environment = idpwatch::base::Environment({{"HOME", "/h"}, {"A", "1s"}, {"B", ""}});
  world.working_directory = "/c";
  world.profiles = {"aspnetcore-jwtbearer"};
  world.read =
      [files = std::move(files)](const std::string& path) -> idpwatch::base::Result<std::string> {
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    return idpwatch::base::fail(idpwatch::base::ErrorKind::kNotFound, path + " does not exist");
  };
  world.list = [](const std::string&) { return std::vector<std::string>(); };
  return world;
}

void load(const std::string& name, const std::string& bytes) {
  const auto config = idpwatch::config::load_config(name, world_of({{"/c/" + name, bytes}}));
  if (!config) {
    IDPWATCH_ASSERT(!config.error().empty());
    for (const auto& problem : config.error()) IDPWATCH_ASSERT(!problem.message.empty());
    return;
  }
  const std::string shown = idpwatch::config::config_to_yaml(*config);
  // Secrets and the paths of URLs are not shown, and so cannot come back.
  if (!config->admin_token.empty() || !config->alerts.receivers.empty()) return;
  for (const auto& deployment : config->deployments) {
    if (deployment.canary) return;
  }
  // A literal ${ of the first file would be a variable of the second.
  if (shown.find("${") != std::string::npos) return;
  const auto again =
      idpwatch::config::load_config("again.yaml", world_of({{"/c/again.yaml", shown}}));
  if (!again && shown.find("proxy: \"") != std::string::npos) return;  // redacted password
  IDPWATCH_ASSERT(again.has_value() || shown.find("_file: ") != std::string::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  load("idpwatch.yaml", bytes);
  load("idpwatch.json", bytes);
  return 0;
}
