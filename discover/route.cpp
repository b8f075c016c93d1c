#include "discover/route.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::discover {

namespace {

// Lower or upper case: which one counts is the business of each stack.
bool tells(const std::string& name) {
  static constexpr std::array<std::string_view, 10> kNames = {
      "http_proxy",   "https_proxy",         "all_proxy",    "no_proxy",       "ssl_cert_file",
      "ssl_cert_dir", "node_extra_ca_certs", "node_options", "curl_ca_bundle", "java_tool_options"};
  const std::string lower = base::to_lower(name);
  return std::find(kNames.begin(), kNames.end(), lower) != kNames.end();
}

// "proxy:3128" is no URL, and may hold a password all the same.
std::string harmless(const std::string& value) {
  const std::string told = base::without_url_secrets(value);
  const std::size_t at = told.rfind('@');
  return at == std::string::npos || told.find("://") != std::string::npos ? told
                                                                          : told.substr(at + 1);
}

}  // namespace

Route route_of(const deployed::Environment& environment, bool same_place) {
  Route route;
  route.same_place = same_place;
  for (const deployed::EnvironmentVariable& variable : environment) {
    if (!tells(variable.name)) continue;
    const auto known = std::find_if(route.variables.begin(), route.variables.end(),
                                    [&](const auto& one) { return one.first == variable.name; });
    if (known != route.variables.end()) route.variables.erase(known);  // the later one holds
    route.variables.emplace_back(variable.name, harmless(variable.value));
  }
  return route;
}

}  // namespace idpwatch::discover
