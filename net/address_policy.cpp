#include "net/address_policy.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <string>

namespace idpwatch::net {

namespace {

using Octets = std::span<const std::uint8_t>;

struct Range4 {
  std::array<std::uint8_t, 4> prefix;
  int bits;
  AddressClass what;
};

struct Range6 {
  std::array<std::uint8_t, 16> prefix;
  int bits;
  AddressClass what;
};

// First match wins. Sources: IANA special-purpose registries (RFC 6890 and updates); metadata: AWS,
// Google, Azure (169.254.169.254, within link-local), Azure's WireServer, Alibaba, Oracle.
constexpr std::array kRanges4{
    Range4{{168, 63, 129, 16}, 32, AddressClass::kMetadata},
    Range4{{100, 100, 100, 200}, 32, AddressClass::kMetadata},
    Range4{{192, 0, 0, 192}, 32, AddressClass::kMetadata},
    Range4{{169, 254, 169, 254}, 32, AddressClass::kMetadata},
    Range4{{169, 254, 0, 0}, 16, AddressClass::kLinkLocal},
    Range4{{0, 0, 0, 0}, 8, AddressClass::kPrivate},  // Linux connects to itself
    Range4{{10, 0, 0, 0}, 8, AddressClass::kPrivate},
    Range4{{100, 64, 0, 0}, 10, AddressClass::kPrivate},
    Range4{{127, 0, 0, 0}, 8, AddressClass::kPrivate},
    Range4{{172, 16, 0, 0}, 12, AddressClass::kPrivate},
    Range4{{192, 0, 0, 0}, 24, AddressClass::kPrivate},
    Range4{{192, 168, 0, 0}, 16, AddressClass::kPrivate},
    Range4{{198, 18, 0, 0}, 15, AddressClass::kPrivate},
    Range4{{224, 0, 0, 0}, 3, AddressClass::kUnusable},  // multicast, reserved, broadcast
};

constexpr std::array kRanges6{
    Range6{{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
           128,
           AddressClass::kMetadata},  // AWS
    Range6{{0xfd, 0x20, 0x00, 0xce, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54},
           128,
           AddressClass::kMetadata},  // Google
    Range6{{0xfe, 0x80}, 10, AddressClass::kLinkLocal},
    Range6{{0xfe, 0xc0}, 10, AddressClass::kPrivate},  // site-local, RFC 3879
    Range6{{0xfc}, 7, AddressClass::kPrivate},
    Range6{{0xff}, 8, AddressClass::kUnusable},
    Range6{
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, 127, AddressClass::kPrivate},  // ::, ::1
    Range6{{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48, AddressClass::kPrivate},  // local NAT64, RFC 8215
};

bool within(Octets address, Octets prefix, int bits) {
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::ranges::equal(address.first(whole), prefix.first(whole))) return false;
  if (bits % 8 == 0) return true;
  const int shift = 8 - bits % 8;
  return (address[whole] >> shift) == (prefix[whole] >> shift);
}

AddressClass classify4(Octets octets) {
  for (const Range4& range : kRanges4) {
    if (within(octets, range.prefix, range.bits)) return range.what;
  }
  return AddressClass::kPublic;
}

// Where an IPv6 address leads to an IPv4 one, that one decides too.
AddressClass embedded(Octets octets) {
  static constexpr std::array<std::uint8_t, 12> kZero{};
  static constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  static constexpr std::array<std::uint8_t, 12> kNat64{0, 0x64, 0xff, 0x9b};
  static constexpr std::array<std::uint8_t, 4> kTeredo{0x20, 0x01};
  static constexpr std::array<std::uint8_t, 2> k6to4{0x20, 0x02};
  if (within(octets, kZero, 96) || within(octets, kMapped, 96) || within(octets, kNat64, 96)) {
    return classify4(octets.subspan(12, 4));
  }
  if (within(octets, k6to4, 16)) return classify4(octets.subspan(2, 4));
  if (within(octets, kTeredo, 32)) {  // RFC 4380: the client's address, inverted
    std::array<std::uint8_t, 4> client{};
    std::ranges::transform(octets.subspan(12, 4), client.begin(),
                           [](std::uint8_t octet) { return static_cast<std::uint8_t>(~octet); });
    return classify4(client);
  }
  return AddressClass::kPublic;
}

AddressClass classify6(Octets octets) {
  for (const Range6& range : kRanges6) {
    if (within(octets, range.prefix, range.bits)) return range.what;
  }
  return embedded(octets);
}

std::string without_brackets(std::string_view text) {
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']') {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(text.substr(0, text.find('%')));
}

}  // namespace

AddressClass classify_address(std::span<const std::uint8_t> octets) {
  if (octets.size() == 4) return classify4(octets);
  if (octets.size() == 16) return classify6(octets);
  return AddressClass::kUnusable;
}

AddressClass classify_address(std::string_view text) {
  const std::string bare = without_brackets(text);
  std::array<std::uint8_t, 16> octets{};
  if (::inet_pton(AF_INET, bare.c_str(), octets.data()) == 1) {
    return classify4(Octets(octets).first(4));
  }
  if (::inet_pton(AF_INET6, bare.c_str(), octets.data()) == 1) return classify6(octets);
  in_addr loose{};  // "127.1", "0x7f000001": what the C library's resolver takes
  if (::inet_aton(bare.c_str(), &loose) != 0) {
    return classify4({reinterpret_cast<const std::uint8_t*>(&loose), sizeof loose});
  }
  return AddressClass::kUnusable;
}

bool is_address_literal(std::string_view host) {
  const std::string bare = without_brackets(host);
  in6_addr six{};
  in_addr four{};
  return ::inet_pton(AF_INET6, bare.c_str(), &six) == 1 || ::inet_aton(bare.c_str(), &four) != 0;
}

bool on_private_network(std::string_view peer) {
  const std::string_view host = peer.substr(0, peer.rfind(':'));
  return classify_address(host) == AddressClass::kPrivate && !host.starts_with("127.") &&
         host != "[::1]" && host != "0.0.0.0" && host != "[::]";
}

bool refused(AddressClass address, const AddressPolicy& policy) {
  switch (address) {
    case AddressClass::kPublic:
      return false;
    case AddressClass::kPrivate:
      return !policy.allow_private;
    case AddressClass::kLinkLocal:
    case AddressClass::kMetadata:
      return !policy.allow_metadata;
    case AddressClass::kUnusable:
      return true;
  }
  return true;
}

std::string_view describe(AddressClass address) {
  switch (address) {
    case AddressClass::kPublic:
      return "public address";
    case AddressClass::kPrivate:
      return "private address";
    case AddressClass::kLinkLocal:
      return "link-local address";
    case AddressClass::kMetadata:
      return "cloud metadata address";
    case AddressClass::kUnusable:
      return "unusable address";
  }
  return "unusable address";
}

}  // namespace idpwatch::net
