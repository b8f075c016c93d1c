#include "explain/token_times.hpp"

#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdlib>
#include <utility>

namespace idpwatch::explain {
namespace {

constexpr std::int64_t kThousand = 1000;
constexpr std::int64_t kSecondsMost = 100'000'000'000;  // the year 5138

std::string relative(std::int64_t seconds, base::Instant now) {
  const base::Instant at = base::from_unix_seconds(seconds);
  const bool past = at <= now;
  const std::string span = base::describe_duration(past ? now - at : at - now);
  return (past ? span + " ago" : "in " + span) + " (" + base::format_rfc3339(at) + ")";
}

std::string_view name_of(TimeUnit unit) {
  return unit == TimeUnit::kMilliseconds   ? "milliseconds"
         : unit == TimeUnit::kMicroseconds ? "microseconds"
         : unit == TimeUnit::kNanoseconds  ? "nanoseconds"
                                           : "seconds";
}

std::int64_t year_of(std::int64_t seconds) {
  constexpr std::int64_t kYear = 31'556'952;
  return 1970 + seconds / kYear;
}

std::string wrong_unit(const char* name, std::int64_t value, base::Instant now) {
  const TimeUnit unit = unit_of(value);
  return std::string(name) + " is " + std::to_string(value) + ", which is in " +
         std::string(name_of(unit)) +
         ": a reader takes it for seconds (RFC 7519 section 2) and sees "
         "the year " +
         std::to_string(year_of(value)) + ". Read as " + std::string(name_of(unit)) + " it is " +
         relative(in_seconds(value), now) + ".";
}

// iat lies ahead by a whole number of quarter hours: local time that was written as if it were UTC.
std::string zone_of(std::int64_t issued, base::Instant now) {
  constexpr std::int64_t kQuarter = 900;
  constexpr std::int64_t kSlack = 120;
  constexpr std::int64_t kMost = std::int64_t{14} * 3600 + kSlack;
  const std::int64_t ahead = issued - base::to_unix_seconds(now);
  if (ahead < 2 * kQuarter - kSlack || ahead > kMost) return {};
  const std::int64_t off = (ahead + kQuarter / 2) % kQuarter - kQuarter / 2;
  if (std::abs(off) > kSlack) return {};
  return "iat is " + base::describe_duration(base::seconds(ahead)) +
         " in the future, close to a whole number of quarter hours: the issuer probably writes its "
         "local time as if it were UTC.";
}

void note_type(const checks::TokenForm& form, const char* name, std::vector<std::string>& faults) {
  if (!form.has_claim(name)) return;
  const base::Json& value = (*form.claims)[name];
  if (value.is_number()) return;
  faults.push_back(
      std::string(name) + " is " +
      base::printable(value.dump(-1, ' ', false, base::Json::error_handler_t::replace), 64) +
      ", not a number (RFC 7519 section 2): libraries refuse it or ignore it.");
}

}  // namespace

TimeUnit unit_of(std::int64_t value) {
  if (value < kSecondsMost) return TimeUnit::kSeconds;
  if (value < kSecondsMost * kThousand) return TimeUnit::kMilliseconds;
  return value < kSecondsMost * kThousand * kThousand ? TimeUnit::kMicroseconds
                                                      : TimeUnit::kNanoseconds;
}

std::int64_t in_seconds(std::int64_t value) {
  switch (unit_of(value)) {
    case TimeUnit::kNanoseconds:
      return value / kThousand / kThousand / kThousand;
    case TimeUnit::kMicroseconds:
      return value / kThousand / kThousand;
    case TimeUnit::kMilliseconds:
      return value / kThousand;
    case TimeUnit::kSeconds:
      break;
  }
  return value;
}

std::optional<base::Instant> instant_of(const std::optional<std::int64_t>& seconds) {
  if (!seconds || *seconds >= kSecondsMost || *seconds <= -kSecondsMost) return std::nullopt;
  return base::from_unix_seconds(*seconds);
}

bool has_wrong_unit(const checks::TokenForm& form) {
  if (!form.token) return false;
  for (const auto& value : {form.token->expires, form.token->not_before, form.token->issued_at}) {
    if (value && unit_of(*value) != TimeUnit::kSeconds) return true;
  }
  return false;
}

TokenTimes times_in_words(const checks::TokenForm& form, base::Instant now,
                          const std::optional<forecast::ClockBounds>& clock) {
  TokenTimes times;
  if (!form.token) return times;
  const model::Token& token = *form.token;
  const std::array named{std::pair{"iat", token.issued_at}, std::pair{"nbf", token.not_before},
                         std::pair{"exp", token.expires}};
  const std::array verbs{"issued", "valid from", "ends"};
  std::string line;
  constexpr std::int64_t kLeast = -62'135'596'800;  // the year 1
  for (std::size_t i = 0; i < named.size(); ++i) {
    const auto& [name, value] = named[i];
    note_type(form, name, times.faults);
    if (!value) continue;
    if (unit_of(*value) != TimeUnit::kSeconds) {
      times.faults.push_back(wrong_unit(name, *value, now));
    } else if (*value < kLeast) {
      times.faults.push_back(std::string(name) + " lies before the year 1");
    } else if (i != 1 || *value != token.issued_at) {
      const bool over = i == 2 && base::from_unix_seconds(*value) <= now;
      line += (line.empty() ? "" : ", ") + std::string(over ? "ended" : verbs[i]) + " " +
              relative(*value, now);
    }
  }
  if (!line.empty()) times.sentences.push_back(line + ", by this host's time.");
  if (!token.expires && !form.has_claim("exp")) {
    times.faults.emplace_back("It has no exp: most validators refuse a token without an end.");
  }
  if (token.issued_at && unit_of(*token.issued_at) == TimeUnit::kSeconds) {
    if (std::string zone = zone_of(*token.issued_at, now); !zone.empty()) {
      times.faults.push_back(zone);
    }
  }
  if (!clock || line.empty()) return times;
  const base::Duration offset = clock->hi ? (clock->lo + *clock->hi) / 2 : clock->lo;
  if (offset < base::seconds(1) && offset > -base::seconds(1)) return times;
  const base::Instant there = now + offset;
  std::string by = "By the authority's clock it is " +
                   base::format_rfc3339(std::chrono::floor<base::seconds>(there)) +
                   ": this host's clock is " +
                   base::describe_duration(offset < base::Duration(0) ? -offset : offset) +
                   (offset > base::Duration(0) ? " behind it" : " ahead of it");
  if (token.expires && unit_of(*token.expires) == TimeUnit::kSeconds) {
    const bool over = base::from_unix_seconds(*token.expires) <= there;
    by += over ? ", and by that the token ended " : ", and by that the token ends ";
    by += relative(*token.expires, there);
  }
  times.sentences.push_back(by + ".");
  return times;
}

}  // namespace idpwatch::explain
