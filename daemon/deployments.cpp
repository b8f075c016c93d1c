#include "daemon/deployments.hpp"

#include "base/url.hpp"
#include "daemon/caller_tokens.hpp"
#include "daemon/own_limit.hpp"
#include "daemon/settings_change.hpp"
#include "daemon/trusted_authority.hpp"
#include "daemon/unreadable_deployment.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace idpwatch::daemon {

namespace {

model::Event deployment_changed(const std::string& name, std::vector<std::string> fields,
                                base::Instant now) {
  model::Event event;
  event.fields = std::move(fields);
  event.type = model::EventType::kDeploymentChanged;
  event.at = now;
  event.deployment = name;
  return event;
}

// User info in a deployed address is a secret, and .NET's HttpClient does not send it either.
void drop_user_info(model::TextSetting& address) {
  if (!address.has_value()) return;
  address = model::TextSetting(base::without_user_info(address.value()), address.origin());
}

}  // namespace

ReadDeployment validators_of(DeploymentReading read,
                             const std::shared_ptr<validators::DocumentStore>& documents) {
  ReadDeployment out;
  out.problems = std::move(read.problems);
  auto& reading = read.content;
  if (!reading) return out;
  for (const deployed::Note& note : reading->notes) {
    out.notes.push_back(note.text);
    if (note.kind == deployed::NoteKind::kIgnored) out.ignored.push_back(note.text);
  }
  for (deployed::DeployedValidator& deployed : reading->validators) {
    WatchedValidator watched;
    watched.name = read.deployment + (deployed.suffix.empty() ? "" : "#" + deployed.suffix);
    watched.settings = std::move(deployed.settings);
    drop_user_info(watched.settings.authority);
    drop_user_info(watched.settings.metadata_url);
    auto compiled = validators::Validator::compile(watched.settings, documents);
    if (!compiled) {
      out.problems.push_back(base::Error(compiled.error()).in(watched.name));
      continue;
    }
    watched.validator = std::move(*compiled);
    const auto urls = watched.validator->metadata_urls();
    if (!urls.empty()) watched.metadata_url = urls.front();
    watched.notes = watched.validator->notes();
    for (const deployed::Note& note : deployed.notes) watched.notes.push_back(note.text);
    for (const std::string& note : watched.notes) out.notes.push_back(watched.name + ": " + note);
    out.validators.push_back(std::move(watched));
  }
  return out;
}

Deployments::Deployments() : documents_(std::make_shared<validators::DocumentStore>()) {}

void Deployments::configure(const Config& config) {
  instance_ = config.instance;
  std::vector<Entry> entries;
  for (const DeploymentConfig& deployment : config.deployments) {
    Entry entry;
    if (Entry* known = find(deployment.name)) entry = std::move(*known);
    entry.config = deployment;
    entry.read_before = false;
    entries.push_back(std::move(entry));
  }
  entries_ = std::move(entries);
  issuers_.clear();
  for (const AuthorityConfig& authority : config.authorities) {
    issuers_[authority.spec.name] = authority.spec.issuer;
  }
  assign_authorities(config);
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) due_[watched.authority] = {};
  }
}

Deployments::Entry* Deployments::find(const std::string& name) {
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&](const Entry& entry) { return entry.config.name == name; });
  return found == entries_.end() ? nullptr : &*found;
}

Deployments::Refreshed Deployments::take(std::vector<DeploymentReading> readings,
                                         const Config& config, base::Instant now) {
  Refreshed out;
  for (DeploymentReading& reading : readings) {
    if (Entry* entry = find(reading.deployment)) take(*entry, std::move(reading), out, now);
  }
  if (out.changed) assign_authorities(config);
  if (!out.changed) return out;
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) due_[watched.authority] = now;
  }
  return out;
}

