#include "config/restart_required.hpp"

namespace idpwatch::config {

std::vector<std::string> restart_required(const Config& started_with, const Config& next) {
  std::vector<std::string> lines;
  const auto add = [&lines](bool differs, const std::string& key, const std::string& holds) {
    if (differs) {
      lines.push_back(key + " takes effect at the next start; until then " + holds + " holds");
    }
  };
  add(started_with.state_dir != next.state_dir, "state_dir", started_with.state_dir);
  add(started_with.listen.text() != next.listen.text(), "listen", started_with.listen.text());
  add(started_with.instance != next.instance, "instance", started_with.instance);
  add(started_with.admin_token != next.admin_token, "admin_token", "the former one");
  add(started_with.log.level != next.log.level || started_with.log.format != next.log.format, "log",
      "what was");
  return lines;
}

Config until_restart(const Config& started_with, Config next) {
  next.state_dir = started_with.state_dir;
  next.listen = started_with.listen;
  next.admin_token = started_with.admin_token;
  next.instance = started_with.instance;
  next.alerts.instance = started_with.instance;
  next.log = started_with.log;
  return next;
}

}  // namespace idpwatch::config
