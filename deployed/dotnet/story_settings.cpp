#include "deployed/dotnet/story_settings.hpp"

#include "deployed/dotnet/dotnet_layers.hpp"
#include "deployed/dotnet/dotnet_version.hpp"
#include "deployed/dotnet/identity_web_section.hpp"
#include "deployed/dotnet/scheme_section.hpp"
#include "deployed/dotnet/written_sections.hpp"

#include <string_view>
#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr int kRuntimeMajor = 10;
constexpr std::string_view kIdentityWeb = "microsoft-identity-web";
constexpr std::string_view kScheme = "Bearer";

StorySettings not_applicable(std::string why) { return {std::nullopt, std::move(why)}; }

// The section that the tutorials' code of this application reads; nullopt when there is none.
std::optional<model::ValidatorSettings> read_tutorial(const Configuration& configuration) {
  if (configuration.has_children("AzureAd")) {
    return read_azure_ad_guide(configuration, "AzureAd").settings;
  }
  if (configuration.has_children("Auth0")) return read_auth0(configuration, "Auth0").settings;
  for (const char* name : {"Jwt", "JwtSettings"}) {
    if (configuration.has_children(name)) return read_jwt(configuration, name).settings;
  }
  return std::nullopt;
}

StorySettings read_identity_web_story(const Configuration& configuration) {
  if (!configuration.has_children("AzureAd")) {
    return not_applicable("no section that Microsoft.Identity.Web reads");
  }
  return {read_identity_web(configuration, "AzureAd").settings, ""};
}

StorySettings read_bearer_story(const Configuration& configuration, const std::string& host) {
  const int host_major = major_of(host);
  if (auto settings = read_tutorial(configuration)) return {std::move(settings), ""};
  const std::string section = join_path(kSchemes, kScheme);
  if (host_major > 0 && host_major < 7) {
    return not_applicable(configuration.has_children(section)
                              ? "JwtBearer before 7.0 does not read Authentication:Schemes"
                              : "no section that an app of this version reads");
  }
  return {read_scheme(configuration, std::string(kScheme), host).settings, ""};
}

}  // namespace

base::Result<StorySettings> settings_of_story(std::vector<DeployedFile> files,
                                              const Environment& environment,
                                              const std::string& profile,
                                              const std::string& host_version) {
  for (DeployedFile& file : files) file.named = false;
  const int host_major = major_of(host_version);
  const auto layers = merge_layers(files, environment, {host_major, kRuntimeMajor, ""});
  if (!layers) return base::fail(layers.error());

  if (layers->start_fault) {
    model::ValidatorSettings settings;
    settings.profile = profile;
    settings.start_fault = layers->start_fault;
    settings.framework = host_version;
    return StorySettings{std::move(settings), ""};
  }
  StorySettings story = profile == kIdentityWeb
                            ? read_identity_web_story(layers->configuration)
                            : read_bearer_story(layers->configuration, host_version);
  if (story.settings) {
    story.settings->profile = profile;
    story.settings->framework = host_version;
  }
  return story;
}

}  // namespace idpwatch::deployed
