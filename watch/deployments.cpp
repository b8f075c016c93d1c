#include "watch/deployments.hpp"

#include "base/url.hpp"
#include "watch/client_requests.hpp"
#include "watch/settings_change.hpp"
#include "watch/trusted_authority.hpp"
#include "watch/unreadable_deployment.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {

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

std::shared_ptr<const forecast::ServiceRoute> route_of(const validators::Validator& validator,
                                                       const deployed::RouteFacts& facts) {
  return std::make_shared<const forecast::ServiceRoute>(
      forecast::service_route(validator.transport(), validator.cache().fetch, facts));
}

// User info in a deployed address is a secret, and .NET's HttpClient does not send it either.
void drop_user_info(model::TextSetting& address) {
  if (!address.has_value()) return;
  address = model::TextSetting(base::without_user_info(address.value()), address.origin());
}

}  // namespace

// With a `ca_file` of its own idpwatch trusts others than the files that both have.
void fit_route(WatchedValidator& watched, const model::AuthoritySpec& spec) {
  if (!watched.route_facts || !watched.route_facts->store.ours) return;
  deployed::RouteFacts facts = *watched.route_facts;
  facts.store.ours = !spec.ca_file;
  watched.route = route_of(*watched.validator, facts);
}

ReadDeployment validators_of(DeploymentReading read,
                             const std::shared_ptr<validators::DocumentStore>& documents) {
  ReadDeployment out;
  out.problems = std::move(read.problems);
  auto& reading = read.content;
  if (!reading) return out;
  const auto facts = std::make_shared<const deployed::RouteFacts>(std::move(read.route));
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
    drop_user_info(watched.settings.jwks_url);
    auto compiled = validators::Validator::compile(watched.settings, documents);
    if (!compiled) {
      out.problems.push_back(base::Error(compiled.error()).in(watched.name));
      continue;
    }
    watched.validator = std::move(*compiled);
    watched.metadata_url = watched.validator->addresses().metadata;
    watched.route_facts = facts;
    watched.route = route_of(*watched.validator, *facts);
    watched.notes = watched.validator->notes();
    for (const deployed::Note& note : deployed.notes) watched.notes.push_back(note.text);
    for (std::string& note : watched.notes) note = base::without_url_secrets(note);
    for (const std::string& note : watched.notes) out.notes.push_back(watched.name + ": " + note);
    out.validators.push_back(std::move(watched));
  }
  return out;
}

Deployments::Deployments(const base::Clock& clock)
    : documents_(std::make_shared<validators::DocumentStore>()), judging_(clock) {}

void Deployments::configure(const config::Config& config) {
  instance_ = config.instance;
  std::vector<Entry> entries;
  for (const config::DeploymentConfig& deployment : config.deployments) {
    Entry entry;
    if (Entry* known = find(deployment.name)) entry = std::move(*known);
    entry.config = deployment;
    entry.read_before = false;
    entries.push_back(std::move(entry));
  }
  entries_ = std::move(entries);
  places_.clear();
  for (std::size_t i = 0; i < entries_.size(); ++i) places_.emplace(entries_[i].config.name, i);
  assign_authorities(config);
}

