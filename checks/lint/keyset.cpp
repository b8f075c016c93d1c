#include "checks/lint/keyset.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/lint/key_texts.hpp"
#include "checks/lint/keyset_state.hpp"

#include <algorithm>

namespace idpwatch::checks {

namespace {

constexpr std::string_view kEmpty = "keyset-empty";
constexpr std::string_view kReplaced = "keyset-replaced";
constexpr std::string_view kInconsistent = "keyset-inconsistent";
constexpr std::string_view kMaterial = "key-material-changed";
constexpr std::size_t kRowsShown = 12;

const std::string& source(const AuthorityView& view) {
  static const std::string none;
  return view.observation.jwks ? view.observation.jwks->url : none;
}

void add_signing_keys(model::Finding& finding, const AuthorityView& view) {
  std::size_t shown = 0;
  for (const model::Jwk& key : view.key_set->keys) {
    if (!key.decodable() || !key.signing()) continue;
    if (++shown > kRowsShown) break;
    add_evidence(finding, "key now served", shown_kid(key.kid) + ", " + shown_key(key),
                 source(view));
  }
}

// What the timeline put into an event: JSON text.
void add_values(model::Finding& finding, const AuthorityView& view, const model::Event& event) {
  if (!event.old_value.empty()) {
    add_evidence(finding, "before", base::printable(event.old_value), source(view));
  }
  if (!event.new_value.empty()) {
    add_evidence(finding, "now", base::printable(event.new_value), source(view));
  }
}

}  // namespace

model::CheckResult check_keyset_empty(const AuthorityView& view, base::Instant now) {
  if (!view.keys_good()) return model::CheckResult::unknown(kEmpty, about(view));
  if (!became_empty(view)) return model::CheckResult::good(kEmpty, about(view));
  model::Finding finding = begin_finding(view, kEmpty, model::Severity::kError, now);
  finding.summary = shown_name(view) + " no longer publishes any keys";
  const std::size_t entries = view.key_set->keys.size() + view.key_set->entries_not_objects;
  add_evidence(finding, "elements of `keys`",
               entries == 0 ? "none" : std::to_string(entries) + ", none of which can be read",
               source(view));
  finding.remedy =
      "Have the provider publish its signing keys again: a rotation that removed the old keys "
      "before "
      "it added new ones looks like this. Services that fetch the set now reject all tokens; those "
      "with cached keys follow when their cache expires, so do not restart them.";
  return model::CheckResult::bad(std::move(finding));
}

std::optional<model::CheckResult> check_keyset_replaced(const AuthorityView& view,
                                                        base::Instant now) {
  const model::Event* event = find_event(view, model::EventType::kKeysetReplaced);
  if (event == nullptr || view.key_set == nullptr) return std::nullopt;
  if (view.inconsistent || former_set_returned(view)) {
    return model::CheckResult::good(kReplaced, about(view));
  }
  model::Finding finding = begin_finding(view, kReplaced, model::Severity::kWarning, now);
  finding.summary = shown_name(view) + " replaced all its signing keys at once, without overlap";
  add_signing_keys(finding, view);
  add_values(finding, view, *event);
  add_evidence(finding, "seen at", shown_time(event->at), source(view));
  finding.remedy =
      "Tokens signed with the old keys are refused by every service that fetches now, tokens "
      "signed "
      "with the new ones by every service that still holds the old set. If callers see 401, renew "
      "their tokens and restart the services that do not refetch on an unknown kid; ask the "
      "provider "
      "to publish the next key before it signs with it.";
  return model::CheckResult::bad(std::move(finding));
}

model::CheckResult check_keyset_inconsistent(const AuthorityView& view, base::Instant now) {
  if (!view.keys_good()) return model::CheckResult::unknown(kInconsistent, about(view));
  const model::Event* event = find_event(view, model::EventType::kKeysetInconsistent);
  const bool back = former_set_returned(view);
  if (event == nullptr && !back && !(view.inconsistent && view.flapped)) {
    return model::CheckResult::good(kInconsistent, about(view));
  }
  model::Finding finding = begin_finding(view, kInconsistent, model::Severity::kWarning, now);
  finding.summary = shown_name(view) +
                    " serves differing key sets in turn: keys vanish and come back before they "
                    "could be withdrawn";
  add_signing_keys(finding, view);
  if (event != nullptr) add_values(finding, view, *event);
  if (back) {
    add_evidence(finding, "returned", "the set that had just been replaced", source(view));
  }
  finding.remedy =
      "Its nodes, regions or caches disagree. A service that meets the wrong one keeps that set "
      "until "
      "its next fetch and refuses the other half of the tokens. Ask the provider to bring them to "
      "one "
      "set; meanwhile a 401 here is answered by a repeated fetch, not by a new token.";
  return model::CheckResult::bad(std::move(finding));
}

std::optional<model::CheckResult> check_key_material(const AuthorityView& view, base::Instant now) {
  if (find_event(view, model::EventType::kKeyMaterialChanged) == nullptr) return std::nullopt;
  model::Finding finding = begin_finding(view, kMaterial, model::Severity::kWarning, now);
  std::size_t changed = 0;
  for (const model::Event& event : view.events) {
    if (event.type != model::EventType::kKeyMaterialChanged) continue;
    if (++changed == 1) {
      finding.summary = shown_name(view) +
                        " serves another key under a kid already in use: " + shown_kid(event.kid);
    }
    if (changed > kRowsShown) continue;
    add_evidence(finding, "kid", shown_kid(event.kid), source(view));
    if (!event.thumbprint.empty()) {
      add_evidence(finding, "thumbprint", base::printable(event.thumbprint), source(view));
    }
    add_values(finding, view, event);
  }
  if (changed > 1) finding.summary += " and " + counted(changed - 1, "other");
  finding.remedy =
      "Services that cache keys by kid never refetch for a kid they know: they verify with the old "
      "key and answer 401 until their cache ends or they are restarted. Restart them after the "
      "change, and ask the provider to give every key a kid of its own.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
