// The two small servers of the demonstration, on loopback, each with a thread of its own: a
// provider over TLS whose documents can be exchanged, and a receiver of webhooks.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"
#include "demo/throwaway_ca.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace idpwatch::demo {

// Safe from every thread.
class DemoProvider {
 public:
  static base::Result<std::unique_ptr<DemoProvider>> start(const ThrowawayTls& tls);
  ~DemoProvider();
  DemoProvider(const DemoProvider&) = delete;
  DemoProvider& operator=(const DemoProvider&) = delete;

  [[nodiscard]] std::string issuer() const;
  void serve_keys(const std::string& jwks);
  // Documents as they stand now, by path; empty: none.
  [[nodiscard]] std::string document(const std::string& path) const;
  // How often the key set was asked for.
  [[nodiscard]] int looks() const;

 private:
  struct Impl;
  explicit DemoProvider(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct DemoDelivery {
  std::string body;
  bool verified = false;  // its Standard Webhooks signature holds, and its time is ours
};

class DemoReceiver {
 public:
  // `secret`: "whsec_...".
  static base::Result<std::unique_ptr<DemoReceiver>> start(const std::string& secret);
  ~DemoReceiver();
  DemoReceiver(const DemoReceiver&) = delete;
  DemoReceiver& operator=(const DemoReceiver&) = delete;

  [[nodiscard]] std::string url() const;
  // The next message, in the order of arrival; nullopt when none comes within `patience`.
  std::optional<DemoDelivery> next(base::Duration patience);

 private:
  struct Impl;
  explicit DemoReceiver(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::demo
