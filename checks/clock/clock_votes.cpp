#include "checks/clock/clock_votes.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/clock/clock_offset.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace idpwatch::checks {

namespace {

constexpr std::size_t kLeastSources = 3;
constexpr std::size_t kNamesShown = 5;
constexpr base::Duration kKernelErrorMost = base::seconds(1);
constexpr base::Duration kKernelWidthLeast = base::milliseconds(500);

// What holds of all votes of a source; a source that contradicts itself says nothing.
std::vector<ClockVote> one_a_source(std::vector<ClockVote> votes) {
  std::map<std::string, ClockVote> by_source;
  for (ClockVote& vote : votes) {
    const auto [found, fresh] = by_source.emplace(vote.source, vote);
    if (fresh) continue;
    found->second.lo = std::max(found->second.lo, vote.lo);
    found->second.hi = std::min(found->second.hi, vote.hi);
  }
  votes.clear();
  for (auto& [source, vote] : by_source) {
    if (vote.lo <= vote.hi) votes.push_back(std::move(vote));
  }
  return votes;
}

// Where the most intervals overlap, found at their lower ends.
base::Duration fullest_point(const std::vector<ClockVote>& votes) {
  // Ends sort behind the starts of the same instant: intervals that touch overlap.
  std::vector<std::pair<base::Duration, bool>> edges;
  edges.reserve(votes.size() * 2);
  for (const ClockVote& vote : votes) {
    edges.emplace_back(vote.lo, false);
    edges.emplace_back(vote.hi, true);
  }
  std::sort(edges.begin(), edges.end());
  base::Duration best{0};
  int open = 0, most = 0;
  for (const auto& [at, ends] : edges) {
    open += ends ? -1 : 1;
    if (open <= most) continue;
    most = open;
    best = at;
  }
  return best;
}

std::string names(const std::vector<std::string>& all) {
  std::vector<std::string> shown;
  for (std::size_t i = 0; i < std::min(all.size(), kNamesShown); ++i) {
    shown.push_back(base::printable(all[i], 80));
  }
  if (all.size() > kNamesShown) {
    shown.push_back(std::to_string(all.size() - kNamesShown) + " more");
  }
  return base::join(shown, ", ");
}

}  // namespace

std::string clock_host(const model::AuthoritySpec& spec) {
  return host_of(spec.issuer.empty() ? spec.name : spec.issuer);
}

std::optional<ClockVote> vote_of(const std::string& host, const ClockInterval& interval) {
  if (!interval.hi) return std::nullopt;
  return ClockVote{host, interval.lo, *interval.hi};
}

std::optional<ClockVote> kernel_vote(bool synchronised, base::Duration max_error) {
  if (!synchronised || max_error <= base::Duration(0) || max_error >= kKernelErrorMost) {
    return std::nullopt;
  }
  const base::Duration width = std::max(max_error, kKernelWidthLeast);
  return ClockVote{kKernelVoice, -width, width};
}

std::optional<ClockMajority> majority_of(std::vector<ClockVote> votes) {
  votes = one_a_source(std::move(votes));
  if (votes.size() < kLeastSources) return std::nullopt;
  const base::Duration point = fullest_point(votes);
  ClockMajority majority{base::Duration::min(), base::Duration::max(), {}, {}};
  for (ClockVote& vote : votes) {
    if (vote.lo > point || vote.hi < point) {
      majority.others.push_back(std::move(vote.source));
      continue;
    }
    majority.lo = std::max(majority.lo, vote.lo);
    majority.hi = std::min(majority.hi, vote.hi);
    majority.agree.push_back(std::move(vote.source));
  }
  if (majority.agree.size() * 2 <= votes.size()) return std::nullopt;
  return majority;
}

void add_blame(model::Finding& finding, const std::string& host, const std::string& instance,
               const std::optional<ClockMajority>& majority) {
  if (!majority) {
    finding.evidence.push_back({.fact = "whose clock is wrong",
                                .value = "not known: there is no majority of three sources or more",
                                .source = {}});
    return;
  }
  const std::string here = base::printable(instance), there = base::printable(host);
  const std::string how_many = std::to_string(majority->agree.size()) + " of " +
                               std::to_string(majority->agree.size() + majority->others.size()) +
                               " sources agree (" + names(majority->agree) + ")";
  const ClockInterval agreed{
      .lo = majority->lo, .hi = majority->hi, .evidence = DateClass::kFresh, .samples = 1};
  if (agreed.proven().count() != 0) {
    finding.evidence.push_back({.fact = "whose clock is wrong",
                                .value = "that of " + here + ": " + how_many +
                                         " that it is off by " + describe_interval(agreed),
                                .source = {}});
    finding.remedy = "Fix the time service of " + here +
                     " (`timedatectl timesync-status` or `chronyc tracking`): a majority of "
                     "independent sources says that its clock is the wrong one.";
    return;
  }
  const bool blamed =
      std::find(majority->others.begin(), majority->others.end(), host) != majority->others.end();
  finding.evidence.push_back(
      {.fact = "whose clock is wrong",
       .value = (blamed ? "that of " + there + ": " : std::string("neither is proven: ")) +
                how_many + " with the clock of " + here,
       .source = {}});
  if (blamed) {
    finding.remedy = "The clock of " + there +
                     " is wrong (or a cache in front of it serves old responses): report it to its "
                     "operator. Until then its tokens fail here.";
  }
}

}  // namespace idpwatch::checks
