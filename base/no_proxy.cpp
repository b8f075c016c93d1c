#include "base/no_proxy.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <charconv>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace idpwatch::base {

namespace {

using Octets = std::vector<std::uint8_t>;

// Four or sixteen octets; empty for a name.
Octets octets_of(std::string_view text) {
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

std::string_view without_brackets(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return host.substr(1, host.size() - 2);
  return host;
}

bool same_bits(std::span<const std::uint8_t> a, std::span<const std::uint8_t> b, unsigned bits) {
  for (unsigned bit = 0; bit < bits; ++bit) {
    const unsigned mask = 0x80U >> (bit % 8);
    if (((a[bit / 8] ^ b[bit / 8]) & mask) != 0) return false;
  }
  return true;
}

struct Network {
  Octets octets;
  unsigned bits = 0;
};

std::optional<Network> network_of(std::string_view entry) {
  const std::size_t slash = entry.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  Network network{octets_of(without_brackets(entry.substr(0, slash))), 0};
  const std::string_view text = entry.substr(slash + 1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), network.bits);
  const bool number = error == std::errc{} && end == text.data() + text.size();
  if (!number || network.octets.empty() || network.bits > network.octets.size() * 8) {
    return std::nullopt;
  }
  return network;
}

bool is_loopback(std::string_view host, const Octets& address) {
  if (address.size() == 4) return address[0] == 127;
  if (address.size() == 16) {
    return std::all_of(address.begin(), address.end() - 1, [](auto octet) { return octet == 0; }) &&
           address.back() == 1;
  }
  return iequals(host, "localhost");
}

// The host, or one of a domain.
bool is_below(std::string_view host, std::string_view domain) {
  if (domain.empty() || host.size() <= domain.size()) return false;
  const std::size_t dot = host.size() - domain.size() - 1;
  return host[dot] == '.' && iequals(host.substr(dot + 1), domain);
}

std::string_view without_final_dot(std::string_view name) {
  if (name.size() > 1 && name.ends_with('.')) name.remove_suffix(1);
  return name;
}

// "a.test:8443", "[::1]:8443": the port is taken off.
std::optional<std::uint16_t> take_port(std::string_view& entry) {
  const std::size_t colon = entry.rfind(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view before = entry.substr(0, colon);
  // Of an address without brackets it is a part.
  if (before.find(':') != std::string_view::npos && !before.ends_with(']')) return std::nullopt;
  std::uint16_t port = 0;
  const std::string_view text = entry.substr(colon + 1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) {
    return std::nullopt;
  }
  entry = before;
  return port;
}

class Exemptions {
 public:
  Exemptions(const NoProxyDialect& dialect, const Url& url)
      : dialect_(dialect),
        host_(without_final_dot(without_brackets(url.host))),
        address_(octets_of(host_)),
        port_(url.port) {}

  [[nodiscard]] std::optional<bool> in(std::string_view list) const {
    if (dialect_.loopback_direct && is_loopback(host_, address_)) return true;
    if (dialect_.star == NoProxyDialect::Star::kAlone && trim(list) == "*") return true;
    std::string entries(list);
    if (dialect_.spaces) std::ranges::replace(entries, ' ', ',');
    bool open = false;
    for (const std::string_view part : split(entries, dialect_.patterns ? '|' : ',')) {
      const std::string_view entry = trim(part);
      if (entry.empty()) continue;
      const auto here = dialect_.patterns ? std::optional(fits_pattern(entry)) : fits(entry);
      if (here == true) return true;
      open = open || !here;
    }
    return open ? std::nullopt : std::optional(false);
  }

 private:
  [[nodiscard]] std::optional<bool> fits(std::string_view entry) const {
    if (entry == "*") return dialect_.star == NoProxyDialect::Star::kAnywhere;
    if (dialect_.ports) {
      if (const auto port = take_port(entry); port && *port != port_) return false;
    }
    if (const auto network = network_of(entry)) return in_network(*network);
    const Octets octets = octets_of(without_brackets(entry));
    if (!octets.empty() && address_.empty()) {
      return dialect_.resolves ? std::nullopt : std::optional(false);
    }
    if (!address_.empty()) return is_address(entry, octets);
    return is_name(entry);
  }

  [[nodiscard]] std::optional<bool> in_network(const Network& network) const {
    using Networks = NoProxyDialect::Networks;
    if (dialect_.networks == Networks::kNone) return false;
    if (address_.empty()) return dialect_.resolves ? std::nullopt : std::optional(false);
    if (network.octets.size() != address_.size()) return false;
    // One that reads those of IPv4: by its version it reads those of IPv6, too.
    if (dialect_.networks == Networks::kV4 && address_.size() != 4) return std::nullopt;
    return same_bits(address_, network.octets, network.bits);
  }

  [[nodiscard]] bool is_address(std::string_view entry, const Octets& octets) const {
    if (octets == address_) return true;
    // Text, for who knows no addresses.
    return dialect_.name == NoProxyDialect::Name::kEnds && iequals(tail(entry.size()), entry);
  }

  [[nodiscard]] bool is_name(std::string_view entry) const {
    if (entry.starts_with("*.")) {
      if (!dialect_.star_dot) return false;
      entry.remove_prefix(1);
    }
    if (dialect_.name == NoProxyDialect::Name::kHostAndBelow) entry = without_final_dot(entry);
    if (entry.starts_with('.')) {
      entry.remove_prefix(1);
      const bool itself = dialect_.dotted == NoProxyDialect::Dotted::kHostAndBelow;
      return is_below(host_, entry) || (itself && iequals(host_, entry));
    }
    if (iequals(host_, entry)) return true;
    switch (dialect_.name) {
      case NoProxyDialect::Name::kHost:
        return false;
      case NoProxyDialect::Name::kHostAndBelow:
        return is_below(host_, entry);
      case NoProxyDialect::Name::kEnds:
        break;
    }
    return !entry.empty() && iequals(tail(entry.size()), entry);
  }

  [[nodiscard]] std::string_view tail(std::size_t length) const {
    return host_.size() < length ? std::string_view() : host_.substr(host_.size() - length);
  }

  [[nodiscard]] bool fits_pattern(std::string_view entry) const {
    const bool front = entry.starts_with('*');
    if (front) entry.remove_prefix(1);
    const bool back = entry.ends_with('*');
    if (back) entry.remove_suffix(1);
    entry = without_brackets(entry);
    if (front && back) return find_ignoring_case(entry);
    if (front) return entry.empty() || iequals(tail(entry.size()), entry);
    if (back) return iequals(host_.substr(0, entry.size()), entry);
    return iequals(host_, entry);
  }

  [[nodiscard]] bool find_ignoring_case(std::string_view part) const {
    for (std::size_t at = 0; at + part.size() <= host_.size(); ++at) {
      if (iequals(host_.substr(at, part.size()), part)) return true;
    }
    return false;
  }

  const NoProxyDialect& dialect_;
  std::string_view host_;
  Octets address_;
  std::uint16_t port_;
};

}  // namespace

std::optional<bool> exempts(const NoProxyDialect& dialect, std::string_view list, const Url& url) {
  return Exemptions(dialect, url).in(list);
}

}  // namespace idpwatch::base
