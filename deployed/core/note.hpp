// What a reader of deployed files has to say beside the settings: what could not be told and was
// assumed, what stands there and has no effect, what is known to bite.
#pragma once

#include "model/validator_settings.hpp"

#include <string>

namespace idpwatch::deployed {

enum class NoteKind {
  kAssumed,  // the files do not tell; `settings:` or `version:` of our configuration can
  kIgnored,  // it stands there and nothing reads it
  kTrap      // read, but seldom as its author meant it
};

struct Note {
  NoteKind kind = NoteKind::kAssumed;
  std::string text;  // one sentence without a full stop
  model::Origin origin;
};

}  // namespace idpwatch::deployed
