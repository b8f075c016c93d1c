#include "watch/canaries.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/url.hpp"
#include "probe/schedule.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {
namespace {

// Until the authority's document was read there is nowhere to ask.
constexpr base::Duration kAskAgain = base::seconds(2);
// The last seconds of a token are used up on the way.
constexpr base::Duration kUsableFor = base::seconds(2);

std::string key_of(const model::Subject& subject) {
  return subject.deployment.empty() ? "authority " + subject.authority
                                    : "deployment " + subject.deployment;
}

double spread_of(const std::string& name) {
  constexpr base::Duration kWhole = base::seconds(1);
  return static_cast<double>(probe::jitter(name, 0, kWhole).count()) /
         static_cast<double>(kWhole.count());
}

std::string client_of(const model::CanarySpec& canary) {
  if (const auto& client = canary.client_credentials) {
    return "client " + base::printable(client->client_id, 80);
  }
  if (canary.google_identity) {
    return "service account " + base::printable(canary.google_identity->service_account, 80);
  }
  return canary.managed_identity ? "managed identity" : "token file";
}

// The file that holds what it proves itself with.
std::string proof_of(const model::CanarySpec& canary, const std::string& secret_file) {
  if (canary.token_file) return *canary.token_file;
  const auto& client = canary.client_credentials;
  if (!client) return {};
  for (const auto* file :
       {&client->private_key_file, &client->client_cert, &client->assertion_file}) {
    if (*file) return **file;
  }
  return secret_file.empty() ? "the canary's client_secret" : secret_file;
}

bool needs_endpoint(const model::CanarySpec& canary) {
  return canary.client_credentials && !canary.client_credentials->token_url;
}

bool is_same_host(const std::string& a, const std::string& b) {
  const auto one = base::parse_url(a);
  const auto other = base::parse_url(b);
  return one && other && one->host == other->host;
}

}  // namespace

struct Canaries::Entry {
  Entry(CanaryParts parts, std::string name, model::Subject about)
      : key(std::move(name)), subject(std::move(about)), schedule(spread_of(key)), fetch(parts) {}

  std::string key;
  model::Subject subject;
  model::CanarySpec canary;
  std::optional<std::string> unit, pid_file;
  std::string origin, proof;
  checks::CanarySchedule schedule;
  CanaryFetch fetch;
  net::TimerId timer = 0;
  bool secret_in_body = false;
  bool waits_for_authority = true;
  std::string authority, asked;
  base::Secret token;
  std::optional<checks::CanaryFacts> facts;  // of the last good token
};

Canaries::Canaries(CanaryParts parts, base::Random& random, FindSource find_source, Report report)
    : parts_(parts),
      random_(random),
      find_source_(std::move(find_source)),
      report_(std::move(report)) {}

Canaries::~Canaries() { drain(); }

void Canaries::drain() {
  for (auto& [key, entry] : entries_) {
    parts_.scheduler.cancel(std::exchange(entry->timer, 0));
    entry->fetch.cancel();
  }
}

void Canaries::configure(const std::shared_ptr<const config::Config>& config) {
  config_ = config;
  Entries entries;
  for (const config::AuthorityConfig& authority : config->authorities) {
    if (!authority.canary) continue;
    add(entries, {authority.spec.name, {}, {}}, *authority.canary, authority.origin, nullptr);
  }
  for (const config::DeploymentConfig& deployment : config->deployments) {
    if (!deployment.canary) continue;
    add(entries, {{}, deployment.name, {}}, *deployment.canary, deployment.origin, &deployment);
  }
  for (auto& [key, entry] : entries_) {
    if (entry) parts_.scheduler.cancel(entry->timer);
  }
  entries_ = std::move(entries);
}

void Canaries::add(Entries& entries, model::Subject subject, const model::CanarySpec& canary,
                   const model::Origin& origin, const config::DeploymentConfig* deployment) {
  const std::string key = key_of(subject);
  const auto known = entries_.find(key);
  if (known != entries_.end() && known->second->canary == canary) {
    entries[key] = std::move(known->second);
  } else {
    entries[key] = std::make_unique<Entry>(parts_, key, std::move(subject));
    entries[key]->canary = canary;
    plan(*entries[key], parts_.scheduler.now().boottime);
  }
  Entry& entry = *entries[key];
  entry.origin = origin.file + (origin.line > 0 ? ':' + std::to_string(origin.line) : "");
  if (deployment != nullptr) {
    entry.unit = deployment->unit;
    entry.pid_file = deployment->pid_file;
  }
  entry.proof = proof_of(canary, {});
  for (const auto& [where, file] : config_->secret_files) {
    if (where.find(origin.key) == 0 && where.find(".canary.") != std::string::npos) {
      entry.proof = proof_of(canary, file);
    }
  }
}

