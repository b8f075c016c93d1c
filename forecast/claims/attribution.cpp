#include "forecast/claims/attribution.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/windows/window_aggregator.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace idpwatch::forecast {

namespace {

using validators::Fault;
using validators::Served;

struct Hop {
  Served served;
  std::string url;
  bool loop = false;
};

Hop follow(const validators::World& world, std::string url, base::Instant at, int most) {
  base::Duration waited{0};
  for (int hop = 0;; ++hop) {
    Served served = world.fetch(url, at);
    waited += served.delay;
    served.delay = waited;
    const bool redirects =
        served.fault == Fault::kNone && served.status / 100 == 3 && !served.location.empty();
    if (!redirects || hop == most) {
      return {std::move(served), std::move(url), redirects && most > 0};
    }
    const auto from = base::parse_url(url);
    const auto to = from ? base::resolve_url(*from, served.location) : from;
    if (!to || (from->https() && !to->https())) return {std::move(served), std::move(url), false};
    url = to->text();
  }
}

// A body came, and this client cannot use it; where others can, that is a matter of how it came.
FetchProblem unusable(std::string rule, std::string url, std::string why, const Served& served) {
  if (!served.meeting) return {std::move(rule), std::move(url), std::move(why)};
  return {"refusal-document", std::move(url), served.meeting->answer, false, served.meeting};
}

// nullopt: a body came.
std::optional<FetchProblem> problem_of(const Hop& hop, const validators::FetchLimits& limits) {
  const Served& served = hop.served;
  const auto made = [&](std::string rule, std::string answer) {
    if (served.meeting) answer = served.meeting->answer;
    return FetchProblem{std::move(rule), hop.url, std::move(answer), false, served.meeting};
  };
  // Who waited longer than the service would, and gave up, has seen enough.
  const bool silent = served.fault == Fault::kTimeout;
  if (served.delay >= limits.timeout && (silent || served.fault == Fault::kNone)) {
    const std::string waited = base::describe_duration(served.delay);
    return made("refusal-slow",
                (silent ? "no answer in " + waited : "the first octet after " + waited) +
                    ", the service waits " + base::describe_duration(limits.timeout));
  }
  const std::string fault(validators::describe(served.fault));
  switch (served.fault) {
    case Fault::kNone:
      break;
    case Fault::kTimeout:
    case Fault::kReset:
    case Fault::kTruncated:
    case Fault::kRefused:
    case Fault::kDns:
      return made("refusal-unreachable", fault);
    case Fault::kTls:
    case Fault::kTlsName:
    case Fault::kTlsExpired:
    case Fault::kHandshake:
      return made("refusal-tls", fault);
  }
  const std::string status = "status " + std::to_string(served.status);
  if (served.status / 100 == 3) {
    return made("refusal-redirect", hop.loop ? "redirects without end"
                                             : status + " to " + base::printable(served.location));
  }
  const bool taken = limits.ok_alone ? served.status == 200 : served.status / 100 == 2;
  if (!taken) return made("refusal-unreachable", status);
  if (served.body && limits.body_bytes > 0 && served.body->size() > limits.body_bytes) {
    return made("refusal-size", std::to_string(served.body->size()) + " octets");
  }
  return std::nullopt;
}

}  // namespace

bool is_about_documents(validators::Cause cause) {
  return cause == validators::Cause::kTransport || cause == validators::Cause::kDocument;
}

bool is_reaching(std::string_view rule) {
  return rule == "refusal-unreachable" || rule == "refusal-slow" || rule == "refusal-redirect" ||
         rule == "refusal-tls" || rule == "refusal-size";
}

bool is_fetching(std::string_view rule) {
  return is_reaching(rule) || rule == "refusal-document" || rule == "refusal-keys";
}

namespace {

bool insecure(const std::string& url) {
  return !base::iequals(std::string_view(url).substr(0, 8), "https://");
}

}  // namespace

FetchProblems::FetchProblems(std::shared_ptr<const validators::Validator> validator,
                             const ObservedWorld& world)
    : validator_(std::move(validator)), world_(world), changes_(world.changes()) {}

FetchProblem FetchProblems::at(base::Instant at) {
  Fetched& now = fetched(at);
  if (now.problem) return *now.problem;
  if (!now.asked) now.refused = refused_content(at, now.jwks_uri);
  now.asked = true;
  if (now.refused) return *now.refused;
  // All is back, and the service has not asked again since it failed.
  if (const FetchProblem* before = newest_before(at)) return *before;
  return {"refusal-keys", fetched(at).jwks_uri, "a key set it cannot use"};
}

