#include "deployed/core/declared.hpp"

#include "base/json.hpp"
#include "model/jwk.hpp"
#include "model/settings_table.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::deployed {

void lay_over(model::ValidatorSettings& settings, const model::ValidatorSettings& declared) {
  model::for_each_setting([&](const char*, auto member, const char*) {
    if (!(declared.*member).absent()) settings.*member = declared.*member;
  });
}

void redact_pinned_keys(model::ValidatorSettings& settings) {
  if (!settings.pinned_keys.has_value()) return;
  std::vector<std::string> keys;
  for (const std::string& key : settings.pinned_keys.value()) {
    const auto document = base::parse_json(key);
    if (document) model::redact_secrets(*document->value);
    keys.push_back(document ? base::canonical_json(*document->value) : "{}");
  }
  settings.pinned_keys = model::ListSetting(std::move(keys), settings.pinned_keys.origin());
}

bool declares_authority(const Declared& declared) {
  return declared.settings.authority.has_value() || declared.settings.metadata_url.has_value() ||
         declared.settings.jwks_url.has_value();
}

}  // namespace idpwatch::deployed