void Canaries::plan(Entry& entry, base::Duration at) {
  parts_.scheduler.cancel(entry.timer);
  entry.timer = parts_.scheduler.at(at, [this, &entry](const net::Now& now) {
    entry.timer = 0;
    begin(entry, now);
  });
}

void Canaries::keys_changed(std::string_view authority) {
  const base::Duration now = parts_.scheduler.now().boottime;
  for (auto& [key, entry] : entries_) {
    if (entry->fetch.running()) continue;
    if (entry->waits_for_authority) {
      plan(*entry, now);
    } else if (entry->authority == authority) {
      plan(*entry, entry->schedule.keys_changed(now));
    }
  }
}

void Canaries::begin(Entry& entry, const net::Now& now) {
  if (entry.fetch.running()) return;
  TokenSource source = find_source_(entry.subject);
  entry.waits_for_authority = !source.known && needs_endpoint(entry.canary);
  if (entry.waits_for_authority) return plan(entry, now.boottime + kAskAgain);
  entry.authority = source.authority;
  CanaryQuestion question;
  question.owner = "canary of " + entry.key;
  question.files.canary = entry.canary;
  question.files.token_endpoint = source.endpoint;
  question.files.unit = entry.unit;
  question.files.pid_file = entry.pid_file;
  std::string id;
  for (int i = 0; i < 2; ++i) id += std::to_string(random_.next());
  question.files.assertion_id = std::move(id);
  question.files.now = now.wall;
  const bool learned = needs_endpoint(entry.canary);
  if (source.way) {
    question.allow_private = !learned || config_->limits.private_addresses ||
                             is_same_host(source.endpoint, source.way->issuer);
    question.way = std::move(*source.way);
  } else {
    question.way = config_->authority_of(
        entry.canary.client_credentials ? entry.canary.client_credentials->token_url.value_or("")
                                        : "");
  }
  using Place = model::SecretPlace;
  const Place place = entry.canary.client_credentials
                          ? entry.canary.client_credentials->secret_place
                          : Place::kAuto;
  question.secret_in_body = place == Place::kAuto ? entry.secret_in_body : place == Place::kBody;
  entry.fetch.start(std::move(question),
                    [this, &entry](CanaryOutcome&& outcome) { finish(entry, std::move(outcome)); });
}

void Canaries::take_token(Entry& entry, CanaryOutcome& outcome, CanaryNews& news,
                          const net::Now& now) {
  checks::CanaryFacts facts = checks::canary_facts(outcome.token.text(), now.wall);
  auto over = entry.canary.token_file ? checks::over_on_arrival(facts) : std::nullopt;
  if (over) {
    outcome.failure = std::move(over);
    return;
  }
  std::optional<base::Duration> left;
  if (facts.expires) left = std::max(*facts.expires - now.wall, base::Duration(0));
  plan(entry, entry.schedule.fetched(now.boottime, left));
  entry.token = std::move(outcome.token);
  entry.facts = facts;
  news.facts = std::move(facts);
}

void Canaries::finish(Entry& entry, CanaryOutcome&& outcome) {
  const net::Now now = parts_.scheduler.now();
  if (!outcome.asked.empty()) entry.asked = outcome.asked;
  CanaryNews news;
  news.subject = entry.subject;
  news.authority = entry.authority;
  if (!outcome.failure) take_token(entry, outcome, news, now);
  const auto& failure = outcome.failure;
  if (failure) {
    if (failure->trouble == checks::CanaryTrouble::kClientRefused &&
        entry.canary.client_credentials &&
        entry.canary.client_credentials->secret_place == model::SecretPlace::kAuto) {
      entry.secret_in_body = !entry.secret_in_body;
    }
    plan(entry, entry.schedule.failed(now.boottime, failure->retry_after));
  }
  news.results.push_back(
      checks::judge_canary(view_of(entry), failure ? &*failure : nullptr, now.wall));
  report_(std::move(news));
}

checks::CanaryView Canaries::view_of(const Entry& entry) const {
  checks::CanaryView view;
  view.subject = entry.subject;
  view.instance = config_->instance;
  view.asked = entry.asked;
  view.client = client_of(entry.canary);
  view.proof = entry.proof;
  view.origin = entry.origin;
  if (entry.facts) view.last_good = entry.facts->fetched_at;
  return view;
}

bool Canaries::has(const model::Subject& subject) const {
  return entries_.contains(key_of(subject));
}

const std::string* Canaries::token_of(std::string_view deployment) const {
  const auto found = entries_.find(key_of({{}, std::string(deployment), {}}));
  if (found == entries_.end() || found->second->token.empty()) return nullptr;
  const Entry& entry = *found->second;
  const bool over = entry.facts && entry.facts->expires &&
                    *entry.facts->expires - kUsableFor <= parts_.scheduler.now().wall;
  return over ? nullptr : &entry.token.text();
}

}  // namespace idpwatch::watch
