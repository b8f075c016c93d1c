#include "checks/reachability/unreachable.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/reachability/outage_remedies.hpp"
#include "checks/reachability/outcome.hpp"

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "authority-unreachable";

bool too_large(const model::Fetch& fetch) {
  return fetch.failure && fetch.failure->detail == model::FailureDetail::kTooLarge;
}

bool too_many_redirects(const model::Fetch& fetch) {
  return fetch.failure && fetch.failure->detail == model::FailureDetail::kTooManyRedirects;
}

std::string http_reason(const model::Fetch& fetch) {
  if (too_many_redirects(fetch)) return "it is behind more redirects than limits.redirects allows";
  if (too_large(fetch)) return "its headers are larger than limits.headers";
  return fetch.status == 0 ? "no valid HTTP answer" : "HTTP status " + std::to_string(fetch.status);
}

std::string connect_reason(const model::Fetch& fetch) {
  if (fetch.failure && fetch.failure->detail == model::FailureDetail::kAddressRefused) {
    return "its IP address is blocked by policy";
  }
  return "no connection to " + host_port_of(final_url(fetch));
}

// In a few words, for the summary.
std::string reason(const model::Fetch& fetch, const AuthorityView& view) {
  switch (silent_kind(fetch)) {
    case model::FailureKind::kTimeout:
      return "no answer within " + base::describe_duration(view.spec.timeout);
    case model::FailureKind::kDns:
      return "the name " + host_of(final_url(fetch)) + " does not resolve";
    case model::FailureKind::kConnect:
      return connect_reason(fetch);
    case model::FailureKind::kTls:
      return "the TLS handshake with " + host_of(final_url(fetch)) + " fails";
    case model::FailureKind::kHttp:
      return http_reason(fetch);
    case model::FailureKind::kBody:
      return too_large(fetch) ? "the answer is larger than limits.body"
                              : "the body does not arrive whole";
  }
  return "no answer";
}

// How far it came: only phases that happened.
std::string phases(const model::Fetch& fetch) {
  const model::Phases& at = fetch.phases;
  if (fetch.reused_connection) return "on a kept connection, " + shown_latency(at.total_us);
  std::string out;
  const auto add = [&out](std::string_view what, std::int64_t us) {
    if (us <= 0) return;
    if (!out.empty()) out += ", ";
    out += std::string(what) + " after " + shown_latency(us);
  };
  add("name resolved", at.dns_us);
  add("connected", at.connect_us);
  add("TLS up", at.tls_us);
  add("first byte", at.first_byte_us);
  add("given up", at.total_us);
  return out;
}

void describe(model::Finding& finding, const Part& part, const AuthorityView& view) {
  const model::Fetch& fetch = *part.fetch;
  std::string value = std::string(model::to_text(silent_kind(fetch))) + ": " + reason(fetch, view);
  if (fetch.failure && !fetch.failure->message.empty() &&
      !value.ends_with(fetch.failure->message)) {
    value += " (" + base::printable(fetch.failure->message) + ")";
  }
  add_evidence(finding, part.name, value, fetch.url);
  if (!fetch.redirects.empty()) {
    add_evidence(finding, "redirected to", shown_url(fetch.redirects.back()), fetch.url);
  }
  if (!fetch.address.empty()) {
    add_evidence(finding, "address", base::printable(fetch.address), fetch.url);
  }
  if (const std::string text = phases(fetch); !text.empty()) {
    add_evidence(finding, "phases", text, fetch.url);
  }
  if (const std::string* after = fetch.header("retry-after")) {
    add_evidence(finding, "Retry-After", base::printable(*after), fetch.url);
  }
  if (fetch.circumstances) {
    for (const model::AskedAgain& again : fetch.circumstances->again) {
      const std::string answer =
          again.failure.empty() ? "status " + std::to_string(again.status) : again.failure;
      add_evidence(finding, "asked again as " + base::printable(again.as) + " asks",
                   answer + " after " + base::describe_duration(again.took), fetch.url);
    }
  }
  add_evidence(finding, "last good answer", part.last_good ? shown_time(*part.last_good) : "never",
               fetch.url);
}

// What goes on in spite of it, for the part that is well.
std::string still_working(const Part& other) {
  if (other.outcome != Outcome::kAnswered) return {};
  return "; its " + std::string(other.name) + " still can";
}

std::string one_part(const AuthorityView& view, const Part& bad, const Part& other) {
  std::string out = shown_name(view) + ": the " + std::string(bad.name) + " cannot be fetched (" +
                    reason(*bad.fetch, view) + ")";
  out += still_working(other);
  if (other.outcome == Outcome::kNotAsked && view.spec.has_discovery()) {
    out += "; where its keys are is not known either";
  }
  return out;
}

// Silence from the first probe on says something about this host first: only the services may be
// let out to the provider. A closed port or an unknown name is the same for everybody.
bool never_reached(const Part& discovery, const Part& keys) {
  const auto silent = [](const Part& part) {
    return part.outcome == Outcome::kSilent && !part.last_good && part.fetch->status == 0 &&
           silent_kind(*part.fetch) == model::FailureKind::kTimeout &&
           !is_for_us_alone(*part.fetch);
  };
  const auto fits = [&](const Part& part) {
    return part.outcome == Outcome::kNotAsked ? !part.last_good : silent(part);
  };
  return fits(discovery) && fits(keys);
}

