// OpenIddict.Validation with discovery: profile `openiddict-validation`. The same cache and token
// handler as JwtBearer, around its own reading of documents and its own last checks.
#pragma once

#include "validators/core/profile.hpp"

namespace idpwatch::validators {

base::Result<CompiledProfile> compile_openiddict(const model::ValidatorSettings& settings);

}  // namespace idpwatch::validators
