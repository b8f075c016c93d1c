// Which addresses may be spoken to. A document that an authority serves must not make us ask the
// inside of the network: link-local and cloud metadata addresses are refused, private ones for URLs
// that were learned from outside.
//
// Pure. It cannot see behind a proxy: there only addresses written in the URL are judged.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace idpwatch::net {

enum class AddressClass {
  kPublic,
  kPrivate,    // RFC 1918, unique local, carrier-grade NAT, loopback, unspecified, benchmarking
  kLinkLocal,  // 169.254.0.0/16, fe80::/10
  kMetadata,   // where clouds hand out credentials, also outside of link-local
  kUnusable,   // multicast, broadcast, reserved, or no address at all
};

struct AddressPolicy {
  bool allow_private = true;
  // Link-local and cloud metadata addresses: for a platform's own endpoint that the operator asked
  // for, and for nothing that was learned from outside.
  bool allow_metadata = false;
};

// Four or sixteen octets in network order. Addresses that carry an IPv4 address (mapped,
// compatible, NAT64, 6to4, Teredo) are judged as the worse of both.
[[nodiscard]] AddressClass classify_address(std::span<const std::uint8_t> octets);
// Text as inet_pton reads it, in brackets or not, with or without a zone; kUnusable for others.
[[nodiscard]] AddressClass classify_address(std::string_view text);
// Of a peer, "10.1.2.3:443": on a private network, and not on this very host.
[[nodiscard]] bool on_private_network(std::string_view peer);
// Whether a URL's host is written as an address (in any form that a resolver would take as one:
// "127.1", "0x7f000001" are not host names). Such hosts are judged even behind a proxy.
[[nodiscard]] bool is_address_literal(std::string_view host);

[[nodiscard]] bool refused(AddressClass address, const AddressPolicy& policy);
// "link-local address", "cloud metadata address", ...
[[nodiscard]] std::string_view describe(AddressClass address);

}  // namespace idpwatch::net
