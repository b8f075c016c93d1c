// What is to be watched of one authority, as resolved from our configuration
// (docs/configuration.md): defaults applied, files not yet read.
#pragma once

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::model {

enum class IpVersion { kAny, kV4, kV6 };

struct Limits {
  std::uint64_t body_bytes = std::uint64_t{2} * 1024 * 1024;  // also of the decompressed body
  std::uint64_t header_bytes = std::uint64_t{64} * 1024;      // in sum, of one response
  int redirects = 5;
  int connections = 256;
  bool private_addresses = false;  // for URLs learned from documents

  bool operator==(const Limits&) const = default;
};

struct AuthoritySpec {
  std::string name;
  std::string issuer;
  // False: only a deployed file names it. Its document then says what its issuer is.
  bool issuer_configured = true;
  std::optional<std::string> metadata_url;  // else discovery_url(issuer)
  std::optional<std::string> jwks_url;      // given without metadata_url: no discovery is asked
  base::Duration interval = base::seconds(60);
  base::Duration timeout = base::seconds(10);
  bool http2 = false;
  IpVersion ip_version = IpVersion::kAny;
  std::optional<std::string> proxy;  // "" = none at all; nullopt = the environment's
  std::optional<std::string> ca_file, client_cert, client_key_file;
  std::vector<std::string> expect_algorithms;
  int expect_keys_min = 1;

  [[nodiscard]] bool has_discovery() const { return metadata_url || !jwks_url; }
  bool operator==(const AuthoritySpec&) const = default;
};

struct TlsThresholds {
  base::Duration info = std::chrono::days(21), warning = std::chrono::days(7),
                 error = std::chrono::days(2);
};

struct TimelineConfig {
  int confirm_observations = 3;
  base::Duration confirm_span = base::minutes(10);
};

}  // namespace idpwatch::model
