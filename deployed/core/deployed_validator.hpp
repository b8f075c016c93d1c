// What one section of a deployed configuration says about one validator.
#pragma once

#include "deployed/core/note.hpp"
#include "model/validator_settings.hpp"

#include <string>
#include <utility>
#include <vector>

namespace idpwatch::deployed {

struct DeployedValidator {
  // What follows "#" in the validator's name; empty when the deployment has but one, nameless.
  std::string suffix;
  model::ValidatorSettings settings;
  std::vector<Note> notes;

  void note(NoteKind kind, std::string text, model::Origin origin = {}) {
    notes.push_back({kind, std::move(text), std::move(origin)});
  }
};

}  // namespace idpwatch::deployed
