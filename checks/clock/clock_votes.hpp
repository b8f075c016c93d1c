// Whose clock is wrong? One authority against the local clock cannot tell; a majority of
// independent sources can (Marzullo's intersection; facts on clocks, section 3). Each source says
// in which interval its clock minus ours lies; the kernel's time service, where it can be trusted,
// is one more that says "about zero".
//
// Only adds to findings of `clock-offset`: tokens fail whoever is wrong. Pure.
#pragma once

#include "base/time.hpp"
#include "checks/clock/clock_estimator.hpp"
#include "model/authority.hpp"
#include "model/finding.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::checks {

struct ClockVote {
  std::string source;  // host of an authority, or kKernelVoice
  base::Duration lo{0}, hi{0};
};

inline constexpr const char* kKernelVoice = "the kernel's time service";

// Authorities of one host are one source.
std::string clock_host(const model::AuthoritySpec& spec);
// Of an authority; nullopt: without an upper bound it says too little.
std::optional<ClockVote> vote_of(const std::string& host, const ClockInterval& interval);
// Of the kernel: `max_error` by adjtimex, while it calls itself synchronised. nullopt: it knows
// nothing. Never narrower than half a second: one client writes errors of zero (facts, 3.2).
std::optional<ClockVote> kernel_vote(bool synchronised, base::Duration max_error);

struct ClockMajority {
  base::Duration lo{0}, hi{0};      // in which all that agree lie
  std::vector<std::string> agree;   // sources
  std::vector<std::string> others;  // that do not
};

// Sources of one name have one vote. nullopt: fewer than three sources, or no majority of them.
// O(n log n).
std::optional<ClockMajority> majority_of(std::vector<ClockVote> votes);

// Who is wrong, as evidence and remedy of a finding of `clock-offset` about `host`.
void add_blame(model::Finding& finding, const std::string& host, const std::string& instance,
               const std::optional<ClockMajority>& majority);

}  // namespace idpwatch::checks
