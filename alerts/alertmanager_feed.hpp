// What holds, told to Prometheus Alertmanagers as they want it: not once, but again and again for
// as long as it holds, to every instance, with an end a few minutes ahead. An alert of which
// nothing more is heard (we died, the network broke) resolves there by itself; one that ended here
// is told as resolved for half a minute. So there is nothing to store and nothing to retry:
// the next round says it all again. Grouping, repeats and silences are theirs.
//
// Loop thread only.
#pragma once

#include "alerts/alert_book.hpp"
#include "alerts/alert_config.hpp"
#include "alerts/outbox.hpp"
#include "alerts/receivers/alertmanager_alert.hpp"
#include "net/http_transport.hpp"

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::alerts {

class AlertmanagerFeed {
 public:
  // `wake`: as of Delivery.
  AlertmanagerFeed(net::HttpTransport& transport, std::function<void()> wake)
      : transport_(transport), wake_(std::move(wake)) {}
  ~AlertmanagerFeed();
  AlertmanagerFeed(const AlertmanagerFeed&) = delete;
  AlertmanagerFeed& operator=(const AlertmanagerFeed&) = delete;

  void set_receivers(base::Instant now, const AlertsConfig& config);
  // Something began, changed or ended: the next round comes within a second.
  void changed(base::Instant now);
  void clock_set(base::Duration step);

  // Alerts that nobody is told of for now; those told before are told on.
  using Muted = std::function<bool(const model::Finding&)>;
  void turn(base::Instant now, const AlertBook& book, const AlertsConfig& config,
            const Muted& muted);
  [[nodiscard]] std::optional<base::Instant> due() const;

  struct Told {
    std::string receiver;
    AttemptResult result;
    bool news = false;  // the first failure of an instance, or its first success after one
  };
  // Attempts since the last asking: for counters and the log.
  std::vector<Told> take_attempts();
  [[nodiscard]] std::vector<ReceiverHealth> health() const;

 private:
  struct Instance {
    std::string url;
    net::RequestId request = 0;  // 0: none is under way
    std::deque<std::string> bodies;
    std::optional<base::Instant> failing_since;
    int failures = 0;
    bool urgent = false, succeeded = false;
    std::string last_error;
  };
  struct Receiver {
    ReceiverConfig config;
    std::vector<Instance> instances;
    std::map<Labels, AlertmanagerAlert> firing, resolved;
    base::Instant next_round;
    std::optional<base::Instant> last_round;
  };
  struct Answer {
    std::string receiver, url;
    AttemptResult result;
  };

  void read_answers(base::Instant now);
  void regard(base::Instant now, Receiver& receiver, const AlertBook& book,
              const AlertsConfig& config, const Muted& muted) const;
  static std::vector<std::string> bodies_of(base::Instant now, const Receiver& receiver);
  void post(Receiver& receiver, Instance& instance);

  net::HttpTransport& transport_;
  std::function<void()> wake_;
  std::map<std::string, Receiver> receivers_;
  std::vector<Answer> answers_;
  std::vector<Told> attempts_;
};

}  // namespace idpwatch::alerts
