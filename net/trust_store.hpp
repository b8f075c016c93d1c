// The certificates that TLS trusts: a `ca_file` of the configuration, else SSL_CERT_FILE and
// SSL_CERT_DIR as OpenSSL reads them (each replaces its own default alone), else the bundle of
// libcurl's build. libcurl itself reads neither variable.
#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::net {

// Where trust comes from. Nothing set: whatever libcurl was built with.
struct TrustSource {
  std::string file;  // PEM bundle
  std::string dir;   // hashed directories, ':' between
  auto operator<=>(const TrustSource&) const = default;
};

TrustSource trust_source(const std::optional<std::string>& ca_file,
                         const base::Environment& environment);

// For people: "/etc/corp/ca.pem and /usr/lib/ssl/certs".
std::string shown(const TrustSource& source);
// One file or directory of it, and how many certificates count of it: of a directory those with a
// hash name.
struct TrustPart {
  std::string path;
  std::size_t certificates = 0;
  std::string fault;  // "does not exist"; empty: none
};
// Reads all of it.
std::vector<TrustPart> trust_parts(const TrustSource& source);
// "/etc/corp/ca.pem (1 certificate), /etc/ssl/certs (140 certificates)", with what does not count.
std::string describe(const TrustSource& source);
// What of it does not count: a directory that does not exist, certificates without a hash name.
std::vector<std::string> trust_notes(const TrustSource& source);

// Loudly at start: an image without ca-certificates is the classic. kUnreadable, with a hint, when
// the source cannot be read or holds no certificate.
base::Status check_trust_store(const std::optional<std::string>& ca_file,
                               const base::Environment& environment);

}  // namespace idpwatch::net