std::string summary(const AuthorityView& view, const Part& discovery, const Part& keys) {
  if (never_reached(discovery, keys)) {
    const Part& asked = discovery.outcome == Outcome::kSilent ? discovery : keys;
    return shown_name(view) + " was never reached from " + base::printable(view.vantage) + ": " +
           reason(*asked.fetch, view);
  }
  if (discovery.outcome != Outcome::kSilent) return one_part(view, keys, discovery);
  if (keys.outcome != Outcome::kSilent) return one_part(view, discovery, keys);
  const std::string first = reason(*discovery.fetch, view);
  const std::string second = reason(*keys.fetch, view);
  const std::string start =
      shown_name(view) + " cannot be reached from " + base::printable(view.vantage) + ": ";
  if (first == second) return start + first + ", for both discovery document and key set";
  return start + first + " for the discovery document, " + second + " for the key set";
}

// Says nothing of what services meet.
model::CheckResult unknown_from_here(const AuthorityView& view, const Part& part,
                                     base::Instant now) {
  model::Finding finding = begin_finding(view, kRule, model::Severity::kWarning, now);
  const std::string vantage = base::printable(view.vantage);
  const std::string peer = host_port_of(final_url(*part.fetch));
  finding.summary = shown_name(view) + ": never reached from " + vantage + " (" +
                    reason(*part.fetch, view) + ", no connection to " + peer + ")";
  add_evidence(finding, "kind", model::to_text(silent_kind(*part.fetch)), part.fetch->url);
  describe(finding, part, view);
  finding.remedy = "Find out whether the services reach " + peer +
                   ". If they do, a network policy or firewall keeps only idpwatch out: let " +
                   vantage +
                   " through, or run idpwatch in the services' own network (a sidecar). "
                   "If they do not, check the address and what lies on the way to it.";
  return model::CheckResult::bad(std::move(finding));
}

std::string consequence(const Part& discovery, const Part& keys) {
  // It is we who go no further: what services get, nobody saw.
  for (const Part& part : {discovery, keys}) {
    if (part.outcome == Outcome::kSilent && is_for_us_alone(*part.fetch)) return {};
  }
  if (discovery.outcome == Outcome::kAnswered) {
    return "Running instances still use their cached keys; newly started instances, and those that "
           "need a new key, reject all tokens. ";
  }
  if (keys.outcome == Outcome::kAnswered) {
    return "Services with the JWKS address or the keys in their own settings are not affected; "
           "newly "
           "started instances that use discovery reject all tokens. ";
  }
  return "Running instances still use their cached keys; newly started instances reject all "
         "tokens. ";
}

constexpr std::string_view kNeverReached =
    "What services meet is not known: they may be let out where idpwatch is not (a NetworkPolicy, "
    "a firewall, a proxy). Run idpwatch in their network, for example as a sidecar, or let it "
    "out, too. ";

}  // namespace

model::CheckResult check_unreachable(const AuthorityView& view, base::Instant now) {
  const std::array<Part, 2> both = parts(view);
  const auto& [discovery, keys] = both;
  if (never_reached(both)) {
    return unknown_from_here(view, discovery.outcome == Outcome::kSilent ? discovery : keys, now);
  }
  const bool any_silent = discovery.outcome == Outcome::kSilent || keys.outcome == Outcome::kSilent;
  const bool any_unasked = discovery.outcome == Outcome::kOurs || keys.outcome == Outcome::kOurs;
  if (!any_silent && any_unasked) return model::CheckResult::unknown(kRule, about(view));
  if (!any_silent) {
    // Whoever shows a certificate, or redirects, is reached: the rest is another rule's.
    const bool asked =
        discovery.outcome != Outcome::kNotAsked || keys.outcome != Outcome::kNotAsked;
    return asked ? model::CheckResult::good(kRule, about(view))
                 : model::CheckResult::unknown(kRule, about(view));
  }
  const auto for_everybody = [](const Part& part) {
    return part.outcome == Outcome::kSilent && !is_for_us_alone(*part.fetch);
  };
  const bool never = never_reached(discovery, keys);
  const model::Severity severity = !never && (for_everybody(discovery) || for_everybody(keys))
                                       ? model::Severity::kError
                                       : model::Severity::kWarning;
  model::Finding finding = begin_finding(view, kRule, severity, now);
  const Part& first = discovery.outcome == Outcome::kSilent ? discovery : keys;
  finding.summary = summary(view, discovery, keys);
  add_evidence(finding, "kind", model::to_text(silent_kind(*first.fetch)), first.fetch->url);
  for (const Part& part : {discovery, keys}) {
    if (part.outcome == Outcome::kSilent) describe(finding, part, view);
  }
  finding.remedy = (never ? std::string(kNeverReached) : consequence(discovery, keys)) +
                   unreachable_remedy(view, *first.fetch);
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
