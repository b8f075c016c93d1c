#include "checks/lint/issuer.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "checks/check_texts.hpp"
#include "checks/lint/keyset_state.hpp"
#include "checks/value_or_null.hpp"

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "issuer-mismatch";

std::string_view without_slash(std::string_view issuer) {
  if (issuer.ends_with('/')) issuer.remove_suffix(1);
  return issuer;
}

bool slash_apart(std::string_view a, std::string_view b) {
  return a != b && without_slash(a) == without_slash(b);
}

bool entra(std::string_view issuer) {
  return issuer.find("login.microsoftonline.") != std::string_view::npos ||
         issuer.find("sts.windows.net") != std::string_view::npos;
}

// Microsoft Entra answers "common" and "organizations" with a template, and v1 and v2 endpoints of
// one tenant with different issuers.
std::string entra_hint(std::string_view configured, std::string_view published) {
  if (published.find("{tenantid}") != std::string_view::npos) {
    return "The document is that of the multi-tenant endpoint: its issuer is a template in which "
           "tokens have their own tenant's id. Configure the tenant's own authority "
           "(https://login.microsoftonline.com/TENANT-ID/v2.0), or use a validator that fills in "
           "the "
           "template (Microsoft.Identity.Web).";
  }
  if (!entra(configured) || !entra(published)) return {};
  const bool configured_v2 = configured.find("/v2.0") != std::string_view::npos;
  const bool published_v2 = published.find("/v2.0") != std::string_view::npos;
  if (configured_v2 == published_v2) {
    return "The tenant differs, or is named by its domain where the document has its id: configure "
           "the issuer as the document has it.";
  }
  return configured_v2
             ? "The configured issuer is that of v2.0, the document that of v1: ask "
               "/v2.0/.well-known/openid-configuration, or configure the v1 issuer."
             : "The configured issuer is that of v1, the document that of v2.0: configure "
               "the v2.0 issuer, or ask the document without /v2.0.";
}

std::string remedy(std::string_view configured, std::string_view published, bool slash) {
  if (slash) {
    return "Write the issuer as it is published, here and in each service: tokens carry it so, and "
           "services that compare exactly refuse the other form.";
  }
  if (std::string hint = entra_hint(configured, published); !hint.empty()) return hint;
  return "Decide which of the two is meant. If " + in_quotes(published) +
         ", set issuer to it here and in each service. If not, set the provider's public address "
         "(its hostname setting, or forwarded headers from its proxy). Until then services that "
         "are configured with the other one refuse its tokens.";
}

// Where two texts first differ, counted in characters from 1.
std::string first_difference(std::string_view a, std::string_view b) {
  std::size_t i = 0;
  while (i < a.size() && i < b.size() && a[i] == b[i]) ++i;
  return "character " + std::to_string(i + 1);
}

// Of the former value and the new one, as they are shown.
using RemedyOf = std::string (*)(const std::string& before, const std::string& now);

std::optional<model::CheckResult> changed(const AuthorityView& view, base::Instant now,
                                          std::string_view rule, model::EventType type,
                                          std::string_view member, RemedyOf remedy_of) {
  const model::Event* event = find_event(view, type);
  if (event == nullptr) return std::nullopt;
  const std::string url = view.observation.discovery ? view.observation.discovery->url : "";
  const auto value = [](const std::string& json) {
    return json.empty() ? std::string("absent") : base::printable(json);
  };
  model::Finding finding = begin_finding(view, rule, model::Severity::kWarning, now);
  finding.summary = shown_name(view) + " changed the " + std::string(member) +
                    " in its discovery document to " + value(event->new_value);
  add_evidence(finding, "before", value(event->old_value), url);
  add_evidence(finding, "now", value(event->new_value), url);
  add_evidence(finding, "seen at", shown_time(event->at), url);
  finding.remedy = remedy_of(value(event->old_value), value(event->new_value));
  return model::CheckResult::bad(std::move(finding));
}

std::string after_issuer_changed(const std::string& before, const std::string& now) {
  return "Ask the provider whether it meant to change its issuer. If so, replace " + before +
         " with " + now + " in each service that names it; if not, have it restore " + before +
         ". Until then services that name the old issuer refuse new tokens, and those that read it "
         "from the document refuse tokens issued before.";
}

// Events bear JSON: a text in quotes.
std::string host_in(const std::string& json) {
  const bool text = json.size() > 2 && json.front() == '"' && json.back() == '"';
  const auto url = base::parse_url(text ? json.substr(1, json.size() - 2) : json);
  return url ? url->host : std::string();
}

std::string after_jwks_uri_changed(const std::string& before, const std::string& now) {
  const std::string host = host_in(now);
  const std::string follow = "replace " + before + " with " + now +
                             " in each service that names the key set's address itself. Services "
                             "that read it from the document need no change.";
  if (host.empty() || host == host_in(before)) return "R" + follow.substr(1);
  return "Check that " + host +
         " belongs to the provider: anyone who serves the keys can sign tokens. If it does not, "
         "treat "
         "this as an attack. If it does, let services reach it through firewalls and proxies, "
         "and " +
         follow;
}

}  // namespace

model::CheckResult check_issuer(const AuthorityView& view, base::Instant now) {
  // Where nobody configured one, the published issuer is the authority's.
  if (!view.spec.has_discovery() || !view.spec.issuer_configured) {
    return model::CheckResult::good(kRule, about(view));
  }
  const model::Fetch* fetch = value_or_null(view.observation.discovery);
  const std::string* issuer =
      view.discovery != nullptr ? value_or_null(view.discovery->issuer) : nullptr;
  const bool known = view.discovery_good() && !view.spec.issuer.empty();
  if (!known || fetch == nullptr || issuer == nullptr) {
    return model::CheckResult::unknown(kRule, about(view));
  }
  const std::string& configured = view.spec.issuer;
  const std::string& published = *issuer;
  if (configured == published) return model::CheckResult::good(kRule, about(view));
  const bool slash = slash_apart(configured, published);
  model::Finding finding =
      begin_finding(view, kRule, slash ? model::Severity::kWarning : model::Severity::kError, now);
  finding.summary = shown_name(view) + " calls itself " + in_quotes(published) +
                    ", configured is " + in_quotes(configured) +
                    (slash ? ": they differ only by a trailing slash" : "");
  add_evidence(finding, "issuer published", in_quotes(published), fetch->url);
  add_evidence(finding, "issuer configured", in_quotes(configured));
  add_evidence(finding, "first difference", first_difference(published, configured));
  finding.remedy = remedy(configured, published, slash);
  return model::CheckResult::bad(std::move(finding));
}

std::optional<model::CheckResult> check_issuer_changed(const AuthorityView& view,
                                                       base::Instant now) {
  return changed(view, now, "issuer-changed", model::EventType::kIssuerChanged, "issuer",
                 after_issuer_changed);
}

std::optional<model::CheckResult> check_jwks_uri_changed(const AuthorityView& view,
                                                         base::Instant now) {
  return changed(view, now, "jwks-uri-changed", model::EventType::kJwksUriChanged, "jwks_uri",
                 after_jwks_uri_changed);
}

}  // namespace idpwatch::checks
