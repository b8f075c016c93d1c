#include "alerts/retry.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace idpwatch::alerts {

using base::Duration;

namespace {

constexpr std::array<Duration, 6> kSchedule{base::seconds(5),  base::seconds(30), base::minutes(2),
                                            base::minutes(10), base::minutes(30), base::hours(1)};
constexpr int kFullJitter = 3;
constexpr Duration kLeastDelay = base::milliseconds(500);
constexpr Duration kRetryAfterMin = base::seconds(1), kRetryAfterMax = base::hours(1);

Duration around(Duration delay, base::Random& random) {
  const auto fifth = static_cast<std::uint64_t>(delay.count() / 5);
  return delay - Duration(fifth) + Duration(random.below(2 * fifth + 1));
}

bool retried(int status) {
  if (status == 408 || status == 425 || status == 429) return true;
  return status >= 500 && status != 501 && status != 505;
}

// A gateway speaks: what stands behind it may have read the message.
bool behind_gateway(int status) { return status == 502 || status == 504; }

// RFC 4954 section 6 and RFC 5321 section 4.2: what concerns the login.
bool login_refused(int reply) {
  return reply == 530 || reply == 534 || reply == 535 || reply == 538;
}

// A letter that was refused as a whole is lost; a sender, recipient or login that is refused is for
// people to correct, and the letter waits for that.
AttemptOutcome judge_letter(const AttemptResult& result) {
  std::string text = "SMTP " + std::to_string(result.status);
  if (!result.message.empty()) text += ": " + base::printable(result.message);
  if (result.status / 100 == 2) return {Disposition::kDelivered, std::move(text), true};
  if (result.status / 100 == 4) return {Disposition::kRetry, std::move(text), false};
  return {result.unsent ? Disposition::kSlow : Disposition::kDropped, std::move(text), false};
}

}  // namespace

std::string_view to_text(FailureReason reason) {
  constexpr std::array<std::string_view, kFailureReasons> kNames{"auth",   "rate_limit", "client",
                                                                 "server", "timeout",    "network"};
  return kNames.at(static_cast<std::size_t>(reason));
}

FailureReason reason_of(const AttemptResult& result) {
  const int status = result.status;
  if (status == 0) {
    if (result.failure == kBadRequest) return FailureReason::kClient;
    return result.failure == "timeout" ? FailureReason::kTimeout : FailureReason::kNetwork;
  }
  if (result.smtp) {
    if (login_refused(status)) return FailureReason::kAuth;
    return status / 100 == 4 ? FailureReason::kServer : FailureReason::kClient;
  }
  if (status == 401 || status == 403 || status == 407) return FailureReason::kAuth;
  if (status == 429) return FailureReason::kRateLimit;
  return status >= 500 ? FailureReason::kServer : FailureReason::kClient;
}

AttemptOutcome judge(const AttemptResult& result) {
  const int status = result.status;
  if (result.ours) {
    return {Disposition::kUnsent, "not sent: " + base::printable(result.message), false};
  }
  if (status == 0) {
    std::string reason = result.failure.empty() ? "no answer" : result.failure;
    if (!result.message.empty()) reason += ": " + base::printable(result.message);
    const bool ours = result.failure == kBadRequest;
    if (result.held_up && !ours) {
      return {Disposition::kAgain, "idpwatch was held up while it waited for the answer: " + reason,
              result.may_have_arrived};
    }
    return {ours ? Disposition::kSlow : Disposition::kRetry, std::move(reason),
            result.may_have_arrived};
  }
  if (result.smtp) return judge_letter(result);
  const std::string text = "HTTP " + std::to_string(status);
  // The answer's body is of no interest: a success that broke off is one.
  if (status >= 200 && status < 300) {
    if (result.refused.empty()) return {Disposition::kDelivered, text, true};
    return {Disposition::kDropped, text + ": " + base::printable(result.refused), false};
  }
  if (status < 400) return {Disposition::kDropped, "redirect refused (" + text + ")", false};
  if (status == 410) return {Disposition::kDisable, text + ", the receiver is gone", false};
  if (status == 401 || status == 403 || status == 404) return {Disposition::kSlow, text, false};
  if (retried(status) && !result.final_status) {
    return {Disposition::kRetry, text, behind_gateway(status)};
  }
  return {Disposition::kDropped, text, false};
}

Duration retry_delay(int attempts, base::Random& random) {
  const auto step = static_cast<std::size_t>(std::max(attempts, 1) - 1);
  const Duration delay = kSchedule.at(std::min(step, kSchedule.size() - 1));
  if (attempts > kFullJitter) return around(delay, random);
  const auto span = static_cast<std::uint64_t>((delay - kLeastDelay).count());
  return kLeastDelay + Duration(random.below(span + 1));
}

Duration slow_delay(base::Random& random) { return around(base::hours(1), random); }

std::optional<Duration> retry_after(const AttemptResult& result, base::Instant now) {
  const std::string_view text = base::trim(result.retry_after);
  if (text.empty()) return std::nullopt;
  std::int64_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  const bool number = end == text.data() + text.size() && text.front() != '-';
  if (number && error == std::errc::result_out_of_range) return kRetryAfterMax;
  if (number && error == std::errc()) {
    const std::int64_t most = std::chrono::duration_cast<base::seconds>(kRetryAfterMax).count();
    return std::clamp<Duration>(base::seconds(std::min(seconds, most)), kRetryAfterMin,
                                kRetryAfterMax);
  }
  const auto until = base::parse_http_date(text, now);
  if (!until) return std::nullopt;
  const auto server_now = base::parse_http_date(result.date, now);
  return std::clamp<Duration>(*until - server_now.value_or(now), kRetryAfterMin, kRetryAfterMax);
}

}  // namespace idpwatch::alerts
