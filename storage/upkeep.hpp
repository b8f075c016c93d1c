// Looking after the database over the years: is it sound, a copy of it, and its file made as small
// as what is in it. The first two work beside the daemon; the last needs the file for itself.
//
// Every call takes as long as the database is large. Safe from every thread.
#pragma once

#include "base/result.hpp"

#include <cstdint>
#include <filesystem>
#include <string>

namespace idpwatch::storage {

struct Soundness {
  std::filesystem::path file;
  std::string problem;                     // empty: every page, index and rule of the schema holds
  std::int64_t bytes = 0, free_bytes = 0;  // of the file, and of pages that hold nothing
  std::int64_t schema = 0;
};

// `path` as in Store::open. Reads every page; changes nothing.
base::Result<Soundness> check_database(const std::filesystem::path& path);
// A consistent copy, mode 0600, of what is committed now: the daemon goes on meanwhile. `to` must
// not exist yet; what an error leaves there is removed.
base::Status backup_database(const std::filesystem::path& path, const std::filesystem::path& to);

struct Compacted {
  std::filesystem::path file;
  std::int64_t bytes_before = 0, bytes_after = 0;
};
// kBusy: another process, such as the daemon, has it. Needs as much free space as the database has.
base::Result<Compacted> compact_database(const std::filesystem::path& path);

}  // namespace idpwatch::storage
