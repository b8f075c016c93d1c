// What the admin listener answers: request, snapshot and store -> response. Knows nothing about
// sockets. Safe from every thread: each call opens its own connection to the store.
#pragma once

#include "daemon/admin/http_message.hpp"
#include "daemon/admin_listener.hpp"

#include <cstddef>
#include <optional>

namespace idpwatch::daemon {

// When the loop last showed that it goes round, on the boot-time clock.
struct Pulse {
  std::optional<base::Duration> last;
};

// No request needs a body. A short one is read and dropped, so that the connection can be used
// again.
inline constexpr std::size_t kRequestBodyMax = 1024;

class Responder {
 public:
  explicit Responder(AdminOptions options) : options_(std::move(options)) {}

  // `snapshot` is null until the loop published its first one.
  [[nodiscard]] AdminResponse answer(const AdminRequest& request, const SnapshotPtr& snapshot,
                                     Pulse pulse) const;
  // Why a body of more than kRequestBodyMax bytes is not read.
  [[nodiscard]] AdminResponse refuse_body(const AdminRequest& request) const;

 private:
  [[nodiscard]] AdminResponse live(const AdminRequest& request, Pulse pulse) const;
  [[nodiscard]] AdminResponse ready(const AdminRequest& request, const SnapshotPtr& snapshot,
                                    Pulse pulse) const;
  // 421 or 401; nullopt: it may ask.
  [[nodiscard]] std::optional<AdminResponse> barred(const AdminRequest& request) const;
  [[nodiscard]] bool authorized(const AdminRequest& request) const;
  [[nodiscard]] bool expected_host(const AdminRequest& request) const;
  [[nodiscard]] AdminResponse api(const AdminRequest& request, const Snapshot& snapshot) const;
  [[nodiscard]] AdminResponse keys(const AdminRequest& request, const std::string& authority) const;
  [[nodiscard]] AdminResponse history(const AdminRequest& request) const;
  [[nodiscard]] AdminResponse test(const AdminRequest& request) const;

  AdminOptions options_;
};

// In time that depends on the length of `given` alone.
[[nodiscard]] bool equal_secrets(std::string_view given, std::string_view expected);

}  // namespace idpwatch::daemon
