// Since when a deployed process runs, from what the system says of it: /proc/PID/stat, a pid file,
// `systemctl show`. Parsing alone; the bytes are read by daemon/.
//
// Sources: proc(5), proc_pid_stat(5); systemctl(1) show, org.freedesktop.systemd1(5).
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "deployed/core/deployed_environment.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

struct ProcStat {
  int pid = 0;
  std::string command;  // may hold anything, parentheses and line breaks too
  char state = '?';
  std::uint64_t start_ticks = 0;  // after boot, in clock ticks
};

[[nodiscard]] base::Result<ProcStat> parse_proc_stat(std::string_view bytes);

// The instant at which a process began: `now` minus what it has run. `uptime` is the boot clock at
// `now`, `ticks_per_second` sysconf(_SC_CLK_TCK).
[[nodiscard]] base::Instant started_at(std::uint64_t start_ticks, std::uint64_t ticks_per_second,
                                       base::Instant now, base::Duration uptime);

// The one number in a pid file.
[[nodiscard]] base::Result<int> parse_pid_file(std::string_view bytes);

// Properties of `systemctl show UNIT`, those that we use. Absent properties stay empty.
struct UnitState {
  int main_pid = 0;  // 0: not running
  std::string active_state;
  std::optional<base::Duration> main_start_monotonic;  // CLOCK_MONOTONIC, of the main process
  std::optional<base::Instant> main_start;             // where the text is UTC or --timestamp=unix
  std::string working_directory;
  std::vector<std::string> environment_files;
  Environment environment;  // of Environment= in the unit
};

[[nodiscard]] UnitState parse_systemctl_show(std::string_view text);

}  // namespace idpwatch::deployed
