// A pointer to what an optional holds, or null: how the checks pass parts of an observation on.
#pragma once

#include <optional>

namespace idpwatch::checks {

template <class T>
const T* value_or_null(const std::optional<T>& held) {
  return held ? &*held : nullptr;
}

}  // namespace idpwatch::checks
