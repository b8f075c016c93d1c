// What was read of the files of one deployment.
#pragma once

#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_validator.hpp"
#include "deployed/core/note.hpp"

#include <string>
#include <vector>

namespace idpwatch::deployed {

struct DeployedReading {
  std::string format;                         // "aspnetcore"
  std::string environment_name;               // "Production"
  std::vector<DeployedValidator> validators;  // empty: see notes for why
  std::vector<Note> notes;                    // about the files, not about one validator
  Environment route;  // variables that decide how the service reaches its provider
};

}  // namespace idpwatch::deployed