const Deployments::Entry* Deployments::find(std::string_view name) const {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

Deployments::Entry* Deployments::find(std::string_view name) {
  const auto found = places_.find(name);
  return found == places_.end() ? nullptr : &entries_[found->second];
}

Deployments::Refreshed Deployments::take(std::vector<DeploymentReading> readings,
                                         const config::Config& config, base::Instant now) {
  Refreshed out;
  for (DeploymentReading& reading : readings) {
    if (Entry* entry = find(reading.deployment)) take(*entry, std::move(reading), out, now);
  }
  if (out.changed) assign_authorities(config);
  return out;
}

void Deployments::take(Entry& entry, DeploymentReading&& reading, Refreshed& out,
                       base::Instant now) {
  const std::string& name = entry.config.name;
  if (entry.start_ticks != reading.start_ticks) {
    entry.start_ticks = reading.start_ticks;
    for (const WatchedValidator& watched : entry.validators) judging_.mark(watched.authority);
  }
  if (!reading.unchanged) {
    ReadDeployment read = validators_of(std::move(reading), documents_);
    entry.unread = !read.problems.empty();
    if (entry.unread && !entry.validators.empty()) {
      out.log.push_back("deployment " + name +
                        ": what was read before stays in effect until all its files can be read");
    } else {
      std::vector<std::string> fields = changed_settings(entry.validators, read.validators);
      if (!fields.empty() && entry.read_before) {
        out.events.push_back(deployment_changed(name, std::move(fields), now));
      }
      entry.validators = std::move(read.validators);
    }
    entry.read_before = true;
    out.changed = true;
    const std::string which = "deployment " + name + ": ";
    for (const base::Error& problem : read.problems) out.log.push_back(which + problem.text());
    for (const std::string& ignored : read.ignored) out.log.push_back(which + ignored);
    entry.problems = std::move(read.problems);
  }
  if (entry.unread || entry.trouble_told) {
    out.results.push_back(unreadable_result(
        {name, instance_, entry.problems, std::nullopt, !entry.validators.empty()}, now));
    entry.trouble_told = entry.unread;
  }
}

std::vector<model::CheckResult> Deployments::overdue(
    const std::vector<DeploymentReader::Overdue>& readings, base::Instant now) {
  std::vector<model::CheckResult> results;
  for (const DeploymentReader::Overdue& each : readings) {
    Entry* entry = find(each.deployment);
    if (entry == nullptr) continue;
    entry->trouble_told = true;
    results.push_back(unreadable_result(
        {each.deployment, instance_, {}, each.waited, !entry->validators.empty()}, now));
  }
  return results;
}

void Deployments::assign_authorities(const config::Config& config) {
  named_.clear();
  TrustedAuthorities authorities(config);
  for (Entry& entry : entries_) {
    for (WatchedValidator& watched : entry.validators) {
      const auto trusted = authorities.of(watched);
      watched.authority = trusted ? trusted->spec.name : std::string();
      if (trusted) fit_route(watched, trusted->spec);
      if (!trusted || trusted->known) continue;
      named_.push_back(trusted->spec);
      authorities.add(trusted->spec);
    }
  }
  std::vector<Judging::Member> members;
  for (const Entry& entry : entries_) {
    for (const WatchedValidator& watched : entry.validators) {
      members.push_back({&entry.config, &watched, &entry.start_ticks});
    }
  }
  judging_.set_members(members, config.authorities, instance_);
}

std::optional<base::Duration> Deployments::tolerance(const std::string& authority) const {
  std::optional<base::Duration> least;
  for (const Judging::Member& member : judging_.members(authority)) {
    const base::Duration skew = member.validator->validator->clock_skew();
    if (!least || skew < *least) least = skew;
  }
  return least;
}

std::vector<model::ClientRequest> Deployments::clients(const std::string& authority) const {
  std::vector<const WatchedValidator*> validators;
  for (const Judging::Member& member : judging_.members(authority)) {
    validators.push_back(member.validator);
  }
  return client_requests(validators);
}

// One whose file names another authority now is another subject: its old finding is never judged
// again.
bool Deployments::has(const model::Subject& subject) const {
  const std::string_view name = subject.deployment;
  const auto in = [&](const Entry* entry) {
    if (entry == nullptr) return false;
    return entry->unread ||
           std::any_of(entry->validators.begin(), entry->validators.end(), [&](const auto& each) {
             return each.name == name &&
                    (subject.authority.empty() || subject.authority == each.authority);
           });
  };
  // Of a deployment, or of one of its validators: DEPLOYMENT#SCHEME.
  if (in(find(name))) return true;
  for (auto end = name.find('#'); end != std::string_view::npos; end = name.find('#', end + 1)) {
    if (in(find(name.substr(0, end)))) return true;
  }
  return false;
}

bool Deployments::is_configured(const std::string& deployment) const {
  return find(deployment) != nullptr;
}

bool Deployments::has_endpoint(std::string_view deployment) const {
  const Entry* entry = find(deployment);
  return entry != nullptr && entry->config.endpoint.has_value();
}

std::vector<const WatchedValidator*> Deployments::validators(std::string_view deployment) const {
  std::vector<const WatchedValidator*> all;
  const Entry* entry = find(deployment);
  if (entry == nullptr) return all;
  all.reserve(entry->validators.size());
  for (const WatchedValidator& one : entry->validators) all.push_back(&one);
  return all;
}

std::string Deployments::authority_of(std::string_view deployment) const {
  const Entry* entry = find(deployment);
  if (entry == nullptr) return {};
  for (const WatchedValidator& watched : entry->validators) {
    if (!watched.authority.empty()) return watched.authority;
  }
  return {};
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
      switch (judging_.progress(watched)) {
        case Judging::Progress::kUnknown:
          state.why = "its authority was not probed yet";
          break;
        case Judging::Progress::kWaiting:
          state.why = "what its authority serves now is being judged";
          break;
        case Judging::Progress::kJudged:
          // A limit of idpwatch is none of a client that is known to be served.
          if (!judging_.by_itself(watched)) state.why = judging_.unseen(watched.authority);
          if (state.why.empty()) state.why = judging_.undetermined(watched);
          if (state.why.empty()) state.state = model::RefusalState::kOk;
          break;
      }
      state.notes = watched.notes;
      for (std::string& note : judging_.notes(watched)) state.notes.push_back(std::move(note));
      states.push_back(std::move(state));
    }
  }
  return states;
}

}  // namespace idpwatch::watch
