#include "watch/look_progress.hpp"

namespace idpwatch::watch {

namespace {

// A healthy loop is late by seconds at most, also with thousands of authorities.
constexpr base::Duration kPatience = base::minutes(2);
// The discovery document and the key set, each asked for once more on a fresh connection.
constexpr int kRequests = 4;

}  // namespace

bool progresses(const PlannedLook& look, base::Duration boottime) {
  if (boottime - look.planned > kPatience) return false;
  const base::Duration longest = kRequests * (look.redirects + 1) * look.timeout + kPatience;
  return !look.begun || boottime - *look.begun <= longest;
}

}  // namespace idpwatch::watch
