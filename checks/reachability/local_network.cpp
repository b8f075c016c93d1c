#include "checks/reachability/local_network.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/check_texts.hpp"
#include "checks/reachability/outcome.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "local-network";

// Results that may rest on our own side's silence.
constexpr std::array<std::string_view, 5> kWithheld = {
    "authority-unreachable", "tls-invalid", "refusal-unreachable", "refusal-slow", "refusal-tls"};

// A probe that waits for its timeout is noticed later than one that is refused at once, and phases
// move within the interval: what began together is allowed a quarter more.
base::Duration slack(base::Duration interval) { return interval + interval / 4; }

bool silent(const model::Fetch& fetch) {
  if (!fetch.failure || fetch.status != 0) return false;
  if (fetch.failure->detail == model::FailureDetail::kAddressRefused) return false;
  switch (fetch.failure->kind) {
    case model::FailureKind::kTimeout:
    case model::FailureKind::kDns:
    case model::FailureKind::kConnect:
    // Certificates included: a portal that intercepts, or a local clock that jumped, shows itself
    // as many certificates that fail at once.
    case model::FailureKind::kTls:
      return true;
    case model::FailureKind::kHttp:
    case model::FailureKind::kBody:
      break;
  }
  return false;
}

// A host that answered one of its requests is there.
void merge(std::vector<HostOutcome>& out, HostOutcome outcome) {
  for (HostOutcome& known : out) {
    if (known.host != outcome.host) continue;
    known.failed = known.failed && outcome.failed;
    known.certificate = known.certificate || outcome.certificate;
    return;
  }
  out.push_back(std::move(outcome));
}

void add_outcomes(std::vector<HostOutcome>& out, const std::optional<model::Fetch>& fetch) {
  if (!fetch || fetch->ours()) return;
  const bool redirected = !fetch->redirects.empty();
  merge(out, {.host = host_port_of(fetch->url),
              .failed = !redirected && silent(*fetch),
              .certificate = !redirected && outcome(fetch) == Outcome::kCertificate});
}

}  // namespace

std::vector<HostOutcome> host_outcomes(const model::Observation& observation) {
  std::vector<HostOutcome> out;
  add_outcomes(out, observation.discovery);
  add_outcomes(out, observation.jwks);
  return out;
}

void LocalNetworkGuard::watch(const model::AuthoritySpec& spec) {
  const std::string document = spec.metadata_url.value_or(base::discovery_url(spec.issuer));
  const std::string url = spec.has_discovery() ? document : spec.jwks_url.value_or(document);
  watch(spec.name, host_port_of(url), spec.interval);
}

void LocalNetworkGuard::watch(const std::string& authority, const std::string& host,
                              base::Duration interval) {
  Host& entry = hosts_[host];
  std::vector<std::string>& asked = asked_by_[authority];
  if (std::ranges::find(asked, host) == asked.end()) {
    asked.push_back(host);
    ++entry.authorities;
  }
  entry.interval = std::max(entry.interval, interval);
}

void LocalNetworkGuard::forget(const std::string& authority) {
  const auto node = asked_by_.extract(authority);
  if (node.empty()) return;
  for (const std::string& host : node.mapped()) leave(host);
  if (!enough(together_.size())) together_.clear();
}

void LocalNetworkGuard::leave(const std::string& host) {
  const auto found = hosts_.find(host);
  if (--found->second.authorities > 0) return;
  if (found->second.failing_since) --failing_;
  together_.erase(host);
  hosts_.erase(found);
}

void LocalNetworkGuard::record(const std::string& authority,
                               const std::vector<HostOutcome>& outcomes, base::Duration interval,
                               base::Instant now) {
  const auto asked = [&](const std::string& host) {
    return std::ranges::find(outcomes, host, &HostOutcome::host) != outcomes.end();
  };
  for (const HostOutcome& outcome : outcomes) watch(authority, outcome.host, interval);
  std::erase_if(asked_by_[authority], [&](const std::string& host) {
    if (outcomes.empty() || asked(host)) return false;
    leave(host);
    return true;
  });
  if (!enough(together_.size())) together_.clear();
  for (const HostOutcome& outcome : outcomes) record_one(outcome, interval, now);
}

