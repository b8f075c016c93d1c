#include "deployed/core/declared.hpp"

#include "model/settings_table.hpp"

namespace idpwatch::deployed {

void lay_over(model::ValidatorSettings& settings, const model::ValidatorSettings& declared) {
  model::for_each_setting([&](const char*, auto member, const char*) {
    if (!(declared.*member).absent()) settings.*member = declared.*member;
  });
}

bool declares_authority(const Declared& declared) {
  return declared.settings.authority.has_value() || declared.settings.metadata_url.has_value() ||
         declared.settings.jwks_url.has_value();
}

}  // namespace idpwatch::deployed
