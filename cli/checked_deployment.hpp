// What `check FILE...` judges: the files given, with all that our configuration says of the
// deployment that names them (what stands in code, what callers bring, the version), and what the
// command line says over it. Reads file names; no file's content.
#pragma once

#include "cli/options.hpp"
#include "config/config.hpp"

#include <string>
#include <string_view>

namespace idpwatch::cli {

struct CheckedDeployment {
  config::DeploymentConfig config;
  bool configured = false;           // a deployment of our configuration names the files
  std::string note;                  // which one, for people; empty when there is nothing to say
  std::string_view audience_source;  // who says which audience callers ask for
};

// The deployment of that name, or of several that name one of the files, the one that names most of
// them. `options` were checked: a deployment that is named exists.
CheckedDeployment checked_deployment(const CheckOptions& options, const config::Config& config);

}  // namespace idpwatch::cli
