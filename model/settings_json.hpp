// Settings of a validator from JSON, under the names that stories and our own configuration use
// (`settings: {clock_skew_s: 300}`).
#pragma once

#include "base/result.hpp"
#include "model/validator_settings.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string_view>

namespace idpwatch::model {

// Sets what `object` names; the rest stays. Errors (kInput): no object, an unknown name (with the
// nearest known one as hint), a value of the wrong type. A known `origin` is kept with every value,
// its key replaced by the name.
base::Status apply_settings(ValidatorSettings& settings, const nlohmann::json& object,
                            const Origin& origin);

// Where that one stands; unknown for any other name.
Origin origin_of(const ValidatorSettings& settings, std::string_view name);

}  // namespace idpwatch::model
