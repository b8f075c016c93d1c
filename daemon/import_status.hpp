// How far an import into the running daemon is, for those who ask from outside. Plain values.
#pragma once

#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace idpwatch::daemon {

// A file is held in memory while it is imported.
inline constexpr std::size_t kImportBytesMax = std::size_t{64} * 1024 * 1024;

struct ImportStatus {
  enum class State { kRunning, kDone, kFailed };
  std::uint64_t id = 0;
  std::string name;
  State state = State::kRunning;
  std::int64_t records = 0, of = 0, events = 0;
  std::optional<base::Error> error;  // kFailed
};

}  // namespace idpwatch::daemon
