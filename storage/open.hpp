// From a path to a database that may be written: directory, lock, identity, checks, migrations,
// and what is done with a damaged file. Internal to storage/.
#pragma once

#include "base/result.hpp"
#include "storage/lock.hpp"
#include "storage/store.hpp"

#include <filesystem>
#include <memory>
#include <optional>

namespace idpwatch::storage {

class Database;

struct Opened {
  LockFile lock;
  std::filesystem::path file;
  std::shared_ptr<Database> database;
  std::optional<MovedAside> moved;
};

base::Result<Opened> open_for_writing(const std::filesystem::path& path,
                                      const OpenOptions& options);

}  // namespace idpwatch::storage
