#include "deployed/dotnet/unread_authority.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/known_sections.hpp"
#include "deployed/dotnet/section.hpp"

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::deployed {

namespace {

constexpr std::size_t kDeepest = 4;
constexpr std::size_t kMostSections = 2000;
constexpr std::size_t kMostNotes = 8;

bool is_url(const std::string& text) {
  const std::string lower = base::to_lower(text);
  return lower.starts_with("https://") || lower.starts_with("http://");
}

// How a setting is written in our configuration.
std::string line(std::string_view name, const std::string& value) {
  return std::string(name) + ": \"" + base::printable(value) + "\"";
}

Note named(const ConfigurationValue& value, const std::string& settings) {
  return {
      NoteKind::kAssumed,
      base::printable(value.path) +
          " looks like an authority but is not read: what it is for is decided in code; if it is "
          "the authority, write settings: {" +
          settings + "} in this deployment's entry",
      value.origin};
}

struct UrlKey {
  std::string_view section;  // empty: any
  std::string_view key;
};
// eShop's services, others' root keys.
constexpr std::array<UrlKey, 16> kUrlKeys = {{{"identity", "Url"},
                                              {"identityprovider", "Url"},
                                              {"identityprovider", "BaseUrl"},
                                              {"serviceurls", "IdentityAPI"},
                                              {"urls", "Identity"},
                                              {"logto", "Endpoint"},
                                              {"", "DiscoveryUrl"},
                                              {"", "DiscoveryEndpoint"},
                                              {"", "IdentityApiUrl"},
                                              {"", "OidcUrl"},
                                              {"identityserver", "Url"},
                                              {"identityservice", "Url"},
                                              {"", "IdentityUrl"},
                                              {"", "IdentityServerUrl"},
                                              {"", "IdentityUrlExternal"},
                                              {"", "AuthServerUrl"}}};

// Of an address of the document, what stands before its well-known path; Logto's is below /oidc.
std::string authority_of(const std::string& url, const UrlKey& key) {
  if (key.section == "logto") return url + (url.ends_with('/') ? "oidc" : "/oidc");
  const std::size_t at = url.find("/.well-known/");
  return at == std::string::npos ? url : url.substr(0, at);
}

std::optional<Note> by_url(const Section& section, const std::string& name) {
  for (const UrlKey& known : kUrlKeys) {
    if (!known.section.empty() && !base::iequals(known.section, name)) continue;
    const ConfigurationValue* value = section.value(known.key);
    if (value == nullptr || !is_url(value->text)) continue;
    std::string settings = line("authority", authority_of(value->text, known));
    const model::TextSetting audience = section.text("Audience");
    if (audience.has_value()) {
      settings += ", audiences: [\"" + base::printable(audience.value()) + "\"]";
    }
    if (base::to_lower(value->text).starts_with("http://")) settings += ", require_https: false";
    return named(*value, settings);
  }
  return std::nullopt;
}

// ABP: an internal address for the metadata beside the Authority.
std::optional<Note> by_meta_address(const Section& section) {
  const ConfigurationValue* value = section.value("MetaAddress");
  if (value == nullptr || !is_url(value->text)) return std::nullopt;
  std::string url = value->text;
  if (!url.ends_with('/')) url += '/';
  return named(*value, line("metadata_url", url + ".well-known/openid-configuration"));
}

bool names_authority(const Section& section) {
  return section.text({"Authority", "MetadataAddress"}).has_value();
}

// The root itself, which is no section.
std::optional<Note> by_root(const Section& section, const std::string& path) {
  if (!path.empty()) return std::nullopt;
  for (const char* key : {"Authority", "Issuer"}) {
    const ConfigurationValue* value = section.value(key);
    if (value == nullptr || !is_url(value->text)) continue;
    std::string settings = line("authority", value->text);
    const model::TextSetting audience = section.text({"Audience", "ApiName"});
    if (audience.has_value()) {
      settings += ", audiences: [\"" + base::printable(audience.value()) + "\"]";
    }
    return named(*value, settings);
  }
  return std::nullopt;
}

std::optional<Note> by_firebase(const Section& section, const std::string& name) {
  const ConfigurationValue* project = section.value("ProjectId");
  if (!base::iequals(name, "firebase") || project == nullptr || project->text.empty()) {
    return std::nullopt;
  }
  return named(*project, line("authority", "https://securetoken.google.com/" + project->text) +
                             ", audiences: [\"" + base::printable(project->text) + "\"]");
}

std::optional<Note> by_user_pool(const Section& section) {
  if (names_authority(section)) return std::nullopt;
  const ConfigurationValue* pool = section.value("UserPoolId");
  if (pool == nullptr || pool->text.empty()) return std::nullopt;
  // "eu-central-1_AbCdEf": the region stands before the underscore.
  const model::TextSetting told = section.text("Region");
  const std::string region =
      told.has_value() ? told.value() : pool->text.substr(0, pool->text.find('_'));
  std::string note =
      line("authority", "https://cognito-idp." + region + ".amazonaws.com/" + pool->text);
  // Cognito's access tokens have no aud.
  note += ", validate_audience: false";
  return named(*pool, note);
}

// Data API builder: runtime.host.authentication.jwt of dab-config.json.
std::optional<Note> by_data_api_builder(const Section& section, const std::string& path) {
  if (!base::iequals(path, "runtime:host:authentication:jwt")) return std::nullopt;
  const ConfigurationValue* issuer = section.value("issuer");
  if (issuer == nullptr || !is_url(issuer->text)) return std::nullopt;
  std::string settings = line("authority", issuer->text);
  const model::TextSetting audience = section.text("audience");
  if (audience.has_value()) {
    settings += ", audiences: [\"" + base::printable(audience.value()) + "\"]";
  }
  return named(*issuer, settings);
}

}  // namespace

std::vector<Note> unread_authorities(const Configuration& configuration) {
  struct Open {
    std::string path, name;
    std::size_t depth;
  };
  std::vector<Note> notes;
  std::vector<Open> open{{"", "", 0}};
  for (std::size_t seen = 0; !open.empty() && seen < kMostSections; ++seen) {
    const Open next = open.back();
    open.pop_back();
    const Section section(configuration, next.path);
    const bool read =
        !next.path.empty() && known_section(configuration, next.path) != KnownSection::kNone;
    if (read) continue;
    for (std::optional<Note> note :
         {by_url(section, next.name), by_meta_address(section), by_user_pool(section),
          by_root(section, next.path), by_firebase(section, next.name),
          by_data_api_builder(section, next.path)}) {
      if (note && notes.size() < kMostNotes) notes.push_back(std::move(*note));
    }
    if (next.depth == kDeepest) continue;
    const std::vector<std::string> names = section.keys();
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      std::string path = join_path(next.path, *name);
      if (!configuration.has_children(path)) continue;
      open.push_back({std::move(path), *name, next.depth + 1});
    }
  }
  return notes;
}

}  // namespace idpwatch::deployed
