// The writer's lock, so that a second daemon ends with a clear text instead of two writers: an
// flock on a file beside the database, and one on the database itself. The first names the holder;
// the second holds when somebody removes the first. Released with the object, and by the kernel at
// any end of the process.
//
// Closing a descriptor drops the POSIX locks that SQLite holds on the same file in this process: a
// lock must outlive all connections to its database.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <utility>

namespace idpwatch::storage {

class WriterLock {
 public:
  // kBusy, naming the holder's process id: somebody has it. kConfig: something there is no plain
  // file. kUnreadable: no lock file can be made or opened.
  static base::Result<WriterLock> take(const std::filesystem::path& database);
  // The database itself, as soon as it is there.
  base::Status hold_database();
  // The database that is held is still the one of that name.
  [[nodiscard]] bool holds_named_file() const;

  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&& other) noexcept;
  ~WriterLock();

  [[nodiscard]] const std::filesystem::path& database() const { return database_; }

 private:
  explicit WriterLock(std::filesystem::path database) : database_(std::move(database)) {}

  std::filesystem::path database_;
  int lock_fd_ = -1;
  int database_fd_ = -1;
};

}  // namespace idpwatch::storage
