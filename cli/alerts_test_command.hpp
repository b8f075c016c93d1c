// `idpwatch alerts test`: a marked message through the running daemon, and what came of it.
#pragma once

#include "cli/options.hpp"
#include "cli/streams.hpp"

namespace idpwatch::cli {

int run_alerts_test(const AlertsOptions& options, Streams& streams);

}  // namespace idpwatch::cli
