// What the outcome of one attempt means, and when to try again (docs/alerts.md). Pure.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::alerts {

// `failure` of a message that could not be made a request: the receiver's configuration is wrong.
inline constexpr std::string_view kBadRequest = "receiver";

struct AttemptResult {
  int status = 0;       // 0: no HTTP answer
  std::string failure;  // "timeout", "connect", "tls", ...: kind of the transport's failure
  std::string message;  // its text; outside text
  bool may_have_arrived = false;  // the request may have been read although no answer came
  bool held_up = false;           // we did not run meanwhile: a failure is none of the receiver's
  bool ours = false;              // this host lacked what it takes to ask: nothing was sent
  std::string refused;            // why a 2xx of this kind of receiver is none; empty: it is one
  bool smtp = false;              // `status` is SMTP's last reply, `message` its text
  bool unsent = false;            // of a letter: it ended before all of it was sent
  std::string partly;             // of what was taken: who does not get it; outside text
  bool final_status = false;      // this kind of receiver wants no second attempt after it
  std::string retry_after, date;  // headers of the answer; empty: absent
  base::Duration duration{0};
};

enum class Disposition {
  kDelivered,
  kRetry,    // by the schedule
  kAgain,    // soon: it failed while we were held up, which counts against nobody
  kUnsent,   // soon: no attempt, since this host could not make one
  kSlow,     // hourly: people must mend a secret or a path (401, 403, 404)
  kDropped,  // trying again cannot help (3xx, other 4xx, 501, 505)
  kDisable,  // 410: the receiver wants no more until a reload
};

struct AttemptOutcome {
  Disposition what = Disposition::kRetry;
  std::string reason;  // "HTTP 503", "redirect refused (HTTP 302)", "timeout: ..."
  bool may_have_arrived = false;
};

// Why an attempt failed, for those who count: by few names.
enum class FailureReason { kAuth, kRateLimit, kClient, kServer, kTimeout, kNetwork };
inline constexpr std::size_t kFailureReasons = 6;
[[nodiscard]] std::string_view to_text(FailureReason reason);
[[nodiscard]] FailureReason reason_of(const AttemptResult& result);

[[nodiscard]] AttemptOutcome judge(const AttemptResult& result);

// How long to wait after the `attempts`-th failure (1 = the first): 5 s, 30 s, 2 min, 10 min,
// 30 min, then an hour. The first three are drawn from the whole span, so that many senders do not
// come back together; the others +-20 %.
[[nodiscard]] base::Duration retry_delay(int attempts, base::Random& random);
[[nodiscard]] base::Duration slow_delay(base::Random& random);  // an hour +-20 %

// Seconds or an HTTP date, clamped to 1 s .. 1 h. A date is read against the answer's own Date,
// since our clock may be wrong; nullopt when it is neither.
[[nodiscard]] std::optional<base::Duration> retry_after(const AttemptResult& result,
                                                        base::Instant now);

// A message is given up when it is older than that at a failed attempt.
inline constexpr base::Duration kRetryFor = base::hours(72);

}  // namespace idpwatch::alerts
