// Whether a token is refused because two packages of the deployed application do not fit, and the
// keys get lost between them (validators/dotnet/aspnet_rules.cpp models which). Pure.
#pragma once

#include "model/validator_settings.hpp"

#include <string_view>

namespace idpwatch::forecast {

inline bool keys_lost_to_packages(const model::ValidatorSettings& settings,
                                  std::string_view error) {
  const std::string& tokens = settings.library.empty() ? settings.version : settings.library;
  return error == "IDX10500" && !settings.protocols.empty() && settings.protocols != tokens;
}

}  // namespace idpwatch::forecast