void Deployments::take(Entry& entry, DeploymentReading&& reading, Refreshed& out,
                       base::Instant now) {
  const std::string& name = entry.config.name;
  if (entry.start_ticks != reading.start_ticks) {
    entry.start_ticks = reading.start_ticks;
    for (const WatchedValidator& watched : entry.validators) due_[watched.authority] = now;
  }
  if (!reading.unchanged) {
    ReadDeployment read = validators_of(std::move(reading), documents_);
    entry.unread = !read.problems.empty();
    if (entry.unread && !entry.validators.empty()) {
      out.log.push_back("deployment " + name +
                        ": what was read before stays in force until all its files can be read");
    } else {
      std::vector<std::string> fields = changed_settings(entry.validators, read.validators);
      if (!fields.empty() && entry.read_before) {
        out.events.push_back(deployment_changed(name, std::move(fields), now));
      }
      entry.validators = std::move(read.validators);
    }
    entry.read_before = true;
    out.changed = true;
    for (const base::Error& problem : read.problems) {
      out.log.push_back("deployment " + name + ": " + problem.text());
    }
    for (const std::string& ignored : read.ignored) {
      out.log.push_back("deployment " + name + ": " + ignored);
    }
    entry.problems = std::move(read.problems);
  }
  if (entry.unread || entry.trouble_told) {
    out.verdicts.push_back(unreadable_verdict(
        {name, instance_, entry.problems, std::nullopt, !entry.validators.empty()}, now));
    entry.trouble_told = entry.unread;
  }
}

std::vector<model::Verdict> Deployments::overdue(
    const std::vector<DeploymentReader::Overdue>& readings, base::Instant now) {
  std::vector<model::Verdict> verdicts;
  for (const DeploymentReader::Overdue& each : readings) {
    Entry* entry = find(each.deployment);
    if (entry == nullptr) continue;
    entry->trouble_told = true;
    verdicts.push_back(unreadable_verdict(
        {each.deployment, instance_, {}, each.waited, !entry->validators.empty()}, now));
  }
  return verdicts;
}

std::optional<base::Instant> Deployments::started_at(const Entry& entry,
                                                     const net::Now& now) const {
  if (entry.config.started_at) return entry.config.started_at;
  if (!entry.start_ticks) return std::nullopt;
  return instant_of_ticks(*entry.start_ticks, now.wall, now.boottime);
}

void Deployments::assign_authorities(const Config& config) {
  named_.clear();
  for (Entry& entry : entries_) {
    for (WatchedValidator& watched : entry.validators) {
      const auto trusted = trusted_authority(config, named_, watched);
      watched.authority = trusted ? trusted->spec.name : std::string();
      if (trusted && !trusted->known) named_.push_back(trusted->spec);
    }
  }
}

// The watched authorities that issue such tokens.
std::vector<WatchedIssuer> Deployments::issuers_of(const std::vector<CallerTokens>& tokens) const {
  std::vector<WatchedIssuer> all;
  const auto told = [&](const std::string& issuer) {
    return std::any_of(tokens.begin(), tokens.end(),
                       [&](const CallerTokens& one) { return one.issuer == issuer; });
  };
  if (std::none_of(tokens.begin(), tokens.end(), [](const auto& one) { return one.issuer; })) {
    return all;
  }
  for (const auto& [name, followed] : followed_) {
    WatchedIssuer one{name, {followed.facts.issuer}, {}};
    const auto configured = issuers_.find(name);
    if (configured != issuers_.end()) one.issuers.push_back(configured->second);
    if (std::none_of(one.issuers.begin(), one.issuers.end(), told)) continue;
    for (const forecast::KnownKey& known : followed.facts.keys) {
      if (!known.first_absent_at) one.keys.push_back(known.key);
    }
    all.push_back(std::move(one));
  }
  return all;
}

// Validators ask it, or callers bring its tokens.
bool Deployments::needs(const std::string& authority) const {
  const auto configured = issuers_.find(authority);
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    const bool asked =
        std::any_of(entry.validators.begin(), entry.validators.end(),
                    [&](const auto& watched) { return watched.authority == authority; });
    const auto& tokens = entry.config.tokens;
    return asked || (configured != issuers_.end() &&
                     std::any_of(tokens.begin(), tokens.end(), [&](const CallerTokens& one) {
                       return one.issuer == configured->second;
                     }));
  });
}

