// find_authority_sections of written_sections.hpp: which parts of a configuration are about the
// tokens of callers.
#include "base/text.hpp"
#include "base/url.hpp"
#include "deployed/dotnet/known_sections.hpp"
#include "deployed/dotnet/section.hpp"
#include "deployed/dotnet/written_sections.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::deployed {

namespace {

constexpr std::array<std::string_view, 6> kAuthorityKeys = {
    "Authority", "AuthorityUrl", "MetadataAddress", "MetadataUrl", "IssuerUri", "IssuerUrl"};
// What only a client that signs people in, or asks for tokens itself, has.
constexpr std::array<std::string_view, 6> kClientKeys = {
    "ResponseType", "CallbackPath", "SignedOutCallbackPath",
    "RedirectUri",  "GrantType",    "TokenEndpoint"};
constexpr std::size_t kDeepest = 4;
constexpr std::size_t kMostSections = 2000;

bool is_url(const model::TextSetting& text) {
  return text.has_value() && (base::to_lower(text.value()).starts_with("https://") ||
                              base::to_lower(text.value()).starts_with("http://"));
}

// Their issuers are where their documents are. That of another host may be the service itself.
bool is_of_known_provider(const model::TextSetting& issuer) {
  constexpr std::array<std::string_view, 6> kHosts = {
      "securetoken.google.com", "accounts.google.com",      ".auth0.com", ".okta.com",
      ".oktapreview.com",       "login.microsoftonline.com"};
  const auto url = base::parse_url(issuer.value());
  if (!url) return false;
  const bool cognito =
      url->host.starts_with("cognito-idp.") && url->host.ends_with(".amazonaws.com");
  return cognito || std::any_of(kHosts.begin(), kHosts.end(), [&](std::string_view host) {
           return host.starts_with('.') ? url->host.ends_with(host) : url->host == host;
         });
}

bool names_audience(const Section& section) {
  constexpr std::array<std::string_view, 5> kAudienceKeys = {
      "Audience", "Audiences", "ValidAudience", "ValidAudiences", "ApiName"};
  const Section parameters = section.child("TokenValidationParameters");
  return std::any_of(kAudienceKeys.begin(), kAudienceKeys.end(),
                     [&](std::string_view key) { return section.has(key) || parameters.has(key); });
}

bool names_authority(const Section& section) {
  // Where callers' tokens are spoken of, with an audience beside it, an Issuer is an authority, and
  // an Authority is one even if its scheme was forgotten.
  if (names_audience(section)) {
    if (is_url(section.text("Issuer"))) return true;
    if (section.text({"Authority", "MetadataAddress"}).has_value()) return true;
    if (is_of_known_provider(section.text("ValidIssuer"))) return true;
  }
  return std::any_of(kAuthorityKeys.begin(), kAuthorityKeys.end(),
                     [&](std::string_view key) { return is_url(section.text(key)); });
}

bool is_client(const Section& section) {
  if (section.has("Audience") || section.has("Audiences") || section.has("ValidAudiences")) {
    return false;
  }
  return std::any_of(kClientKeys.begin(), kClientKeys.end(),
                     [&](std::string_view key) { return section.has(key); });
}

// Read by somebody else (dotnet_sections.cpp), or a variable of the host under its full name.
bool has_own_reader(const Configuration& configuration, const std::string& path) {
  const std::string lower = base::to_lower(path);
  if (lower.starts_with("aspnetcore_") || lower.starts_with("dotnet_")) return true;
  if (lower.ends_with(":tokenvalidationparameters")) return true;
  return lower == "authentication:schemes" || lower == "openiddict" ||
         lower == "runtime:host:authentication:jwt" ||
         known_section(configuration, path) != KnownSection::kNone;
}

// Read for itself; what stands below is looked through.
bool is_read_by_name(const std::string& path) {
  return base::iequals(path, "jwt") || base::iequals(path, "jwtsettings");
}

}  // namespace

AuthoritySections find_authority_sections(const Configuration& configuration) {
  struct Open {
    std::string path;
    std::size_t depth;
  };
  AuthoritySections found;
  std::vector<Open> open{{"", 0}};
  for (std::size_t looked_at = 0; !open.empty() && looked_at < kMostSections; ++looked_at) {
    const Open next = open.back();
    open.pop_back();
    const Section section(configuration, next.path);
    if (!next.path.empty() && !is_read_by_name(next.path) && names_authority(section)) {
      (is_client(section) ? found.clients : found.validators).push_back(next.path);
    }
    if (next.depth == kDeepest) continue;
    std::vector<std::string> names = section.keys();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      std::string path = join_path(next.path, *name);
      if (has_own_reader(configuration, path) || !configuration.has_children(path)) continue;
      open.push_back({std::move(path), next.depth + 1});
    }
  }
  return found;
}

}  // namespace idpwatch::deployed
