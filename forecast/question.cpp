#include "forecast/question.hpp"

#include "forecast/windows/outlook.hpp"

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace idpwatch::forecast {

namespace {

// Fields are ended by an octet that stands in no setting, so that no two lists of them are one.
class Text {
 public:
  Text& add(std::string_view text) {
    text_ += text;
    text_ += '\x1f';
    return *this;
  }
  Text& add(std::int64_t number) { return add(std::to_string(number)); }
  Text& add(const model::Origin& origin) {
    return add(origin.file).add(origin.line).add(origin.key);
  }
  template <class T>
  Text& add(const model::Setting<T>& setting) {
    add(setting.absent() ? "-" : setting.is_null() ? "0" : "=").add(setting.origin());
    return value(setting.value());
  }
  Text& maybe(const std::optional<std::string>& text) {
    return text ? add("=").add(*text) : add("-");
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  Text& value(const std::string& text) { return add(text); }
  Text& value(bool flag) { return add(std::int64_t{flag}); }
  Text& value(base::Duration duration) { return add(std::int64_t{duration.count()}); }
  Text& value(const std::vector<std::string>& list) {
    for (const std::string& one : list) add(one);
    return add(static_cast<std::int64_t>(list.size()));
  }

  std::string text_;
};

void add_common(Text& text, const DeploymentView& view, base::Instant now) {
  const model::ValidatorSettings& s = view.settings;
  text.add(std::int64_t{now.time_since_epoch().count()});
  text.add(view.authority->name)
      .add(static_cast<std::int64_t>(view.authority->history->revision()));
  text.add(view.validator->addresses().keys);
  text.add(view.validator->profile()).add(view.validator->version()).add(view.validator->variant());
  text.add(s.framework).add(s.library).add(s.protocols).add(s.validators);
  text.add(static_cast<std::int64_t>(s.binding));
  for (const auto* one :
       {&s.authority, &s.metadata_url, &s.jwks_url, &s.tenant_id, &s.instance, &s.user_flow}) {
    text.add(*one);
  }
  for (const auto* one : {&s.issuers, &s.algorithms, &s.types, &s.pinned_keys}) text.add(*one);
  for (const auto* one : {&s.clock_skew, &s.automatic_refresh, &s.min_refresh, &s.fetch_timeout,
                          &s.last_known_good}) {
    text.add(*one);
  }
  for (const auto* one :
       {&s.require_https, &s.refresh_on_unknown_kid, &s.try_all_keys, &s.validate_issuer,
        &s.validate_audience, &s.validate_lifetime, &s.validate_signing_key, &s.require_expiration,
        &s.use_cache_control, &s.include_error_details, &s.allow_acl}) {
    text.add(*one);
  }
  text.add(std::int64_t{view.tokens.lifetime.count()});
  text.maybe(view.tokens.issuer).maybe(view.tokens.algorithm);
  for (const auto& has : {view.tokens.kid, view.tokens.not_before, view.tokens.scope}) {
    text.add(has ? std::int64_t{*has} : -1);
  }
  for (const model::Jwk& key : view.tokens.other_keys) text.add(key.thumbprint);
  text.add(std::int64_t{view.restarted_only});
  const auto& learned = view.authority->learned;
  text.add(learned && learned->next_latest ? base::to_unix_micros(*learned->next_latest) : -1);
  text.add(static_cast<std::int64_t>(view.authority->rotations.size()));
  text.add(view.foresight ? std::int64_t{view.foresight->count()} : -1);
}

}  // namespace

std::string question_of(const DeploymentView& view, base::Instant now) {
  Text text;
  add_common(text, view, now);
  text.add(view.settings.client_id).add(view.settings.audiences).maybe(view.tokens.audience);
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
