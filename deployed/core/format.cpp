#include "deployed/core/format.hpp"

#include "base/located_json.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace idpwatch::deployed {

namespace {

constexpr std::size_t kLookedAt = 262'144;

struct Mark {
  std::string_view text;
  std::string_view what;
};

// In this order: the more telling first. Looked for in the file's text, lower case.
constexpr std::array<Mark, 17> kMarks = {{
    {"envoy.filters.http.jwt_authn", "an Envoy configuration with jwt_authn"},
    {"static_resources", "an Envoy bootstrap"},
    {"kind: requestauthentication", "an Istio RequestAuthentication"},
    {"kind: authenticationconfiguration", "a kube-apiserver AuthenticationConfiguration"},
    {"--oidc-issuer-url", "kube-apiserver flags"},
    {"spring.security.oauth2", "a Spring Security configuration"},
    {"resourceserver", "a Spring Security configuration"},
    {"quarkus.oidc", "a Quarkus OIDC configuration"},
    {"mp.jwt.verify", "a MicroProfile JWT configuration"},
    {"oidc_issuer_url", "an oauth2-proxy configuration"},
    {"oauth2_proxy_", "an oauth2-proxy environment"},
    {"oidc_discovery_url", "a Vault JWT auth configuration"},
    {"[auth.jwt]", "a Grafana configuration"},
    {"auth_jwt", "an nginx configuration with auth_jwt"},
    {"oidcprovidermetadataurl", "an Apache mod_auth_openidc configuration"},
    {"oidcoauth", "an Apache mod_auth_openidc configuration"},
    {"<configuration", "a web.config"},
}};

std::optional<std::string_view> what_by_mark(std::string_view text) {
  for (const Mark& mark : kMarks) {
    if (text.find(mark.text) != std::string_view::npos) return mark.what;
  }
  return std::nullopt;
}

std::optional<std::string_view> what_by_name(std::string_view name) {
  if (name.starts_with("application") &&
      (name.ends_with(".yml") || name.ends_with(".yaml") || name.ends_with(".properties"))) {
    return "a Spring or Quarkus configuration";
  }
  if (name == "grafana.ini") return "a Grafana configuration";
  if (name == "oauth2-proxy.cfg") return "an oauth2-proxy configuration";
  if (name.ends_with(".hcl")) return "a Vault configuration";
  return std::nullopt;
}

// Every line that says something is NAME=value.
bool looks_like_environment(std::string_view text) {
  bool any = false;
  for (std::string_view line : base::split(text, '\n')) {
    line = base::trim(line);
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    const std::string_view name = base::trim(line.substr(0, equals));
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
             c == '_' || c == ' ' || c == ':';
    });
    if (!plain) return false;
    any = true;
  }
  return any;
}

const Stack* claimed(const DeployedFile& file, Claim how) {
  for (const Stack& stack : stacks()) {
    if (stack.claims(file) == how) return &stack;
  }
  return nullptr;
}

}  // namespace

Recognised recognise(const DeployedFile& file) {
  const std::string name = base::to_lower(base_name(file.path));
  if (const Stack* stack = claimed(file, Claim::kByName)) return {Format::kOfStack, {}, stack};
  const std::string start = base::decode_by_mark(std::string_view(file.bytes).substr(0, kLookedAt));
  const std::string text = base::to_lower(start);
  if (const auto what = what_by_name(name)) return {Format::kNotYet, std::string(*what)};
  if (const auto what = what_by_mark(text)) return {Format::kNotYet, std::string(*what)};
  if (const Stack* stack = claimed(file, Claim::kByContent)) return {Format::kOfStack, {}, stack};
  const bool environment_name = name == "env" || name == ".env" || name.ends_with(".env") ||
                                name.starts_with(".env.") || name == "environment";
  if (environment_name || looks_like_environment(start)) return {Format::kEnvironmentFile};
  return {};
}

}  // namespace idpwatch::deployed
