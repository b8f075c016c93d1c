#include "config/restart_required.hpp"

#include <array>
#include <string_view>

namespace idpwatch::config {

namespace {

struct Kept {
  std::string_view key;
  std::string (*value)(const Config& config);  // compared
  void (*keep)(const Config& from, Config& in);
  std::string_view shown = {};  // in place of the value; empty: the value
};

constexpr std::array kKept{
    Kept{"state_dir", [](const Config& config) { return config.state_dir; },
         [](const Config& from, Config& in) { in.state_dir = from.state_dir; }},
    Kept{"listen", [](const Config& config) { return config.listen.text(); },
         [](const Config& from, Config& in) { in.listen = from.listen; }},
    Kept{"instance", [](const Config& config) { return config.instance; },
         [](const Config& from, Config& in) { in.instance = in.alerts.instance = from.instance; }},
    Kept{"admin_token", [](const Config& config) { return config.admin_token; },
         [](const Config& from, Config& in) { in.admin_token = from.admin_token; },
         "the former one"},
    Kept{"log",
         [](const Config& config) {
           return std::to_string(static_cast<int>(config.log.level)) + " " +
                  std::to_string(static_cast<int>(config.log.format));
         },
         [](const Config& from, Config& in) { in.log = from.log; }, "what was"},
};

}  // namespace

std::vector<std::string> restart_required(const Config& started_with, const Config& next) {
  std::vector<std::string> lines;
  for (const Kept& kept : kKept) {
    const std::string value = kept.value(started_with);
    if (value == kept.value(next)) continue;
    lines.push_back(std::string(kept.key) + " takes effect at the next start; until then " +
                    (kept.shown.empty() ? value : std::string(kept.shown)) + " holds");
  }
  return lines;
}

Config until_restart(const Config& started_with, Config next) {
  for (const Kept& kept : kKept) kept.keep(started_with, next);
  return next;
}

}  // namespace idpwatch::config
