// Keys that look like an authority, and that nothing here reads, because only the code of the
// application knows what it makes of them: each is named, with the lines of `settings:` that tell.
// Pure.
#pragma once

#include "deployed/core/note.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <vector>

namespace idpwatch::deployed {

[[nodiscard]] std::vector<Note> unread_authorities(const Configuration& configuration);

}  // namespace idpwatch::deployed
