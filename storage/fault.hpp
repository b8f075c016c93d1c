// Why a commit did not happen, and whether trying again can help.
#pragma once

#include "base/error.hpp"

namespace idpwatch::storage {

enum class FaultClass {
  kRetry,    // disk full, read-only, I/O, busy: the batch is fine, the world is not
  kReject,   // the batch itself breaks a rule of the schema or of the audit chain
  kDamaged,  // the file is not what was written: it has to be moved aside
};

struct Fault {
  FaultClass what = FaultClass::kRetry;
  int code = 0;  // SQLite's extended result code; 0: none
  base::Error error;
};

// Of a result code. All our statements fit the schema: SQLITE_ERROR (no such column, malformed
// schema) says that the file holds another one.
[[nodiscard]] bool is_damage(int code);
[[nodiscard]] FaultClass class_of(const base::Error& error, int code);

}  // namespace idpwatch::storage
