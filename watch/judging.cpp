#include "watch/judging.hpp"

#include "watch/deployed_files.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace idpwatch::watch {

namespace {

// As of an older instant than that nothing is judged any more: windows move with it.
constexpr base::Duration kAsOfFor = base::seconds(10);

std::optional<base::Instant> started_at(const Judging::Member& member, const net::Now& now) {
  if (member.deployment->started_at) return member.deployment->started_at;
  if (!*member.start_ticks) return std::nullopt;
  return instant_of_ticks(**member.start_ticks, now.wall, now.boottime);
}

std::set<std::string_view> issuers_brought_to(const std::vector<Judging::Member>& members) {
  std::set<std::string_view> brought;
  for (const Judging::Member& member : members) {
    for (const config::CallerTokens& one : member.deployment->tokens) {
      if (one.issuer) brought.insert(*one.issuer);
    }
  }
  return brought;
}

}  // namespace

void Judging::set_members(const std::vector<Member>& members,
                          const std::vector<config::AuthorityConfig>& configured,
                          std::string vantage) {
  vantage_ = std::move(vantage);
  issuers_.clear();
  for (auto& [name, group] : groups_) {
    group.members.clear();
    group.judged.clear();
    group.undetermined.clear();
    group.notes.clear();
    group.by_itself.clear();
    group.next = group.left = 0;
    group.queued = group.issues = false;
    group.judge.reset();
    group.due.reset();
  }
  queue_.clear();
  places_.clear();
  for (const Member& member : members) {
    Group& group = groups_[member.validator->authority];
    places_[member.validator] = {&group, group.members.size()};
    group.members.push_back(member);
    group.judged.emplace_back();
    group.undetermined.emplace_back();
    group.notes.emplace_back();
    group.by_itself.push_back(false);
  }
  const std::set<std::string_view> brought = issuers_brought_to(members);
  for (const config::AuthorityConfig& authority : configured) {
    if (!brought.contains(authority.spec.issuer)) continue;
    issuers_[authority.spec.name] = authority.spec.issuer;
    groups_[authority.spec.name].issues = true;
  }
  std::erase_if(groups_, [](const auto& entry) {
    return entry.second.members.empty() && !entry.second.issues;
  });
  for (auto& [name, group] : groups_) mark(name, group);
}

std::vector<std::string> Judging::addresses_of(const Group& group) {
  std::vector<std::string> addresses;
  for (const Member& member : group.members) {
    const std::string& address = member.validator->validator->addresses().metadata;
    if (!address.empty()) addresses.push_back(address);
  }
  return addresses;
}

base::Status Judging::restore(storage::Reader& stored, const std::string& authority,
                              base::Instant now) {
  const auto found = groups_.find(authority);
  if (found == groups_.end()) return base::Ok{};
  return found->second.authority.restore(stored, authority, now, addresses_of(found->second));
}

void Judging::observed(const AuthorityTrack& track, const model::Observation& seen,
                       const ProbeOutcome& judged, const net::Now& now) {
  const auto found = groups_.find(track.spec().name);
  if (found == groups_.end()) return;
  std::vector<base::Duration> waits;
  for (const Member& member : found->second.members) {
    waits.push_back(member.validator->validator->cache().fetch.timeout);
  }
  found->second.authority.observe(waits, track, seen, judged, now);
  mark(found->first, found->second);
}

void Judging::mark(const std::string& name, Group& group) {
  // Nothing is known of an authority before it was seen for the first time.
  if (group.members.empty() || (!name.empty() && !group.authority.observed())) return;
  group.left = group.members.size();
  group.judge.reset();
  group.due.reset();
  if (std::exchange(group.queued, true)) return;
  queue_.push_back(name);
}

void Judging::mark(const std::string& authority) {
  const auto found = groups_.find(authority);
  if (found != groups_.end()) mark(found->first, found->second);
}

void Judging::mark_due(base::Instant now) {
  for (auto& [name, group] : groups_) {
    if (group.due && *group.due <= now) mark(name, group);
  }
}

void Judging::clock_set(const net::Now& now) {
  for (auto& [name, group] : groups_) {
    if (group.due) group.due = std::min(*group.due, now.wall);
  }
}

std::optional<base::Instant> Judging::next_due() const {
  std::optional<base::Instant> next;
  for (const auto& [name, group] : groups_) {
    if (group.due && (!next || *group.due < *next)) next = group.due;
  }
  return next;
}

std::vector<model::CheckResult> Judging::judge_some(const net::Now& now, base::Duration budget) {
  std::vector<model::CheckResult> results;
  while (!queue_.empty()) {
    std::string name = std::move(queue_.front());
    queue_.pop_front();
    Group& group = groups_.find(name)->second;
    judge_next(group, now, forecast::kForesight, results);
    if (group.left > 0) {
      queue_.push_back(std::move(name));
    } else {
      group.queued = false;
      group.judge.reset();
    }
    if (clock_.boottime() - now.boottime >= budget) break;
  }
  return results;
}

