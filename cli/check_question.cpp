#include "cli/check_question.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "cli/settings.hpp"
#include "deployed/dotnet/dotnet_version.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::cli {
namespace {

base::Status wrong(std::string message, std::string hint) {
  return base::fail(base::make_error(base::ErrorKind::kUsage, std::move(message), std::move(hint)));
}

base::Status check_deployment(const CheckOptions& options, const config::Config& config) {
  if (!options.deployment) return base::Ok{};
  std::vector<std::string> names;
  names.reserve(config.deployments.size());
  for (const config::DeploymentConfig& each : config.deployments) names.push_back(each.name);
  if (std::ranges::find(names, *options.deployment) != names.end()) return base::Ok{};
  const auto near = base::nearest(*options.deployment, names);
  const std::string all =
      names.empty() ? "the configuration has no deployments" : "known: " + base::join(names, ", ");
  return wrong("no deployment is called \"" + base::printable(*options.deployment, 120) + "\"",
               near ? "did you mean " + *near + "?" : base::printable(all, 400));
}

}  // namespace

bool judges_files(const CheckOptions& options) {
  return !options.files.empty() || options.deployment.has_value();
}

base::Status check_options(const CheckOptions& options, const config::Config& config) {
  if (!judges_files(options) && options.authorities.empty()) {
    return wrong("there is nothing to check",
                 "name deployed files, --deployment NAME, or --authority URL");
  }
  if (!options.files.empty() && options.deployment) {
    return wrong("files and --deployment are mutually exclusive",
                 "a deployment's files are those that the configuration names");
  }
  if (const auto known = check_deployment(options, config); !known) return known;
  for (const std::string& authority : options.authorities) {
    const auto url = base::parse_url(authority);
    if (url && !url->user.empty()) {
      return wrong("--authority: a URL with user name or password is not accepted: " +
                       base::redact_url(authority),
                   "remove everything before the @");
    }
    if (config.find_authority(authority) != nullptr || base::parse_url(authority)) continue;
    const base::Error why = base::parse_url(authority).error();
    return wrong("--authority: no authority of that name is configured, and " + why.message,
                 "give the issuer, such as https://accounts.google.com");
  }
  const std::vector<std::string> profiles = config_world().profiles;
  if (options.profile &&
      std::find(profiles.begin(), profiles.end(), *options.profile) == profiles.end()) {
    const auto near = base::nearest(*options.profile, profiles);
    return wrong("no profile is called " + *options.profile,
                 near ? "did you mean " + *near + "?" : "known: " + base::join(profiles, ", "));
  }
  if (options.framework && !deployed::parse_package_version(*options.framework)) {
    return wrong("--framework " + *options.framework + " is not a version",
                 "write the framework's version, such as 8.0");
  }
  return base::Ok{};
}

}  // namespace idpwatch::cli
