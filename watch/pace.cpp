#include "watch/pace.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace idpwatch::watch {

namespace {

constexpr std::string_view kRule = "self-pace";
constexpr int kTooManyRequests = 429;
constexpr int kUnavailable = 503;
constexpr base::Duration kLongest = base::hours(1);

std::array<const std::optional<model::Fetch>*, 2> parts(const model::Observation& seen) {
  return {&seen.discovery, &seen.jwks};
}

// Zero: no Retry-After, or none that can be read.
base::Duration retry_after(const model::Fetch& fetch, base::Instant now) {
  const std::string* text = fetch.header("retry-after");
  if (text == nullptr) return base::Duration(0);
  std::int64_t seconds = 0;
  const char* end = text->data() + text->size();
  const auto [read, error] = std::from_chars(text->data(), end, seconds);
  if (error == std::errc{} && read == end && seconds >= 0) {
    const std::int64_t most = std::chrono::duration_cast<std::chrono::seconds>(kLongest).count();
    return base::seconds(std::min(seconds, most));
  }
  const auto date = base::parse_http_date(*text, now);
  return date ? std::clamp<base::Duration>(*date - now, base::Duration(0), kLongest)
              : base::Duration(0);
}

}  // namespace

bool is_limited(const model::Observation& seen) {
  return std::ranges::any_of(
      parts(seen), [](const auto* part) { return *part && (*part)->status == kTooManyRequests; });
}

base::Duration pause(const model::Observation& seen, int limited, base::Duration interval,
                     base::Instant now) {
  base::Duration longest{0};
  for (const auto* part : parts(seen)) {
    const bool asks =
        *part && ((*part)->status == kTooManyRequests || (*part)->status == kUnavailable);
    if (asks) longest = std::max(longest, retry_after(**part, now));
  }
  if (!is_limited(seen)) return longest;
  const base::Duration longer = interval * (1 << std::clamp(limited, 1, kLimitedMax));
  return std::max(longest, std::min(longer, kLongest));
}

model::CheckResult pace_result(const model::Observation& seen, base::Duration pause,
                               base::Duration interval, const std::string& instance) {
  model::Subject subject;
  subject.authority = seen.authority;
  if (!is_limited(seen)) return model::CheckResult::good(kRule, std::move(subject));
  model::Finding finding;
  finding.rule = kRule;
  finding.severity = model::Severity::kWarning;
  finding.subject = std::move(subject);
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = seen.at;
  finding.summary = base::printable(seen.authority) +
                    " answers 429 to idpwatch's own requests: idpwatch asks again in " +
                    base::describe_duration(pause) + " instead of " +
                    base::describe_duration(interval);
  for (const auto* part : parts(seen)) {
    const std::string* text = *part ? (*part)->header("retry-after") : nullptr;
    if (text == nullptr) continue;
    finding.evidence.push_back({"Retry-After", base::printable(*text), (*part)->url});
  }
  finding.remedy =
      "Lengthen this authority's interval, or have its owner exempt the address of " +
      base::printable(instance) +
      ". Services ask a few times a day: nothing is known of a limit on their requests.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::watch
