// A Node.js service that validates with jose: its settings stand in code, and its variables often
// tell what code does with them.
#include "base/json.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "discover/found.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::discover {

namespace {

bool has(const std::string& name, std::string_view part) {
  return name.find(part) != std::string::npos;
}

// Which setting a variable of that name most likely holds; empty: none.
std::string_view setting_of(const std::string& name, const std::string& value) {
  const std::string lower = base::to_lower(name);
  const bool url = base::parse_url(value).has_value();
  if (url && (has(lower, "jwks") || has(lower, "jwk_set"))) return "jwks_url";
  if (url && (has(lower, "issuer") || lower.ends_with("_iss"))) return "issuers";
  if (url && (has(lower, "authority") || has(lower, "oidc_url"))) return "authority";
  if (has(lower, "audience") || lower.ends_with("_aud")) return "audiences";
  return {};
}

deployed::Environment variables_of(const Candidate& candidate) {
  deployed::Environment all = candidate.environment;
  for (const deployed::DeployedFile& file : candidate.environment_files) {
    auto read = deployed::read_environment_file(file.path, file.bytes);
    if (read) all.insert(all.end(), read->variables.begin(), read->variables.end());
  }
  return all;
}

}  // namespace

std::string package_version(std::string_view bytes) {
  const auto parsed = base::parse_json(bytes);
  if (!parsed || !parsed->value->is_object()) return {};
  const auto version = parsed->value->find("version");
  return version != parsed->value->end() && version->is_string() ? version->get<std::string>()
                                                                 : std::string();
}

FoundService node_service(const Candidate& candidate) {
  FoundService found;
  const deployed::Environment variables = variables_of(candidate);
  found.route = route_of(variables, candidate.on_this_host);
  if (candidate.jose_version.empty()) {
    found.entry = false;
    found.notes.emplace_back("a Node.js service without jose: its library is not simulated yet");
    return found;
  }
  found.profile = "jose";
  found.version = candidate.jose_version;
  for (const deployed::EnvironmentVariable& variable : variables) {
    const std::string_view name = setting_of(variable.name, variable.value);
    if (name.empty()) continue;
    const bool list = name == "issuers" || name == "audiences";
    const auto known = std::find_if(found.settings.begin(), found.settings.end(),
                                    [&](const FoundSetting& one) { return one.name == name; });
    if (known != found.settings.end()) continue;
    found.settings.push_back({std::string(name), {base::without_user_info(variable.value)}, list});
    found.reads.push_back(std::string(name) + " as " + variable.name + " says" +
                          (variable.origin.file.empty() ? "" : " (" + variable.origin.file + ")"));
  }
  const auto tells = [&](std::string_view name) {
    return std::any_of(found.settings.begin(), found.settings.end(),
                       [&](const FoundSetting& one) { return one.name == name; });
  };
  found.entry = tells("jwks_url") || tells("authority") || tells("issuers");
  // The issuer's own document tells the key set.
  if (found.entry && !tells("jwks_url") && !tells("authority")) {
    for (const FoundSetting& one : std::vector<FoundSetting>(found.settings)) {
      if (one.name == "issuers") found.settings.push_back({"authority", one.values, false});
    }
  }
  found.notes.emplace_back(
      found.entry ? "guessed from the names of its variables: check that its code uses them so"
                  : "its code sets the key set of jose: add `settings: {jwks_url: ..., "
                    "issuers: [...], audiences: [...]}`");
  return found;
}

}  // namespace idpwatch::discover
