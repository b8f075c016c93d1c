#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/lint/body_facts.hpp"
#include "checks/lint/document_checks.hpp"
#include "checks/lint/key_texts.hpp"
#include "checks/lint/keyset_state.hpp"
#include "checks/lint/usable_key.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::checks {

namespace {

constexpr std::string_view kRule = "keys-invalid";
constexpr std::size_t kKeysShown = 12;

std::size_t usable_keys(const model::KeySet& set) {
  return static_cast<std::size_t>(
      std::count_if(set.keys.begin(), set.keys.end(),
                    [](const model::Jwk& key) { return why_unusable(key).empty(); }));
}

std::string missing_algorithms(const AuthorityView& view) {
  std::string out;
  for (const std::string& algorithm : view.spec.expect_algorithms) {
    const bool found =
        std::any_of(view.key_set->keys.begin(), view.key_set->keys.end(),
                    [&](const model::Jwk& key) { return fits_algorithm(key, algorithm); });
    if (!found) out += (out.empty() ? "" : ", ") + base::printable(algorithm, 32);
  }
  return out;
}

// What is wrong with the content, after "the key set ".
std::string content_fault(const AuthorityView& view) {
  const model::KeySet& set = *view.key_set;
  const std::size_t usable = usable_keys(set);
  if (set.keys.empty()) return "is empty";
  if (usable == 0) {
    return "holds " + counted(set.keys.size(), "key") + ", of which none can verify a signature";
  }
  return {};
}

// What our own configuration expects beside and is not met, all of it.
std::string unmet_expectations(const AuthorityView& view) {
  std::string out;
  const std::size_t usable = usable_keys(*view.key_set);
  if (std::cmp_less(usable, view.spec.expect_keys_min)) {
    out = "holds " + counted(usable, "usable signing key") + ", fewer than the " +
          std::to_string(view.spec.expect_keys_min) + " that are expected (expect.min_keys)";
  }
  const std::string missing = missing_algorithms(view);
  if (missing.empty()) return out;
  return out + (out.empty() ? "" : ", and ") + "holds no usable signing key for " + missing +
         " (expect.algorithms)";
}

void describe_keys(model::Finding& finding, const AuthorityView& view, const std::string& url) {
  std::size_t shown = 0;
  for (const model::Jwk& key : view.key_set->keys) {
    if (++shown > kKeysShown) {
      add_evidence(finding, "more", counted(view.key_set->keys.size() - kKeysShown, "key"), url);
      break;
    }
    const std::string why = why_unusable(key);
    add_evidence(finding, "key " + shown_kid(key.kid), why.empty() ? shown_key(key) : why, url);
  }
  if (view.key_set->entries_not_objects > 0) {
    add_evidence(finding, "no key at all",
                 counted(view.key_set->entries_not_objects, "element") + " of `keys`", url);
  }
}

constexpr std::string_view kPublishAgain =
    " and have the provider publish its signing keys again. Services that fetch it now refuse all "
    "tokens; those with cached keys follow when their cache ends.";
constexpr std::string_view kMeetExpectation =
    " and compare it with `expect` of this authority in our configuration: ask the provider for "
    "the keys that are missing, or correct `expect`. Services judge by their own settings.";

model::CheckResult bad(const AuthorityView& view, const model::Fetch& fetch, base::Instant now,
                       const std::string& fault, std::string_view remedy = kPublishAgain) {
  model::Finding finding = begin_finding(view, kRule, model::Severity::kError, now);
  finding.summary = shown_name(view) + ": the key set " + fault;
  if (view.jwks_error) {
    add_evidence(finding, "error", base::printable(view.jwks_error->message), fetch.url);
    add_body_facts(finding, fetch);
  } else {
    describe_keys(finding, view, fetch.url);
  }
  if (view.jwks_last_good) {
    add_evidence(finding, "last key set that could be read", shown_time(*view.jwks_last_good),
                 fetch.url);
  }
  finding.remedy = "Open " + shown_url(fetch.url) + std::string(remedy);
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace

model::CheckResult check_keys(const AuthorityView& view, base::Instant now) {
  const std::optional<model::Fetch>& fetch = view.observation.jwks;
  if (!fetch || !fetch->answered()) return model::CheckResult::unknown(kRule, about(view));
  if (view.jwks_error) {
    return bad(view, *fetch, now, "is not a JSON object with an array `keys`" + looks_like(*fetch));
  }
  if (view.key_set == nullptr) return model::CheckResult::unknown(kRule, about(view));
  // A set that lost all its keys has a finding of its own, at once: no second one for one cause.
  if (became_empty(view)) return model::CheckResult::unknown(kRule, about(view));
  if (const std::string fault = content_fault(view); !fault.empty()) {
    return bad(view, *fetch, now, fault);
  }
  const std::string unmet = unmet_expectations(view);
  return unmet.empty() ? model::CheckResult::good(kRule, about(view))
                       : bad(view, *fetch, now, unmet, kMeetExpectation);
}

}  // namespace idpwatch::checks
