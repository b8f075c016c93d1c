#include "model/rules.hpp"

#include "base/url.hpp"

#include <algorithm>
#include <array>

namespace idpwatch::model {

namespace {

constexpr base::Duration kNoHold{0};
constexpr base::Duration kDay = base::hours(24);
constexpr Severity kInfo = Severity::kInfo;
constexpr Severity kWarning = Severity::kWarning;
constexpr Severity kError = Severity::kError;
constexpr std::string_view kLintFamily = "lint-";

// docs/rules.md, in its order. Where it says "by window" the severity is that of the mildest
// refusal; the check decides.
// clang-format off
constexpr std::array kRules{
    // id, severity, open, close, hold, meaning
    Rule{"authority-unreachable", kError, 3, 2, kNoHold, "the authority gives no good discovery or JWKS answer"},
    Rule{"discovery-invalid", kError, 3, 2, kNoHold, "the discovery document is not a JSON object, or members are missing or of a wrong type"},
    Rule{"keys-invalid", kError, 3, 2, kNoHold, "the key set has no keys array, or no usable signing key"},
    Rule{"keyset-empty", kError, 1, 1, kNoHold, "the key set became empty"},
    Rule{"issuer-mismatch", kError, 1, 1, kNoHold, "the document's issuer is not the configured one"},
    Rule{"tls-invalid", kError, 1, 1, kNoHold, "the authority's certificate is not valid here"},
    Rule{"redirect-loop", kError, 1, 1, kNoHold, "the authority redirects in a loop"},
    Rule{"redirect-downgrade", kError, 1, 1, kNoHold, "the authority redirects from https to http"},
    Rule{"tls-expiring", kWarning, 1, 1, kNoHold, "the authority's certificate ends soon"},
    Rule{"keyset-replaced", kWarning, 1, 1, kDay, "all signing keys were replaced at once"},
    Rule{"keyset-inconsistent", kWarning, 1, 20, kNoHold, "the authority serves differing key sets in turn"},
    Rule{"key-material-changed", kWarning, 1, 1, kDay, "a kid now names another key"},
    Rule{"issuer-changed", kWarning, 1, 1, kDay, "the document's issuer changed"},
    Rule{"jwks-uri-changed", kWarning, 1, 1, kDay, "the document's jwks_uri changed"},
    Rule{kLintFamily, kWarning, 1, 1, kNoHold, "a published document breaks a rule of its specification"},
    Rule{"clock-offset", kWarning, 2, 2, kNoHold, "the local clock and the authority's differ"},
    Rule{"clock-stepped", kInfo, 1, 1, base::hours(1), "the local clock was stepped"},
    Rule{"local-network", kError, 1, 1, kNoHold, "this host's network is at fault, not the authorities"},
    Rule{"refusal-rotation", kWarning, 1, 1, kNoHold, "a new key is, or will be, in use that the validator has not cached"},
    Rule{"refusal-withdrawn-key", kWarning, 1, 1, kNoHold, "live tokens are signed with a key that left, or leaves, the set"},
    Rule{"refusal-pinned-key", kWarning, 1, 1, kNoHold, "a key written into the deployed file is no longer the authority's"},
    Rule{"refusal-unreachable", kWarning, 3, 2, kNoHold, "the validator cannot fetch what it needs"},
    Rule{"refusal-slow", kWarning, 3, 2, kNoHold, "the authority answers slower than the validator waits"},
    Rule{"refusal-redirect", kWarning, 3, 2, kNoHold, "the validator does not follow the authority's redirect"},
    Rule{"refusal-tls", kWarning, 3, 2, kNoHold, "the validator cannot trust the authority's certificate"},
    Rule{"refusal-https", kWarning, 3, 2, kNoHold, "the validator asks for https and its metadata address is not"},
    Rule{"refusal-size", kWarning, 3, 2, kNoHold, "a document is larger than the validator takes"},
    Rule{"refusal-document", kWarning, 1, 1, kNoHold, "the validator's library refuses the discovery document"},
    Rule{"refusal-keys", kWarning, 1, 1, kNoHold, "the validator's library refuses the key set, or every usable key in it"},
    Rule{"refusal-algorithm", kWarning, 1, 1, kNoHold, "the validator's settings do not allow the authority's algorithm"},
    Rule{"refusal-issuer", kWarning, 1, 1, kNoHold, "the configured issuer cannot match what the authority issues"},
    Rule{"refusal-audience", kWarning, 1, 1, kNoHold, "the configured audience cannot match what callers bring"},
    Rule{"refusal-clock", kWarning, 2, 2, kNoHold, "the clock offset is, or will be, beyond the validator's tolerance"},
    Rule{"refusal-lifetime", kWarning, 1, 1, kNoHold, "the authority's tokens do not live as long as callers need"},
    Rule{"refusal-start", kWarning, 1, 1, kNoHold, "the service does not start with the deployed file"},
    Rule{"refusal-contradiction", kWarning, 2, 2, kNoHold, "the real API answered otherwise than forecast"},
    Rule{"endpoint-unreachable", kError, 3, 2, kNoHold, "the protected API does not answer"},
    Rule{"endpoint-redirect", kError, 3, 2, kNoHold, "the protected API redirects in a loop, from https to http, to another origin or to a login page"},
    Rule{"endpoint-challenge", kWarning, 2, 2, kNoHold, "the 401 of the protected API names another authority or resource than is deployed, or has no challenge"},
    Rule{"endpoint-cors", kError, 2, 2, kNoHold, "a browser cannot call the protected API with a token"},
    Rule{"endpoint-token-lost", kError, 2, 2, kNoHold, "the token does not reach the validator of the protected API"},
    Rule{"canary-failed", kWarning, 3, 2, kNoHold, "no canary token could be fetched; says nothing about any service"},
    Rule{"deployment-unreadable", kWarning, 2, 1, kNoHold, "the files of a deployment cannot be read"},
    Rule{"config-drift", kInfo, 1, 1, kNoHold, "deployments of one name, or file and running process, disagree"},
    Rule{"self-receiver", kWarning, 1, 1, kNoHold, "a receiver is rejecting notifications"},
    Rule{"self-storage", kWarning, 1, 1, kNoHold, "our database cannot be written"},
    Rule{"self-reload", kWarning, 1, 1, kNoHold, "our configuration could not be reloaded"},
    Rule{"self-late", kWarning, 1, 1, kNoHold, "our probes run late"},
    Rule{"self-pace", kWarning, 1, 1, kNoHold, "a provider limits our own requests"},
    Rule{"self-outbox", kWarning, 1, 1, kNoHold, "messages for a receiver pile up"},
};
// clang-format on

CheckResult result_of(Health health, std::string_view rule, Subject subject) {
  CheckResult result;
  result.health = health;
  result.finding.rule = rule;
  result.finding.subject = std::move(subject);
  return result;
}

}  // namespace

std::span<const Rule> rules() { return kRules; }

const Rule* find_rule(std::string_view id) {
  if (id.starts_with(kLintFamily)) id = kLintFamily;
  const auto* found =
      std::find_if(kRules.begin(), kRules.end(), [id](const Rule& rule) { return rule.id == id; });
  return found == kRules.end() ? nullptr : &*found;
}

CheckResult CheckResult::good(std::string_view rule, Subject subject) {
  return result_of(Health::kPassing, rule, std::move(subject));
}

CheckResult CheckResult::unknown(std::string_view rule, Subject subject) {
  return result_of(Health::kUnknown, rule, std::move(subject));
}

// Every finding comes through here, and none leaves with what was in the query of a URL.
CheckResult CheckResult::bad(Finding finding) {
  for (std::string* text : {&finding.summary, &finding.remedy, &finding.error_message}) {
    *text = base::without_url_secrets(*text);
  }
  for (Evidence& each : finding.evidence) {
    each.value = base::without_url_secrets(each.value);
    each.source = base::without_url_secrets(each.source);
  }
  CheckResult result;
  result.health = Health::kFailing;
  finding.id = finding_id(finding.rule, finding.subject);
  result.finding = std::move(finding);
  return result;
}

}  // namespace idpwatch::model
