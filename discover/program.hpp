// Which program a command line starts, as far as it decides where its settings lie; and what /proc
// says of a process. Pure.
#pragma once

#include "deployed/core/deployed_environment.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::discover {

enum class ProgramKind { kDotnet, kNode, kOther };

struct Program {
  ProgramKind kind = ProgramKind::kOther;
  std::string path;  // the .dll, the script, else the program itself; absolute where that is known
};

// A program without ".dll" may be a .NET application as well: X.deps.json beside it tells.
[[nodiscard]] Program program_of(const std::vector<std::string>& command,
                                 const std::string& working_directory);

// "a/./b/../c" against an absolute folder; never above "/".
[[nodiscard]] std::string absolute(const std::string& folder, std::string_view path);
[[nodiscard]] std::string folder_of(const std::string& path);

// /proc/PID/cmdline and /proc/PID/environ: words that end with a zero byte.
[[nodiscard]] std::vector<std::string> zero_separated(std::string_view bytes);
[[nodiscard]] deployed::Environment process_environment(const std::string& path,
                                                        std::string_view bytes);

struct ProcessPlace {
  std::string unit;        // "orders.service"; empty: none, or a user's session
  bool contained = false;  // of a container: its files are not where their paths say
};
// /proc/PID/cgroup.
[[nodiscard]] ProcessPlace process_place(std::string_view cgroup);

}  // namespace idpwatch::discover
