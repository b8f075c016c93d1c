// The certificates of authorities that TLS trusts: a `ca_file` of the configuration, else
// SSL_CERT_FILE / SSL_CERT_DIR, else the bundle of libcurl's build. libcurl itself reads neither
// variable (operations facts 2.2).
//
// Stores are loaded once and shared by all connections; a file that changed on disk is read again.
// Single-threaded.
#pragma once

#include "base/environment.hpp"
#include "base/result.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

struct x509_store_st;  // OpenSSL's X509_STORE

namespace idpwatch::net {

// Where trust comes from; at least one of them is set.
struct TrustSource {
  std::string file;  // PEM bundle
  std::string dir;   // hashed directory
  auto operator<=>(const TrustSource&) const = default;
  [[nodiscard]] std::string text() const;
};

TrustSource trust_source(const std::optional<std::string>& ca_file,
                         const base::Environment& environment);

// Loudly at start: an image without ca-certificates is the classic. kUnreadable with a hint.
base::Status check_trust_store(const std::optional<std::string>& ca_file,
                               const base::Environment& environment);

class TrustStores {
 public:
  TrustStores();
  ~TrustStores();
  // The store stays owned here and is valid until the next call.
  base::Result<x509_store_st*> get(const TrustSource& source);

 private:
  struct Loaded;
  std::map<TrustSource, std::unique_ptr<Loaded>> loaded_;
};

}  // namespace idpwatch::net
