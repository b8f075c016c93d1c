#include "checks/check_texts.hpp"
#include "checks/lint/document_checks.hpp"
#include "checks/lint/key_texts.hpp"
#include "checks/value_or_null.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "lint-JWKS-03";
// RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1; `priv` of AKP keys, RFC 9964.
constexpr std::array<std::string_view, 8> kSecret = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"};
constexpr std::size_t kKeysShown = 12;

// Names of secret members of a key, "d, p, q"; its text is our own canonical JSON.
std::string secret_members(const model::Jwk& key) {
  // Cheap for the thousands of keys that hold none: on receipt each value was replaced by this.
  if (key.members.find("\"redacted-") == std::string::npos) return {};
  const nlohmann::json members =
      nlohmann::json::parse(key.members, nullptr, /*allow_exceptions=*/false);
  if (!members.is_object()) return {};
  std::string out;
  for (const std::string_view name : kSecret) {
    if (members.contains(name)) out += (out.empty() ? "" : ", ") + std::string(name);
  }
  return out;
}

std::string what_is_out(const model::Jwk& key) {
  const std::string members = secret_members(key);
  if (!members.empty()) return "members " + members;
  return key.type == model::KeyType::kOct ? "kty oct: a shared secret" : std::string();
}

}  // namespace

model::CheckResult check_secrets(const AuthorityView& view, base::Instant now) {
  const model::Fetch* fetch = value_or_null(view.observation.jwks);
  if (fetch == nullptr || !view.keys_good()) return model::CheckResult::unknown(kRule, about(view));
  if (std::ranges::all_of(view.key_set->keys,
                          [](const model::Jwk& key) { return what_is_out(key).empty(); })) {
    return model::CheckResult::good(kRule, about(view));
  }
  model::Finding finding = begin_finding(view, kRule, model::Severity::kWarning, now);
  std::size_t count = 0;
  for (const model::Jwk& key : view.key_set->keys) {
    const std::string out = what_is_out(key);
    if (out.empty() || ++count > kKeysShown) continue;
    add_evidence(finding, "key " + shown_kid(key.kid), out, fetch->url);
  }
  finding.summary = shown_name(view) + " publishes secret key material in " +
                    counted(count, "key") +
                    " of its key set: anyone who fetches it can sign tokens";
  finding.remedy =
      "Treat these keys as known to everybody: have the provider withdraw them, sign with new "
      "ones, "
      "and publish public members only. The values were replaced on receipt and are stored nowhere "
      "here (RFC 7517 section 9.2).";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
