#include "deployed/dotnet/known_sections.hpp"

#include "base/text.hpp"
#include "deployed/dotnet/section.hpp"

#include <utility>

namespace idpwatch::deployed {

namespace {

constexpr std::size_t kDeepest = 4;
constexpr std::size_t kMostSections = 2000;

// By whatever name: what Microsoft.Identity.Web needs of an API, and no other package has together.
bool has_entra_keys(const Section& section) {
  const std::string instance = base::to_lower(section.text("Instance").value());
  const bool url = instance.starts_with("https://") || instance.starts_with("http://");
  return url && section.has("ClientId") && (section.has("TenantId") || section.has("Domain"));
}

bool is_entra(const Section& section, const std::string& name, bool top) {
  if (has_entra_keys(section)) return true;
  if (!name.starts_with("azuread")) return false;
  return top || ((section.has("ClientId") || section.has("Audience")) &&
                 (section.has("TenantId") || section.has("Authority")));
}

}  // namespace

KnownSection known_section(const Configuration& configuration, const std::string& path) {
  const std::size_t colon = path.rfind(':');
  const bool top = colon == std::string::npos;
  const std::string name = base::to_lower(top ? path : path.substr(colon + 1));
  const Section section(configuration, path);
  if (name == "auth0") return KnownSection::kAuth0;
  if (name == "okta") return KnownSection::kOkta;
  if (name == "keycloak") return KnownSection::kKeycloak;
  return is_entra(section, name, top) ? KnownSection::kEntra : KnownSection::kNone;
}

std::vector<std::string> find_known_sections(const Configuration& configuration,
                                             KnownSection kind) {
  struct Open {
    std::string path;
    std::size_t depth;
  };
  std::vector<std::string> found;
  std::vector<Open> open{{"", 0}};
  for (std::size_t seen = 0; !open.empty() && seen < kMostSections; ++seen) {
    const Open next = open.back();
    open.pop_back();
    const KnownSection known =
        next.path.empty() ? KnownSection::kNone : known_section(configuration, next.path);
    if (known == kind) found.push_back(next.path);
    if (known != KnownSection::kNone || next.depth == kDeepest) continue;
    std::vector<std::string> names = configuration.children(next.path);
    for (auto name = names.rbegin(); name != names.rend(); ++name) {
      std::string path = join_path(next.path, *name);
      const bool top_entra = next.path.empty() && base::to_lower(*name).starts_with("azuread");
      if (base::iequals(path, "Authentication:Schemes")) continue;
      if (!top_entra && !configuration.has_children(path)) continue;
      open.push_back({std::move(path), next.depth + 1});
    }
  }
  return found;
}

}  // namespace idpwatch::deployed