void Judging::judge_next(Group& group, const net::Now& now, std::optional<base::Duration> foresight,
                         std::vector<model::CheckResult>& out) {
  if (!group.judge || now.wall - group.as_of > kAsOfFor || now.wall < group.as_of) {
    group.judge = std::make_unique<forecast::Forecaster>();
    group.as_of = now.wall;
  }
  const std::size_t index = group.next;
  group.next = (group.next + 1) % group.members.size();
  group.left -= 1;
  judgements_ += 1;
  const WatchedValidator* watched = group.members[index].validator;
  const std::vector<config::CallerTokens>& tokens = group.members[index].deployment->tokens;
  std::vector<forecast::TokenFacts> callers =
      token_facts(tokens, watched->authority, issuers_of(tokens), forecast::kOurTokens);
  std::optional<forecast::SignerPin> signer;
  show_canaries(group.members[index], callers, signer);
  const bool observed = group.authority.observed();
  forecast::DeploymentView view{
      .name = watched->name,
      .settings = watched->settings,
      .validator = watched->validator,
      .started_at = started_at(group.members[index], now),
      .tokens = std::move(callers.front()),
      .authority = observed ? &group.authority.facts() : nullptr,
      .clock = observed ? group.authority.clock() : std::nullopt,
      .vantage = vantage_,
      .restarted_only = false,
      .foresight = foresight,
      .other_callers = {},
      .route = watched->route,
      .signer = std::move(signer),
  };
  std::move(callers.begin() + 1, callers.end(), std::back_inserter(view.other_callers));
  forecast::Forecast judgement = group.judge->judge(view, group.as_of);
  group.judged[index] = group.authority.revision();
  group.undetermined[index] = std::move(judgement.undetermined);
  group.notes[index] = std::move(judgement.notes);
  group.by_itself[index] = judgement.by_itself;
  std::move(judgement.results.begin(), judgement.results.end(), std::back_inserter(out));
  // Not before the next second: a judgement that is due at once would keep the loop busy.
  if (!judgement.next_change) return;
  const base::Instant due = std::max(*judgement.next_change, now.wall + base::seconds(1));
  if (!group.due || due < *group.due) group.due = due;
}

base::Result<std::vector<model::CheckResult>> Judging::judge_stored(storage::Reader& stored,
                                                                    const net::Now& now) {
  std::vector<model::CheckResult> results;
  for (auto& [name, group] : groups_) {
    if (name.empty()) continue;
    const auto restored = group.authority.restore(stored, name, now.wall, addresses_of(group));
    if (!restored) return base::fail(restored.error());
    group.authority.take_as_observed(name);
  }
  for (auto& [name, group] : groups_) {
    if (!name.empty() && !group.authority.observed()) continue;
    group.left = group.members.size();
    while (group.left > 0) judge_next(group, now, std::nullopt, results);
  }
  return results;
}

// The watched authorities that issue such tokens.
std::vector<WatchedIssuer> Judging::issuers_of(
    const std::vector<config::CallerTokens>& tokens) const {
  std::vector<WatchedIssuer> all;
  if (std::none_of(tokens.begin(), tokens.end(), [](const auto& one) { return one.issuer; })) {
    return all;
  }
  const auto told = [&](const std::string& issuer) {
    return std::any_of(tokens.begin(), tokens.end(),
                       [&](const config::CallerTokens& one) { return one.issuer == issuer; });
  };
  for (const auto& [name, group] : groups_) {
    const forecast::AuthorityFacts& facts = group.authority.facts();
    WatchedIssuer one{name, {facts.issuer}, {}};
    const auto configured = issuers_.find(name);
    if (configured != issuers_.end()) one.issuers.push_back(configured->second);
    if (std::none_of(one.issuers.begin(), one.issuers.end(), told)) continue;
    for (const forecast::KnownKey& known : facts.keys) {
      if (!known.first_absent_at) one.keys.push_back(known.key);
    }
    all.push_back(std::move(one));
  }
  return all;
}

std::string Judging::undetermined(const WatchedValidator& validator) const {
  const auto found = places_.find(&validator);
  return found == places_.end() ? std::string()
                                : found->second.group->undetermined[found->second.index];
}

std::vector<std::string> Judging::notes(const WatchedValidator& validator) const {
  const auto found = places_.find(&validator);
  return found == places_.end() ? std::vector<std::string>()
                                : found->second.group->notes[found->second.index];
}

bool Judging::by_itself(const WatchedValidator& validator) const {
  const auto found = places_.find(&validator);
  return found != places_.end() && found->second.group->by_itself[found->second.index];
}

std::string Judging::unseen(std::string_view authority) const {
  const auto found = groups_.find(authority);
  return found == groups_.end() ? std::string() : found->second.authority.unseen();
}

const std::vector<Judging::Member>& Judging::members(std::string_view authority) const {
  static const std::vector<Member> nobody;
  const auto found = groups_.find(authority);
  return found == groups_.end() ? nobody : found->second.members;
}

Judging::Progress Judging::progress(const WatchedValidator& validator) const {
  const auto found = places_.find(&validator);
  if (found == places_.end()) return Progress::kWaiting;
  const auto& [group, index] = found->second;
  if (!validator.authority.empty() && !group->authority.observed()) return Progress::kUnknown;
  return group->judged[index] == group->authority.revision() ? Progress::kJudged
                                                             : Progress::kWaiting;
}

}  // namespace idpwatch::watch
