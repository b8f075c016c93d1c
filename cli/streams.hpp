// Where a subcommand writes to: results on `out`, all else on `err`. Tests pass string streams.
#pragma once

#include "base/error.hpp"
#include "cli/exit_code.hpp"

#include <istream>
#include <ostream>

namespace idpwatch::base {
class Environment;
}

namespace idpwatch::cli {

struct Streams {
  std::ostream& out;
  std::ostream& err;
  bool out_terminal = false;
  bool err_terminal = false;
  bool colour = false;         // on `out`
  std::istream* in = nullptr;  // null: there is none
  bool in_terminal = false;

  // Standard output and error of this process; NO_COLOR and TERM=dumb are honoured.
  static Streams of_process(const base::Environment& environment);
};

// "idpwatch: message" and the hint on a line of its own, on `err`; gives back the exit code.
ExitCode report(Streams& streams, const base::Error& error);

}  // namespace idpwatch::cli
