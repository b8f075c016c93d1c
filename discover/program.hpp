// Which program a command line starts, as far as it decides where its settings lie. Pure.
#pragma once

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

}  // namespace idpwatch::discover
