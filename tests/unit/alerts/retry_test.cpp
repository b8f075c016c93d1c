#include "alerts/retry.hpp"

#include <catch2/catch.hpp>

using namespace idpwatch;
using alerts::AttemptResult;
using alerts::Disposition;

namespace {

const base::Instant kNow = base::from_unix_seconds(1'772'323'200);  // 2026-03-01T00:00:00Z

AttemptResult answer(int status, std::string retry_after = {}, std::string date = {}) {
  AttemptResult result;
  result.status = status;
  result.retry_after = std::move(retry_after);
  result.date = std::move(date);
  return result;
}

}  // namespace

TEST_CASE("each status means what the rules say", "[alerts]") {
  const auto what = [](int status) { return alerts::judge(answer(status)).what; };
  for (int status : {200, 201, 202, 204, 299}) CHECK(what(status) == Disposition::kDelivered);
  for (int status : {301, 302, 304, 307, 308}) CHECK(what(status) == Disposition::kDropped);
  for (int status : {408, 425, 429, 500, 502, 503, 504, 599}) {
    CHECK(what(status) == Disposition::kRetry);
  }
  for (int status : {401, 403, 404}) CHECK(what(status) == Disposition::kSlow);
  for (int status : {400, 405, 413, 415, 422, 451, 501, 505}) {
    CHECK(what(status) == Disposition::kDropped);
  }
  CHECK(what(410) == Disposition::kDisable);
  CHECK(what(0) == Disposition::kRetry);
  CHECK(alerts::judge(answer(302)).reason == "redirect refused (HTTP 302)");
}

TEST_CASE("what may have arrived is told apart from what did not", "[alerts]") {
  AttemptResult result;
  result.failure = "connect";
  CHECK_FALSE(alerts::judge(result).may_have_arrived);
  result.failure = "timeout";
  result.may_have_arrived = true;
  CHECK(alerts::judge(result).may_have_arrived);
  CHECK_FALSE(alerts::judge(answer(503)).may_have_arrived);
  CHECK(alerts::judge(answer(504)).may_have_arrived);
}

TEST_CASE("the schedule grows from seconds to an hour, with jitter within its bounds", "[alerts]") {
  base::SeededRandom random(3);
  const std::vector<base::Duration> most{base::seconds(5),  base::seconds(30), base::minutes(2),
                                         base::minutes(12), base::minutes(36), base::minutes(72),
                                         base::minutes(72)};
  const std::vector<base::Duration> least{
      base::milliseconds(500), base::milliseconds(500), base::milliseconds(500), base::minutes(8),
      base::minutes(24),       base::minutes(48),       base::minutes(48)};
  for (int attempt = 1; attempt <= 7; ++attempt) {
    const auto at = static_cast<std::size_t>(attempt - 1);
    for (int i = 0; i < 200; ++i) {
      const base::Duration delay = alerts::retry_delay(attempt, random);
      CHECK(delay >= least.at(at));
      CHECK(delay <= most.at(at));
    }
  }
  base::SeededRandom one(9), same(9);
  CHECK(alerts::retry_delay(4, one) == alerts::retry_delay(4, same));
}

TEST_CASE("Retry-After is read as seconds or against the server's own date, and clamped",
          "[alerts]") {
  const auto wait = [](const AttemptResult& result) { return alerts::retry_after(result, kNow); };
  CHECK(wait(answer(429, "120")) == base::seconds(120));
  CHECK(wait(answer(429, " 7 ")) == base::seconds(7));
  CHECK(wait(answer(429, "0")) == base::seconds(1));
  CHECK(wait(answer(429, "999999")) == base::hours(1));
  CHECK(wait(answer(429, "99999999999999999999999")) == base::hours(1));
  // The server's clock is a day ahead of ours; the pause is 90 s all the same.
  CHECK(wait(answer(503, "Mon, 02 Mar 2026 10:01:30 GMT", "Mon, 02 Mar 2026 10:00:00 GMT")) ==
        base::seconds(90));
  CHECK(wait(answer(503, "Sun, 01 Mar 2026 00:00:10 GMT")) == base::seconds(10));
  CHECK(wait(answer(503, "Sat, 28 Feb 2026 00:00:10 GMT")) == base::seconds(1));
  for (const char* text : {"", "-5", "soon", "1.5", "12 apples"}) {
    CHECK_FALSE(wait(answer(429, text)));
  }
}
