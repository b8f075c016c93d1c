// What /proc says of a process: its words, its variables, where it stands. Parsing alone.
//
// Sources: proc(5), proc_pid_cmdline(5), proc_pid_environ(5), cgroups(7).
#pragma once

#include "deployed/core/deployed_environment.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

// /proc/PID/cmdline and /proc/PID/environ: words that end with a zero byte.
[[nodiscard]] std::vector<std::string> zero_separated(std::string_view bytes);
[[nodiscard]] Environment process_environment(const std::string& path, std::string_view bytes);

struct ProcessPlace {
  std::string unit;        // "orders.service"; empty: none, or a user's session
  bool contained = false;  // of a container: its files are not where their paths say
};
// /proc/PID/cgroup.
[[nodiscard]] ProcessPlace process_place(std::string_view cgroup);

}  // namespace idpwatch::deployed
