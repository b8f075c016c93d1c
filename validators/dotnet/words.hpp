// What users of .NET call the settings, and where they write them.
#pragma once

#include "model/validator_settings.hpp"
#include "validators/core/vocabulary.hpp"

namespace idpwatch::validators {

Vocabulary aspnet_words(const model::ValidatorSettings& settings);
Vocabulary identity_web_words(const model::ValidatorSettings& settings);
Vocabulary openiddict_words();

}  // namespace idpwatch::validators
