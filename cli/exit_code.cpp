#include "cli/exit_code.hpp"

namespace idpwatch::cli {

ExitCode exit_code(base::ErrorKind kind) {
  switch (kind) {
    case base::ErrorKind::kUsage:
    case base::ErrorKind::kConfig:
    case base::ErrorKind::kInput:
      return kUsage;
    case base::ErrorKind::kNotFound:
    case base::ErrorKind::kUnreadable:
    case base::ErrorKind::kUnreachable:
    case base::ErrorKind::kBusy:
    case base::ErrorKind::kStorage:
      return kUndetermined;
    case base::ErrorKind::kInternal:
      break;
  }
  return kInternal;
}

namespace {
int rank(ExitCode code) {
  switch (code) {
    case kFine:
      return 0;
    case kUndetermined:
      return 1;
    case kFound:
      return 2;
    case kUsage:
      return 3;
    case kInternal:
      break;
  }
  return 4;
}
}  // namespace

ExitCode worst(ExitCode a, ExitCode b) { return rank(a) >= rank(b) ? a : b; }

}  // namespace idpwatch::cli
