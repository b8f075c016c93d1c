// From a path to a database that may be written: directory, lock, identity, checks, migrations,
// and what is done with a damaged file. Internal to storage/.
#pragma once

#include "base/result.hpp"
#include "model/batch.hpp"
#include "storage/lock.hpp"
#include "storage/store.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace idpwatch::storage {

class Database;

// A damaged database that was moved aside, and what could be read of it: until the database that
// replaces it is there.
struct Predecessor {
  MovedAside moved;
  model::Batch salvaged;
};

// The right to write to a database that may not be there yet.
struct Claim {
  std::shared_ptr<WriterLock> lock;
  std::filesystem::path file;
};

base::Result<Claim> claim(const std::filesystem::path& path, const OpenOptions& options);

struct OpenFault {
  base::Error error;
  bool damaged = false;
  std::string old_head;  // hex of the newest audit hash of a damaged one; empty: not readable
};

// Makes the file and its tables where the mode allows it.
tl::expected<std::shared_ptr<Database>, OpenFault> open_claimed(const Claim& claim,
                                                                const OpenOptions& options);
// The three files of a database under another name, and what can be read of it. Nobody in this
// process may have it open.
base::Result<Predecessor> move_aside(const Claim& claim, base::Instant now, std::string reason,
                                     std::string old_head);
// Hex; empty when it cannot be read.
std::string newest_hash(Database& database);

}  // namespace idpwatch::storage
