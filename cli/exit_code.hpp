// The exit codes of all commands, in one place.
#pragma once

#include "base/error.hpp"

namespace idpwatch::cli {

enum ExitCode : int {
  kFine = 0,
  kFound = 1,         // a finding of severity error or critical; the chain does not hold
  kUsage = 2,         // usage, configuration or an input file is wrong
  kUndetermined = 3,  // unreachable, unreadable, no daemon, locked
  kInternal = 4,
};

[[nodiscard]] ExitCode exit_code(base::ErrorKind kind);
// Of several: 4 over 2 over 1 over 3 over 0.
[[nodiscard]] ExitCode worst(ExitCode a, ExitCode b);

}  // namespace idpwatch::cli