base::Status Deployments::restore(storage::Reader& stored, const std::string& authority,
                                  base::Instant now) {
  if (!needs(authority)) return base::Ok{};
  const bool known = followed_.contains(authority);
  Followed& followed = followed_[authority];
  if (!followed.habits.restored()) {
    const auto restored = followed.habits.restore(stored, authority);
    if (!restored) return restored;
  }
  if (known) return base::Ok{};
  return followed.feed.restore(stored, authority, now);
}

std::vector<model::Verdict> Deployments::observed(const AuthorityTrack& track,
                                                  const model::Observation& seen,
                                                  const Judged& judged, const net::Now& now) {
  if (entries_.empty()) return {};
  const std::string& name = track.spec().name;
  Followed& followed = followed_[name];
  followed.feed.set_waits(waits_for(name));
  followed.feed.observe(seen, judged.discovery_good ? track.discovery_body() : nullptr,
                        judged.keys_good ? track.jwks_body() : nullptr);
  followed.habits.observe(judged.events, track.timeline());
  followed.looked_at = true;
  followed.facts.name = name;
  followed.facts.issuer = track.issuer();
  followed.unseen = own_limit(seen);
  if (const auto interval = track.clock().at(now.wall, now.boottime)) {
    if (interval->hi) {
      const base::Duration wall = now.wall.time_since_epoch() - now.boottime;
      followed.clock_rate.add(now.boottime, interval->lo + wall, *interval->hi + wall);
    }
    followed.clock =
        forecast::ClockBounds{interval->lo, interval->hi, followed.clock_rate.bounds()};
  }
  refresh_facts(followed);
  return judge(name, now);
}

std::vector<base::Duration> Deployments::waits_for(const std::string& authority) const {
  std::vector<base::Duration> waits;
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) {
      if (watched.authority != authority) continue;
      waits.push_back(watched.validator->fetch_timeout());
    }
  }
  return waits;
}

void Deployments::refresh_facts(Followed& followed) {
  forecast::AuthorityFacts& facts = followed.facts;
  facts.history = &followed.feed.history();
  facts.observed_at = followed.feed.observed_at();
  facts.latency = followed.feed.latency();
  if (followed.habits.revision() != followed.habits_revision) {
    followed.habits_revision = followed.habits.revision();
    facts.learned = followed.habits.learned();
    facts.rotations = followed.habits.rotations();
  }
  const std::uint64_t revision = facts.history->revision();
  if (revision == followed.keys_revision) return;
  followed.keys_revision = revision;
  facts.keys = followed.feed.known_keys();
}

std::vector<model::Verdict> Deployments::judge(const std::string& authority, const net::Now& now,
                                               std::optional<base::Duration> foresight) {
  std::vector<model::Verdict> verdicts;
  forecast::Judge judge;
  due_.erase(authority);
  const auto found = followed_.find(authority);
  const bool looked_at = found != followed_.end() && found->second.looked_at;
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) {
      if (watched.authority != authority) continue;
      // Nothing is known of an authority before the first look at it.
      if (!authority.empty() && !looked_at) continue;
      std::vector<forecast::TokenFacts> callers = token_facts(
          entry.config.tokens, authority, issuers_of(entry.config.tokens), forecast::kOurTokens);
      forecast::DeploymentView view{
          .name = watched.name,
          .settings = watched.settings,
          .validator = watched.validator,
          .started_at = started_at(entry, now),
          .tokens = std::move(callers.front()),
          .authority = looked_at ? &found->second.facts : nullptr,
          .clock = looked_at ? found->second.clock : std::nullopt,
          .vantage = instance_,
          .restarted_only = false,
          .foresight = foresight,
      };
      std::move(callers.begin() + 1, callers.end(), std::back_inserter(view.other_callers));
      forecast::Judgement judgement = judge.judge(view, now.wall);
      std::move(judgement.verdicts.begin(), judgement.verdicts.end(), std::back_inserter(verdicts));
      // Not before the next second: a judgement that is due at once would keep the loop busy.
      if (!judgement.next_change) continue;
      judgement.next_change = std::max(*judgement.next_change, now.wall + base::seconds(1));
      const auto due = due_.find(authority);
      if (due == due_.end() || *judgement.next_change < due->second) {
        due_[authority] = *judgement.next_change;
      }
    }
  }
  return verdicts;
}

