// Why a commit did not happen, and whether trying again can help.
#pragma once

#include "base/error.hpp"

namespace idpwatch::storage {

enum class FaultClass {
  kRetry,   // disk full, read-only, I/O, busy, damaged: the batch is fine, the world is not
  kReject,  // the batch itself breaks a rule of the schema or of the audit chain
};

struct Fault {
  FaultClass what = FaultClass::kRetry;
  int code = 0;  // SQLite's extended result code; 0: none
  base::Error error;
};

}  // namespace idpwatch::storage