// Null: nothing was wrong for so long that no validator could still wait because of it.
const FetchProblem* FetchProblems::newest_before(base::Instant at) {
  const base::Instant waits_since = at - validator_->cache().retry.most - kNextRequest;
  auto change = std::upper_bound(changes_.begin(), changes_.end(), at);
  while (change != changes_.begin() && *--change > waits_since) {
    const Fetched& before = fetched(*change - base::milliseconds(1));
    if (before.problem) return &*before.problem;
  }
  return nullptr;
}

FetchProblems::Fetched& FetchProblems::fetched(base::Instant at) {
  const auto later = std::upper_bound(changes_.begin(), changes_.end(), at);
  const auto [entry, added] =
      fetched_.try_emplace(static_cast<std::size_t>(later - changes_.begin()));
  if (!added) return entry->second;
  const std::size_t invented = world_.invented();
  entry->second = fetch(at);
  if (entry->second.problem) entry->second.problem->invented = world_.invented() != invented;
  return entry->second;
}

FetchProblems::Fetched FetchProblems::fetch(base::Instant at) const {
  const validators::FetchLimits& limits = validator_->cache().fetch;
  const validators::Addresses& addresses = validator_->addresses();
  Fetched found;
  found.jwks_uri = addresses.keys;
  if (validator_->cache().reads_documents()) {
    read_document(found, at);
    if (found.problem) return found;
  }
  if (limits.https_alone && insecure(found.jwks_uri)) {
    found.problem =
        FetchProblem{"refusal-https", found.jwks_uri, "the key set's address is not https"};
    return found;
  }
  const Hop keys = follow(world_, found.jwks_uri, at, limits.redirects);
  found.problem = problem_of(keys, limits);
  if (found.problem) return found;
  if (auto why = useless(keys.served.body)) {
    found.problem = unusable("refusal-keys", found.jwks_uri, std::move(*why), keys.served);
  }
  return found;
}

// Which key set it names.
void FetchProblems::read_document(Fetched& found, base::Instant at) const {
  const validators::FetchLimits& limits = validator_->cache().fetch;
  const std::string& metadata = validator_->addresses().metadata;
  if (limits.https_alone && insecure(metadata)) {
    found.problem = FetchProblem{"refusal-https", metadata, "the address is not https"};
    return;
  }
  const Hop document = follow(world_, metadata, at, limits.redirects);
  found.problem = problem_of(document, limits);
  if (found.problem) return;
  found.jwks_uri = world_.read(document.served.body)->document.jwks_uri;
  if (found.jwks_uri.empty()) {
    found.problem =
        unusable("refusal-document", metadata, "a document it cannot use", document.served);
  }
}

// Of a key set that no validator could make use of, in words; nullopt: it has keys that sign.
std::optional<std::string> FetchProblems::useless(const validators::Body& body) const {
  const auto reading = world_.read(body);
  if (!reading->key_set) return "a key set it cannot read";
  if (reading->all_keys->empty()) return std::string(kNoKeys);
  return reading->keys->empty() ? std::optional<std::string>(kNoUsableKey) : std::nullopt;
}

// What we find nothing wrong with, a service that starts then may refuse: what it says itself.
std::optional<FetchProblem> FetchProblems::refused_content(base::Instant at,
                                                           const std::string& jwks_uri) const {
  validators::Simulation service(validator_);
  const auto token = synthetic_token({}, stranger_to(*validator_), {at, at + base::hours(1)});
  const auto answer =
      service.request(world_, {at, at, validators::Credentials::synthetic(token)}, true);
  if (service.has_configuration()) return std::nullopt;
  const std::string& url = validator_->addresses().metadata;
  if (answer.detail == validators::CauseDetail::kDocumentIssuer) {
    const Hop document = follow(world_, url, at, validator_->cache().fetch.redirects);
    return FetchProblem{"refusal-issuer", url,
                        "the issuer '" + world_.read(document.served.body)->document.issuer + "'"};
  }
  if (validator_->cache().reads_documents() && answer.fetches.keys == 0) {
    return FetchProblem{"refusal-document", url, "a document it cannot use"};
  }
  return FetchProblem{"refusal-keys", jwks_uri, "a key set it cannot use"};
}

}  // namespace idpwatch::forecast
