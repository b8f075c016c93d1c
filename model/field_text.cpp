#include "model/field_text.hpp"

#include "base/digest.hpp"
#include "model/settings_table.hpp"

namespace idpwatch::model {

std::string digest_but_audience(const ValidatorSettings& s) {
  FieldText text;
  text.add(s.profile).add(s.version).add(s.variant);
  text.add(s.framework).add(s.library).add(s.protocols).add(s.validators);
  text.add(s.version_origin).add(s.protocols_origin).add(static_cast<std::int64_t>(s.binding));
  for (const auto* fault : {&s.start_fault, &s.options_fault}) {
    if (!*fault) {
      text.add("-");
    } else {
      text.add((*fault)->message).add((*fault)->origin);
    }
  }
  for_each_setting([&](std::string_view name, auto member, const char*) {
    if (name != "client_id" && name != "audiences") text.add(s.*member);
  });
  return base::sha256_hex(text.take());
}

}  // namespace idpwatch::model