std::vector<model::Verdict> Deployments::tick(const net::Now& now) {
  std::vector<std::string> ready;
  for (const auto& [authority, due] : due_) {
    if (due <= now.wall) ready.push_back(authority);
  }
  std::vector<model::Verdict> verdicts;
  for (const std::string& authority : ready) {
    std::vector<model::Verdict> more = judge(authority, now);
    std::move(more.begin(), more.end(), std::back_inserter(verdicts));
  }
  return verdicts;
}

base::Result<std::vector<model::Verdict>> Deployments::judge_stored(storage::Reader& stored,
                                                                    const net::Now& now) {
  std::vector<model::Verdict> verdicts;
  std::set<std::string> authorities;
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) authorities.insert(watched.authority);
  }
  std::set<std::string> to_restore = authorities;
  for (const auto& [name, issuer] : issuers_) {
    if (needs(name)) to_restore.insert(name);
  }
  for (const std::string& authority : to_restore) {
    if (authority.empty()) continue;
    const auto restored = restore(stored, authority, now.wall);
    if (!restored) return base::fail(restored.error());
    Followed& followed = followed_[authority];
    followed.looked_at = !followed.feed.history().all().empty();
    followed.unseen = followed.feed.unseen();
    followed.facts.name = authority;
    followed.facts.issuer = followed.feed.issuer();
    refresh_facts(followed);
  }
  for (const std::string& authority : authorities) {
    std::vector<model::Verdict> more = judge(authority, now, std::nullopt);
    std::move(more.begin(), more.end(), std::back_inserter(verdicts));
  }
  return verdicts;
}

std::optional<base::Instant> Deployments::next_due() const {
  std::optional<base::Instant> next;
  for (const auto& [authority, due] : due_) {
    if (!next || due < *next) next = due;
  }
  return next;
}

std::optional<base::Duration> Deployments::tolerance(const std::string& authority) const {
  std::optional<base::Duration> least;
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) {
      if (watched.authority != authority) continue;
      const base::Duration skew = watched.validator->clock_skew();
      if (!least || skew < *least) least = skew;
    }
  }
  return least;
}

// One whose file names another authority now is another subject: its old finding is never judged
// again.
bool Deployments::has(const model::Subject& subject) const {
  const std::string& name = subject.deployment;
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    if (entry.unread && (name == entry.config.name || name.starts_with(entry.config.name + "#"))) {
      return true;
    }
    return std::any_of(entry.validators.begin(), entry.validators.end(), [&](const auto& watched) {
      return watched.name == name &&
             (subject.authority.empty() || subject.authority == watched.authority);
    });
  });
}

bool Deployments::is_configured(const std::string& deployment) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const Entry& entry) { return entry.config.name == deployment; });
}

bool Deployments::all_read() const {
  return std::none_of(entries_.begin(), entries_.end(),
                      [](const Entry& entry) { return entry.unread && entry.validators.empty(); });
}

std::vector<ValidatorState> Deployments::states() const {
  std::vector<ValidatorState> states;
  for (const Entry& entry : entries_) {
    if (entry.validators.empty()) {  // nothing could be read yet, or nothing is known in its files
      ValidatorState state;
      state.name = entry.config.name;
      state.why = !entry.unread            ? "its files name no validator"
                  : entry.problems.empty() ? "its files have not been read yet"
                                           : "its files cannot be read";
      states.push_back(std::move(state));
    }
    for (const WatchedValidator& watched : entry.validators) {
      ValidatorState state;
      state.name = watched.name;
      state.profile = watched.validator->profile();
      state.version = watched.validator->version();
      const auto found = followed_.find(watched.authority);
      const bool known =
          watched.authority.empty() || (found != followed_.end() && found->second.looked_at);
      if (!known) {
        state.why = "its authority was not probed yet";
      } else if (found != followed_.end() && !found->second.unseen.empty()) {
        state.why = found->second.unseen;
      } else {
        state.state = model::RefusalState::kOk;
      }
      state.notes = watched.notes;
      states.push_back(std::move(state));
    }
  }
  return states;
}

}  // namespace idpwatch::daemon
