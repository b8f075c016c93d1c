#include "forecast/judgement_cache_key.hpp"

#include "forecast/windows/refusal_windows.hpp"
#include "model/field_text.hpp"

#include <cstdint>

namespace idpwatch::forecast {

namespace {

using Text = model::FieldText;

void add_common(Text& text, const DeploymentView& view, base::Instant now) {
  text.add(std::int64_t{now.time_since_epoch().count()});
  text.add(view.authority->name)
      .add(static_cast<std::int64_t>(view.authority->history->revision()));
  text.add(view.validator->addresses().keys);
  text.add(view.validator->settings_digest());
  text.add(std::int64_t{view.tokens.lifetime.count()});
  text.maybe(view.tokens.issuer).maybe(view.tokens.algorithm);
  for (const auto& has : {view.tokens.kid, view.tokens.not_before, view.tokens.scope}) {
    text.add(has ? std::int64_t{*has} : -1);
  }
  for (const model::Jwk& key : view.tokens.other_keys) text.add(key.thumbprint);
  if (view.signer) {
    text.add(view.signer->kid).add(base::to_unix_micros(view.signer->since));
    text.add(base::to_unix_micros(view.signer->until));
  }
  text.add(std::int64_t{view.restarted_only});
  const auto& learned = view.authority->learned;
  text.add(learned && learned->next_latest ? base::to_unix_micros(*learned->next_latest) : -1);
  text.add(static_cast<std::int64_t>(view.authority->rotations.size()));
  text.add(view.route ? view.route->key() : std::string());
  text.add(view.foresight ? std::int64_t{view.foresight->count()} : -1);
}

}  // namespace

std::string judgement_cache_key(const DeploymentView& view, base::Instant now) {
  Text text;
  add_common(text, view, now);
  text.add(view.settings.client_id).add(view.settings.audiences).maybe(view.tokens.audience);
  text.add(view.tokens.needed ? std::int64_t{view.tokens.needed->count()} : -1);
  if (const auto& shown = view.tokens.shown) {
    text.add(base::to_unix_micros(shown->fetched_at)).maybe(shown->version);
    for (const std::string& audience : shown->audiences) text.add(audience);
    const auto lifetime = shown->lifetime();
    text.add(lifetime ? std::int64_t{lifetime->count()} : -1);
    const bool postdated = shown->not_before && shown->issued_at;
    text.add(postdated ? std::int64_t{(*shown->not_before - *shown->issued_at).count()} : 0);
  }
  text.add(view.started_at ? std::int64_t{view.started_at->time_since_epoch().count()} : -1);
  if (view.clock) {
    text.add(std::int64_t{view.clock->lo.count()});
    if (view.clock->hi) text.add(std::int64_t{view.clock->hi->count()});
    if (view.clock->rate) {
      text.add(std::to_string(view.clock->rate->lo)).add(std::to_string(view.clock->rate->hi));
    }
  }
  return text.take();
}

std::string question_ahead_of(const DeploymentView& view, const Signing& signing,
                              base::Instant now) {
  Text text;
  add_common(text, view, now);
  text.add(signing.claims.issuer).add(std::int64_t{signing.issuer_moves});
  for (const std::string& key : signing.unusable) text.add(key);
  for (const Label& one : signing.unusable_labels) text.add(one.thumbprint).maybe(one.kid);
  // Of a process that is older than anything that matters, it does not matter how old.
  if (!view.started_at) {
    text.add("-");
  } else if (remembers_start(view, now)) {
    text.add(std::int64_t{view.started_at->time_since_epoch().count()});
  } else {
    text.add("old");
  }
  return text.take();
}

}  // namespace idpwatch::forecast
