#include "storage/fault.hpp"

#include <sqlite3.h>

namespace idpwatch::storage {

bool is_damage(int code) {
  switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR:
      return true;
    default:
      return false;
  }
}

FaultClass class_of(const base::Error& error, int code) {
  if (error.kind == base::ErrorKind::kInternal) return FaultClass::kReject;
  if (is_damage(code)) return FaultClass::kDamaged;
  switch (code & 0xFF) {
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return FaultClass::kReject;
    default:
      return FaultClass::kRetry;
  }
}

}  // namespace idpwatch::storage
