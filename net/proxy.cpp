#include "net/proxy.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <vector>

namespace idpwatch::net {

namespace {

// Four or sixteen octets; empty for a name.
std::vector<std::uint8_t> octets_of(std::string_view text) {
  const std::string copy(text);
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET, copy.c_str(), octets.data()) == 1) {
    return {octets.begin(), octets.begin() + 4};
  }
  if (::inet_pton(AF_INET6, copy.c_str(), octets.data()) == 1) {
    return {octets.begin(), octets.end()};
  }
  return {};
}

bool same_network(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, unsigned bits) {
  if (a.size() != b.size() || bits > a.size() * 8) return false;
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

bool matches_address(std::string_view entry, std::span<const std::uint8_t> host) {
  const std::size_t slash = entry.find('/');
  const std::vector<std::uint8_t> network = octets_of(entry.substr(0, slash));
  if (network.empty()) return false;
  auto bits = static_cast<unsigned>(network.size() * 8);
  if (slash != std::string_view::npos) {
    const std::string_view text = entry.substr(slash + 1);
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bits);
    if (error != std::errc{} || end != text.data() + text.size()) return false;
  }
  return same_network(host, network, bits);
}

std::string_view without_dots(std::string_view name) {
  if (name.starts_with('.')) name.remove_prefix(1);
  if (name.ends_with('.')) name.remove_suffix(1);
  return name;
}

bool matches_name(std::string_view entry, std::string_view host) {
  entry = without_dots(entry);
  if (host.ends_with('.')) host.remove_suffix(1);
  if (entry.empty() || entry.size() > host.size()) return false;
  const std::string_view tail = host.substr(host.size() - entry.size());
  if (!base::iequals(tail, entry)) return false;
  return tail.size() == host.size() || host[host.size() - tail.size() - 1] == '.';
}

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

}  // namespace

bool no_proxy_matches(std::string_view list, std::string_view host) {
  host = without_brackets(host);
  if (base::trim(list) == "*") return true;
  const std::vector<std::uint8_t> address = octets_of(host);
  std::string entries(list);
  std::ranges::replace(entries, ' ', ',');
  for (const std::string_view part : base::split(entries, ',')) {
    const std::string_view entry = without_brackets(base::trim(part));
    if (entry.empty()) continue;
    if (address.empty() ? matches_name(entry, host) : matches_address(entry, address)) return true;
  }
  return false;
}

std::string effective_proxy(const base::Url& url, const std::optional<std::string>& configured,
                            const base::Environment& environment) {
  if (configured) return *configured;
  const auto first = [&](std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
      if (auto value = environment.get_nonempty(name)) return *value;
    }
    return std::string();
  };
  static constexpr std::array<std::string_view, 4> kHttps{"https_proxy", "HTTPS_PROXY", "all_proxy",
                                                          "ALL_PROXY"};
  static constexpr std::array<std::string_view, 3> kHttp{"http_proxy", "all_proxy", "ALL_PROXY"};
  static constexpr std::array<std::string_view, 2> kExempt{"no_proxy", "NO_PROXY"};
  std::string proxy = url.https() ? first(kHttps) : first(kHttp);
  if (proxy.empty() || no_proxy_matches(first(kExempt), url.host)) return {};
  return proxy;
}

}  // namespace idpwatch::net
