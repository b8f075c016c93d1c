// Keeps a store open for the daemon, whatever befalls the file: what cannot be opened yet is opened
// later, what is damaged is moved aside and begun anew, a file that was taken away is made again.
// Until then commits report a fault, and the batches wait where they are.
//
// Errors are for the start alone: kBusy (another daemon holds the lock) and kConfig (the place or
// the file is not ours to write to). All else is a fault that can pass.
//
// Threads: open() and reader() before any commit; commit() by one thread at a time; distrust() and
// moved_aside() by every thread.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "model/batch.hpp"
#include "storage/fault.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

#include <tl/expected.hpp>

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace idpwatch::storage {

class Keeper {
 public:
  // `options.now` is taken from the clock at each opening.
  Keeper(std::filesystem::path state_dir, OpenOptions options, const base::Clock& clock);
  ~Keeper();
  Keeper(const Keeper&) = delete;
  Keeper& operator=(const Keeper&) = delete;

  base::Status open();
  [[nodiscard]] bool is_open() const;
  // Why it is not open.
  [[nodiscard]] std::optional<Fault> fault() const;
  // What is stored; of a file that cannot be read what could be saved of it, else nothing. To be
  // closed soon while the store is not open: it may keep all others out.
  base::Result<Reader> reader();

  // One batch that breaks a rule is stored row by row.
  tl::expected<std::vector<Committed>, Fault> commit(std::span<const model::Batch* const> batches);
  // Retention, a slice of it; false when there is nothing to do, or no store to do it in. By the
  // thread that commits.
  base::Result<bool> compact_slice(const Retention& retention);
  void close();  // and lets go of the lock

  // Somebody read something in the file that cannot be: it is moved aside before the next commit.
  void distrust(std::string why);
  // The last one of this process.
  [[nodiscard]] std::optional<MovedAside> moved_aside() const;
  [[nodiscard]] const std::filesystem::path& file() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::storage
