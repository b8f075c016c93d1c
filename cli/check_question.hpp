// What a command line of `check` asks about, and whether it can be asked.
#pragma once

#include "base/result.hpp"
#include "cli/options.hpp"
#include "config/config.hpp"

namespace idpwatch::cli {

// Deployed files are judged: those given, or those of a configured deployment.
bool judges_files(const CheckOptions& options);

// An error: what the options say that no file or configuration bears out.
base::Status check_options(const CheckOptions& options, const config::Config& config);

}  // namespace idpwatch::cli
