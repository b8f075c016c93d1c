// A certificate authority for one run of the demonstration, and a leaf for 127.0.0.1 signed by it.
// Keys live in memory; only the CA certificate is ever written down. Never for anything else.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <string>

namespace idpwatch::demo {

struct ThrowawayTls {
  std::string ca_pem;
  std::string leaf_pem, leaf_key_pem;
};

// Valid for a day around `now`. kInternal when OpenSSL refuses.
base::Result<ThrowawayTls> make_throwaway_tls(base::Instant now);

// The public half of a fresh P-256 key as a JWK, for a provider that never signs for real.
struct DemoKey {
  std::string jwk;  // JSON
  std::string thumbprint;
};
base::Result<DemoKey> make_demo_key(const std::string& kid);

}  // namespace idpwatch::demo
