// The writer's lock: an flock on a file beside the database, so that a second daemon ends with a
// clear text instead of two writers. Released with the object, and by the kernel at any end of the
// process.
#pragma once

#include "base/result.hpp"

#include <filesystem>

namespace idpwatch::storage {

class LockFile {
 public:
  // kBusy, naming the holder's process id: somebody has it. kUnreadable: it cannot be made.
  static base::Result<LockFile> take(const std::filesystem::path& file);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

 private:
  explicit LockFile(int fd) : fd_(fd) {}
  int fd_;
};

}  // namespace idpwatch::storage
