#include "deployed/core/route_facts.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace idpwatch::deployed {

namespace {

constexpr std::array<std::string_view, 20> kDeciding{"http_proxy",
                                                     "https_proxy",
                                                     "all_proxy",
                                                     "no_proxy",
                                                     "gateway_interface",
                                                     "request_method",
                                                     "ssl_cert_file",
                                                     "ssl_cert_dir",
                                                     "node_extra_ca_certs",
                                                     "node_use_env_proxy",
                                                     "node_options",
                                                     "node_version",
                                                     "node_use_system_ca",
                                                     "java_tool_options",
                                                     "jdk_java_options",
                                                     "requests_ca_bundle",
                                                     "curl_ca_bundle",
                                                     "dotnet_running_in_container",
                                                     "quarkus_oidc_proxy_host",
                                                     "oidc_ca_file"};
constexpr std::size_t kValueMax = 4096;
constexpr std::size_t kSearchMax = 6;  // resolv.conf(5), MAXDNSRCH of glibc
constexpr int kNdotsMax = 15;

// Words separated by spaces and tabs.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (!(line = base::trim(line)).empty()) {
    const std::size_t end = line.find_first_of(" \t");
    words.push_back(line.substr(0, end));
    line.remove_prefix(std::min(end, line.size()));
  }
  return words;
}

void take_options(ResolverFacts& facts, const std::vector<std::string_view>& words) {
  constexpr std::string_view kNdots = "ndots:";
  for (const std::string_view word : words) {
    if (!word.starts_with(kNdots)) continue;
    int value = 0;
    const std::string_view digits = word.substr(kNdots.size());
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc{} && end == digits.data() + digits.size() && value >= 0) {
      facts.ndots = std::min(value, kNdotsMax);
    }
  }
}

}  // namespace

Environment route_variables(const Environment& environment) {
  Environment found;
  for (const EnvironmentVariable& variable : environment) {
    const bool decides = std::ranges::any_of(
        kDeciding, [&](std::string_view name) { return base::iequals(variable.name, name); });
    if (decides && variable.value.size() <= kValueMax) found.push_back(variable);
  }
  return found;
}

ResolverFacts read_resolver(std::string_view bytes) {
  ResolverFacts facts;
  for (const std::string_view line : base::split(bytes, '\n')) {
    const std::vector<std::string_view> words = words_of(line);
    if (words.size() < 2) continue;
    if (words[0] == "search" || words[0] == "domain") {
      const std::size_t count = std::min(words.size() - 1, words[0] == "domain" ? 1 : kSearchMax);
      facts.search.assign(words.begin() + 1,
                          words.begin() + 1 + static_cast<std::ptrdiff_t>(count));
    } else if (words[0] == "options") {
      take_options(facts, words);
    }
  }
  return facts;
}

const EnvironmentVariable* variable_of(const Environment& environment, std::string_view name) {
  const auto found = std::find_if(environment.rbegin(), environment.rend(),
                                  [&](const EnvironmentVariable& one) { return one.name == name; });
  return found == environment.rend() ? nullptr : &*found;
}

std::string place_of(const EnvironmentVariable& variable) {
  if (variable.origin.file.empty()) return "environment of the process";
  return base::printable(variable.origin.file) +
         (variable.origin.line > 0 ? ":" + std::to_string(variable.origin.line) : "");
}

}  // namespace idpwatch::deployed
