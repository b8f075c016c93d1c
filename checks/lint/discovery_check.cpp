#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/check_texts.hpp"
#include "checks/lint/body_facts.hpp"
#include "checks/lint/document_checks.hpp"

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "discovery-invalid";

std::string published(const model::Discovery& document, const std::string& member) {
  const auto found = document.members.find(member);
  return found == document.members.end() ? "absent" : base::printable(found->second);
}

// What is wrong with the members, after "the discovery document ".
std::string member_fault(const AuthorityView& view) {
  const model::Discovery& document = *view.discovery;
  if (!document.issuer) {
    return document.members.contains("issuer") ? "has an issuer that is not a string"
                                               : "has no issuer";
  }
  if (!document.jwks_uri) {
    if (document.members.contains("jwks_uri")) return "has a jwks_uri that is not a string";
    // Optional in RFC 8414; needed by whoever has no address of the keys of its own.
    return view.spec.jwks_url ? std::string() : "has no jwks_uri";
  }
  return base::parse_url(*document.jwks_uri) ? std::string()
                                             : "has a jwks_uri that is not an http or https URL";
}

model::CheckResult bad(const AuthorityView& view, const model::Fetch& fetch, base::Instant now,
                       const std::string& fault) {
  model::Finding finding = begin_finding(view, kRule, model::Severity::kError, now);
  finding.summary = shown_name(view) + ": the discovery document " + fault;
  if (view.discovery_error) {
    add_evidence(finding, "error", base::printable(view.discovery_error->message), fetch.url);
    add_body_facts(finding, fetch);
  } else {
    add_evidence(finding, "issuer", published(*view.discovery, "issuer"), fetch.url);
    add_evidence(finding, "jwks_uri", published(*view.discovery, "jwks_uri"), fetch.url);
  }
  if (view.discovery_last_good) {
    add_evidence(finding, "last good document", shown_time(*view.discovery_last_good), fetch.url);
  }
  finding.remedy =
      "Open " + shown_url(fetch.url) +
      " and see who answers: a maintenance page, a login page of a proxy, or a provider "
      "that was rolled out broken. Services that start now cannot find its keys; those "
      "that run do not learn of new ones.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace

model::CheckResult check_discovery_document(const AuthorityView& view, base::Instant now) {
  const std::optional<model::Fetch>& fetch = view.observation.discovery;
  if (!fetch) {
    // Not asked because the configuration names the key set alone: nothing to find fault with.
    return view.spec.has_discovery() ? model::CheckResult::unknown(kRule, about(view))
                                     : model::CheckResult::good(kRule, about(view));
  }
  if (!fetch->answered()) return model::CheckResult::unknown(kRule, about(view));
  if (view.discovery_error) {
    return bad(view, *fetch, now, "is not a JSON object" + looks_like(*fetch));
  }
  if (view.discovery == nullptr) return model::CheckResult::unknown(kRule, about(view));
  const std::string fault = member_fault(view);
  return fault.empty() ? model::CheckResult::good(kRule, about(view))
                       : bad(view, *fetch, now, fault);
}

}  // namespace idpwatch::checks
