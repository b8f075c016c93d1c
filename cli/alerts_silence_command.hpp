// `alerts silence`, `unsilence` and `silences`: they ask the running daemon.
#pragma once

#include "cli/options.hpp"
#include "cli/streams.hpp"

namespace idpwatch::cli {

int run_alerts_silence(const AlertsOptions& options, Streams& streams);

}  // namespace idpwatch::cli