void LocalNetworkGuard::record_one(const HostOutcome& outcome, base::Duration interval,
                                   base::Instant now) {
  Host& host = hosts_[outcome.host];
  if (!outcome.failed) {
    if (host.failing_since) --failing_;
    host.failing_since.reset();
    host.certificate_since.reset();
    is_there(outcome.host);
    return;
  }
  const bool known_certificate = host.certificate_since.has_value();
  const bool was_silent = host.failing_since && host.failing_since != host.certificate_since;
  if (outcome.certificate && known_certificate) {
    if (was_silent) is_there(outcome.host);
    if (!host.failing_since) ++failing_;
    host.failing_since = host.certificate_since;
    return;
  }
  if (was_silent || (host.failing_since && outcome.certificate)) return;
  if (!host.failing_since) ++failing_;
  host.failing_since = now;
  if (outcome.certificate) host.certificate_since = now;
  if (active()) {
    together_.insert(outcome.host);
  } else if (!enough(failing_)) {
    return;  // however long they have failed
  } else if (std::set<std::string> found = failing_together(interval, now); enough(found.size())) {
    together_ = std::move(found);
  }
}

void LocalNetworkGuard::is_there(const std::string& host) {
  together_.erase(host);
  if (!enough(together_.size())) together_.clear();
}

std::set<std::string> LocalNetworkGuard::failing_together(base::Duration interval,
                                                          base::Instant now) const {
  std::set<std::string> out;
  for (const auto& [name, host] : hosts_) {
    if (!host.failing_since) continue;
    // "Within one interval", where intervals differ: that of the slower of the two hosts.
    if (now - *host.failing_since <= slack(std::max(interval, host.interval))) out.insert(name);
  }
  return out;
}

bool LocalNetworkGuard::enough(std::size_t hosts) const {
  return hosts >= kLeastHosts && hosts * 100 >= kLeastPercent * hosts_.size();
}

bool LocalNetworkGuard::withholds(const std::string& authority) const {
  if (together_.empty()) return false;
  const auto asked = asked_by_.find(authority);
  return asked != asked_by_.end() && std::ranges::any_of(asked->second, [&](const auto& host) {
           return together_.contains(host);
         });
}

void LocalNetworkGuard::withhold(std::vector<model::CheckResult>& results) const {
  if (!active()) return;
  for (model::CheckResult& result : results) {
    const model::Finding& finding = result.finding;
    const bool ours =
        std::find(kWithheld.begin(), kWithheld.end(), finding.rule) != kWithheld.end();
    if (result.health != model::Health::kFailing || !ours) continue;
    if (!withholds(finding.subject.authority)) continue;
    result = model::CheckResult::unknown(finding.rule, finding.subject);
  }
}

model::CheckResult LocalNetworkGuard::result(const std::string& instance, base::Instant now) const {
  const model::Subject subject{.authority = {}, .deployment = {}, .host = instance};
  if (!active()) return model::CheckResult::good(kRule, subject);
  constexpr std::size_t kShown = 20;
  model::Finding finding;
  finding.rule = kRule;
  finding.severity = model::Severity::kError;
  finding.subject = subject;
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = now;
  const std::string here = base::printable(instance);
  finding.summary = std::to_string(together_.size()) + " of " + counted(hosts_.size(), "host") +
                    " stopped answering " + here +
                    " within one interval: the fault is most likely on this side";
  for (const std::string& name : together_) {
    if (finding.evidence.size() == kShown) break;
    const std::optional<base::Instant>& since = hosts_.at(name).failing_since;
    finding.evidence.push_back({.fact = name,
                                .value = since ? "silent since " + shown_time(*since) : "silent",
                                .source = {}});
  }
  finding.remedy = "Check network, DNS, proxy and clock of " + here +
                   ". Until that is fixed, findings about these authorities are held back.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
