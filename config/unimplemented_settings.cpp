#include "config/unimplemented_settings.hpp"

namespace idpwatch::config {

std::vector<std::string> unimplemented_settings(const Config& config) {
  std::vector<std::string> lines;
  const auto add = [&lines](const std::string& key) {
    lines.push_back(key + " is accepted, but has no effect in this version");
  };
  const Config defaults;
  if (config.clock.hunt != defaults.clock.hunt) add("clock.hunt");
  if (config.audit_key_file) add("audit.key_file");
  return lines;
}

}  // namespace idpwatch::config
