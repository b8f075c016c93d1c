#include "forecast/wording/difference.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <algorithm>
#include <string_view>
#include <vector>

namespace idpwatch::forecast {

namespace {

// Without the prefix and the slashes that are told by themselves.
std::string_view without_slash(std::string_view text) {
  while (text.ends_with('/')) text.remove_suffix(1);
  return text;
}

std::string of_urls(const base::Url& a, const base::Url& b) {
  const bool same_host = base::iequals(a.host, b.host);
  const bool same_path = without_slash(a.path) == without_slash(b.path);
  if (!same_host) {
    return same_path ? "they differ in the host, " + a.host + " and " + b.host : std::string();
  }
  // The port of a scheme goes with it.
  const bool other_port = a.port != b.port && (a.explicit_port || b.explicit_port);
  std::vector<std::string> parts;
  if (a.scheme != b.scheme) parts.push_back("the scheme, " + a.scheme + " and " + b.scheme);
  if (other_port) parts.emplace_back("the port");
  if (!same_path) {
    const bool spelling = base::iequals(without_slash(a.path), without_slash(b.path));
    parts.push_back(spelling ? "upper and lower case" : "the path, " + a.path + " and " + b.path);
  }
  return "they differ in " + base::join(parts, "; and in ");
}

std::string of_two(const std::string& a, const std::string& b) {
  if (a == b) return {};
  if (without_slash(a) == without_slash(b)) {
    return a.size() > b.size() ? "only the first ends in a slash"
                               : "only the second ends in a slash";
  }
  const std::string api = "api://";
  if (api + b == a) return "only the first begins with " + api;
  if (api + a == b) return "only the second begins with " + api;
  if (base::iequals(a, b)) return "they differ in upper and lower case";
  if (base::trim(a) == base::trim(b)) return "they differ in spaces";
  const auto first = base::parse_url(a);
  const auto second = base::parse_url(b);
  if (first && second) return of_urls(*first, *second);
  if (second && b == second->scheme + "://" + a) {
    return "the first has no scheme";
  }
  return {};
}

}  // namespace

std::string difference(const std::string& brought, const std::string& accepted) {
  for (std::size_t from = 0; from < accepted.size();) {
    const std::size_t end = std::min(accepted.find(", ", from), accepted.size());
    if (std::string text = of_two(brought, accepted.substr(from, end - from)); !text.empty()) {
      return text;
    }
    from = end + 2;
  }
  return {};
}

}  // namespace idpwatch::forecast
