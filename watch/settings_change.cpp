#include "watch/settings_change.hpp"

#include "base/time.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace idpwatch::watch {

namespace {

using Named = std::map<std::string, std::string>;

std::string text_of(const std::string& value) { return "'" + value + "'"; }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(base::Duration value) { return base::format_duration(value); }
std::string text_of(const std::vector<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += text_of(value) + ",";
  return "[" + out + "]";
}

template <class T>
void add(Named& named, const std::string& name, const model::Setting<T>& setting) {
  if (setting.absent()) return;
  named[name] = setting.is_null() ? "null" : text_of(setting.value());
}

void add_texts(Named& named, const std::string& prefix, const model::ValidatorSettings& s) {
  add(named, prefix + "authority", s.authority);
  add(named, prefix + "metadata_url", s.metadata_url);
  add(named, prefix + "jwks_url", s.jwks_url);
  add(named, prefix + "issuers", s.issuers);
  add(named, prefix + "audiences", s.audiences);
  add(named, prefix + "algorithms", s.algorithms);
  add(named, prefix + "types", s.types);
  add(named, prefix + "pinned_keys", s.pinned_keys);
  add(named, prefix + "client_id", s.client_id);
  add(named, prefix + "tenant_id", s.tenant_id);
  add(named, prefix + "instance", s.instance);
}

void add_times_and_flags(Named& named, const std::string& prefix,
                         const model::ValidatorSettings& s) {
  add(named, prefix + "clock_skew_s", s.clock_skew);
  add(named, prefix + "automatic_refresh_s", s.automatic_refresh);
  add(named, prefix + "min_refresh_s", s.min_refresh);
  add(named, prefix + "fetch_timeout_s", s.fetch_timeout);
  add(named, prefix + "last_known_good_s", s.last_known_good);
  add(named, prefix + "require_https", s.require_https);
  add(named, prefix + "refresh_on_unknown_kid", s.refresh_on_unknown_kid);
  add(named, prefix + "try_all_keys", s.try_all_keys);
  add(named, prefix + "validate_issuer", s.validate_issuer);
  add(named, prefix + "validate_audience", s.validate_audience);
  add(named, prefix + "validate_lifetime", s.validate_lifetime);
  add(named, prefix + "validate_signing_key", s.validate_signing_key);
  add(named, prefix + "require_expiration", s.require_expiration);
  add(named, prefix + "use_cache_control", s.use_cache_control);
  add(named, prefix + "include_error_details", s.include_error_details);
  add(named, prefix + "allow_acl", s.allow_acl);
}

Named named_settings(const std::vector<WatchedValidator>& validators) {
  Named named;
  for (const WatchedValidator& watched : validators) {
    const std::string prefix = watched.name + " ";
    const model::ValidatorSettings& settings = watched.settings;
    named[prefix + "version"] =
        settings.profile + "@" + settings.version + "+" + settings.variant + settings.framework;
    if (settings.start_fault) named[prefix + "start"] = settings.start_fault->message;
    if (settings.options_fault) named[prefix + "options"] = settings.options_fault->message;
    add_texts(named, prefix, settings);
    add_times_and_flags(named, prefix, settings);
  }
  return named;
}

}  // namespace

std::vector<std::string> changed_settings(const std::vector<WatchedValidator>& before,
                                          const std::vector<WatchedValidator>& after) {
  const Named old_ones = named_settings(before);
  const Named new_ones = named_settings(after);
  std::vector<std::string> changed;
  for (const auto& [name, text] : old_ones) {
    const auto found = new_ones.find(name);
    if (found == new_ones.end() || found->second != text) changed.push_back(name);
  }
  for (const auto& [name, text] : new_ones) {
    if (!old_ones.contains(name)) changed.push_back(name);
  }
  std::sort(changed.begin(), changed.end());
  return changed;
}

}  // namespace idpwatch::watch
