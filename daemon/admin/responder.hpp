// What the admin listener answers: request, snapshot and store -> response. Knows nothing about
// sockets. Safe from every thread: each call opens its own connection to the store.
//
// at_once() settles what takes no time: health, and what is refused. The rest may wait for the loop
// or the store, and belongs on a thread that no health check waits for.
#pragma once

#include "base/mutex.hpp"
#include "daemon/admin/access.hpp"
#include "daemon/admin/admin_listener.hpp"
#include "daemon/admin/http_message.hpp"
#include "daemon/admin/rate_limit.hpp"
#include "storage/reader.hpp"

#include <nlohmann/json_fwd.hpp>

#include <atomic>
#include <cstddef>
#include <optional>

namespace idpwatch::daemon {

// What health is judged by, without a snapshot.
struct Pulse {
  std::optional<base::Duration> last;  // sign of the loop, on the boot-time clock
  Vitals vitals;                       // as of then
};

inline constexpr std::size_t kBodyBytesMax = 8192;  // twenty matchers and their words

// Each test message and each silence leaves an audit record for ever.
inline constexpr std::size_t kWritesPerMinute = 10;
inline constexpr std::size_t kWritesPerHour = 60;

class Responder {
 public:
  explicit Responder(AdminOptions options) : options_(std::move(options)) {}

  [[nodiscard]] std::optional<AdminResponse> at_once(const AdminRequest& request,
                                                     const Pulse& pulse) const;
  // What at_once() left. `snapshot` is null until the loop published its first one.
  [[nodiscard]] AdminResponse answer(const AdminRequest& request,
                                     const watch::SnapshotPtr& snapshot);
  // Of what at_once() left: it asks the store or the loop, and may take seconds.
  [[nodiscard]] bool slow(const AdminRequest& request) const;

  // Why a body larger than kBodyBytesMax, or one of unknown length, is not read.
  [[nodiscard]] AdminResponse refuse_body(const AdminRequest& request) const;
  // Questions to the store that are under way end soon, and no other is answered.
  void stop() { stopping_ = true; }
  // Too much is asked at once.
  [[nodiscard]] static AdminResponse busy();

 private:
  [[nodiscard]] AdminResponse live(const AdminRequest& request, const Pulse& pulse) const;
  [[nodiscard]] AdminResponse ready(const AdminRequest& request, const Pulse& pulse) const;
  [[nodiscard]] std::optional<AdminResponse> barred(const AdminRequest& request) const;
  [[nodiscard]] AdminResponse api(const AdminRequest& request,
                                  const watch::Snapshot& snapshot) const;
  [[nodiscard]] AdminResponse keys(const AdminRequest& request, const watch::Snapshot& snapshot,
                                   const std::string& authority) const;
  [[nodiscard]] AdminResponse history(const AdminRequest& request,
                                      const watch::Snapshot& snapshot) const;
  [[nodiscard]] base::Result<storage::Reader> open_store() const;
  static AdminResponse stored(const base::Result<nlohmann::ordered_json>& document);
  [[nodiscard]] AdminResponse test(const AdminRequest& request);
  [[nodiscard]] AdminResponse silence(const AdminRequest& request);
  [[nodiscard]] AdminResponse unsilence(const AdminRequest& request);
  [[nodiscard]] std::optional<AdminResponse> too_many(const char* what);

  AdminOptions options_;
  std::atomic<bool> stopping_{false};
  base::Mutex mutex_;
  RateLimit per_minute_ IDPWATCH_GUARDED_BY(mutex_){kWritesPerMinute, base::minutes(1)};
  RateLimit per_hour_ IDPWATCH_GUARDED_BY(mutex_){kWritesPerHour, base::hours(1)};
};

}  // namespace idpwatch::daemon
