#include "probe/schedule.hpp"

#include "base/assert.hpp"

#include <algorithm>
#include <cstdint>

namespace idpwatch::probe {

namespace {

constexpr base::Duration kSecond = base::seconds(1);
// Per authority, so that a thousand of them do not begin in one instant.
constexpr base::Duration kStagger = base::milliseconds(5);

// FNV-1a with a final mix: equal in every build and on every machine, so that a restart keeps the
// places.
std::uint64_t hash(std::string_view text) {
  std::uint64_t value = 0xcbf29ce484222325U;
  for (const char c : text) {
    value ^= static_cast<unsigned char>(c);
    value *= 0x100000001b3U;
  }
  value ^= value >> 33U;
  value *= 0xff51afd7ed558ccdU;
  value ^= value >> 33U;
  return value;
}

base::Duration share_of(std::uint64_t hashed, base::Duration whole) {
  return base::Duration(
      static_cast<std::int64_t>(hashed % static_cast<std::uint64_t>(whole.count())));
}

// The place within its second of the n-th instant: frac(n * golden ratio), moved by the hash.
base::Duration phase(std::uint64_t hashed, std::int64_t n) {
  // 2^64 / golden ratio: the multiplication wraps, which is what frac() does.
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
  const std::uint64_t fraction = static_cast<std::uint64_t>(n) * kGolden + hashed;
  // The high 32 bits as a fraction of a second.
  return base::Duration(static_cast<std::int64_t>(((fraction >> 32U) * 1'000'000U) >> 32U));
}

}  // namespace

base::Duration next_look(std::string_view authority, base::Duration interval,
                         base::Duration after) {
  IDPWATCH_ASSERT(interval >= kSecond);
  const std::uint64_t hashed = hash(authority);
  const base::Duration offset = share_of(hashed, interval);
  const auto instant = [&](std::int64_t n) {
    const base::Duration slot = offset + interval * n;
    return std::chrono::floor<base::seconds>(slot) + phase(hashed, n);
  };
  // The slot before it may still lie in the future, by less than a second.
  std::int64_t n = (after - offset) / interval - 1;
  while (instant(n) <= after) ++n;
  return instant(n);
}

base::Duration first_look(std::string_view authority, base::Duration interval,
                          std::size_t authorities, base::Duration now) {
  const base::Duration spread =
      std::min(interval, kStagger * static_cast<std::int64_t>(authorities));
  if (spread <= base::Duration{0}) return now;
  return now + share_of(hash(authority), spread);
}

base::Duration jitter(std::string_view authority, int nth, base::Duration most) {
  if (most <= base::Duration{0}) return base::Duration{0};
  constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;
  return share_of(hash(authority) + static_cast<std::uint64_t>(nth) * kOdd, most);
}

}  // namespace idpwatch::probe
