#include "cli/checked_deployment.hpp"

#include "base/text.hpp"
#include "forecast/view.hpp"
#include "watch/deployed_files.hpp"

#include <algorithm>
#include <vector>

namespace idpwatch::cli {
namespace {

std::ptrdiff_t named(const config::DeploymentConfig& deployment,
                     const std::vector<std::string>& files) {
  return std::count_if(files.begin(), files.end(), [&](const std::string& file) {
    return watch::names_file(deployment, file);
  });
}

// nullptr: none names any of the files.
const config::DeploymentConfig* most_named(const config::Config& config,
                                           const std::vector<std::string>& files,
                                           std::vector<std::string>& equals) {
  const config::DeploymentConfig* best = nullptr;
  std::ptrdiff_t most = 0;
  for (const config::DeploymentConfig& deployment : config.deployments) {
    const std::ptrdiff_t count = named(deployment, files);
    if (count > most) {
      most = count;
      best = &deployment;
      equals.clear();
    } else if (count == most && count > 0) {
      equals.push_back(deployment.name);
    }
  }
  return best;
}

std::string note_about(const config::DeploymentConfig& deployment,
                       const std::vector<std::string>& equals) {
  std::string text = "judged as deployment " + base::printable(deployment.name) + " of " +
                     base::printable(deployment.origin.file) + ":" +
                     std::to_string(deployment.origin.line) +
                     ", with its settings, tokens and version";
  if (!equals.empty()) {
    text += "; " + base::printable(base::join(equals, ", ")) + " names as many of the files";
  }
  return text;
}

}  // namespace

CheckedDeployment checked_deployment(const CheckOptions& options, const config::Config& config) {
  CheckedDeployment checked;
  checked.audience_source = forecast::kOurTokens;
  std::vector<std::string> equals;
  if (options.deployment) {
    checked.config = *std::ranges::find(config.deployments, *options.deployment,
                                        &config::DeploymentConfig::name);
    checked.configured = true;
  } else if (const auto* found = most_named(config, options.files, equals); found != nullptr) {
    checked.config = *found;
    checked.configured = true;
    checked.note = note_about(*found, equals);
  } else {
    checked.config.name = options.files.front();
  }
  if (!options.deployment) checked.config.files = options.files;
  if (options.profile) checked.config.profile = options.profile;
  if (options.framework) {
    checked.config.framework = options.framework;
    checked.config.version.reset();
  }
  if (options.audience) {
    for (config::CallerTokens& tokens : checked.config.tokens) tokens.audience = options.audience;
    checked.audience_source = "--audience of the command line";
  }
  return checked;
}

}  // namespace idpwatch::cli
