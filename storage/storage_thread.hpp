// The one thread that writes: takes batches from a bounded queue, puts those that wait into one
// transaction, and acknowledges them when they are on disk. Nothing may leave the house (webhook,
// "confirmed") before its acknowledgement.
//
// Order: batches are stored and acknowledged in the order of submit(). Trouble of the world (disk
// full, read-only, I/O, busy) is a fault: the batches stay queued and are tried again with
// back-off, fault() says what it is, the descriptor wakes the loop. A batch that the store rejects
// is acknowledged with its error; those around it are stored.
//
// Threads: submit, compact, take_acknowledged, fault, queued and retry_now never wait for the disk
// and are safe from every thread; flush and stop wait.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "model/batch.hpp"
#include "storage/store.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace idpwatch::storage {

class Keeper;

struct Ack {
  std::uint64_t ticket = 0;
  Committed committed;               // empty when there is an error
  std::optional<base::Error> error;  // rejected, or given up at stop(): it is not stored
};

struct StorageThreadOptions {
  std::size_t batches_max = 4096;
  std::size_t bytes_max =
      std::size_t{64} * 1024 * 1024;  // of documents, messages and texts, roughly
  std::size_t group_max = 256;        // batches in one transaction
  base::Duration retry_first = std::chrono::milliseconds(200);  // doubled at each failure
  base::Duration retry_max = std::chrono::seconds(30);
};

class StorageThread {
 public:
  using CompactSlice = std::function<base::Result<bool>(const Retention&)>;
  using CommitGroup = std::function<tl::expected<std::vector<Committed>, Fault>(
      std::span<const model::Batch* const>)>;

  // A fault of the keeper is one of the thread until a commit succeeds.
  explicit StorageThread(const std::shared_ptr<Keeper>& keeper,
                         const StorageThreadOptions& options = {});
  explicit StorageThread(Store store, const StorageThreadOptions& options = {});
  // For tests: anything that commits. Called from the thread alone.
  explicit StorageThread(CommitGroup commit, const StorageThreadOptions& options = {},
                         CompactSlice compact = {});
  ~StorageThread();  // stop()
  StorageThread(const StorageThread&) = delete;
  StorageThread& operator=(const StorageThread&) = delete;

  // False: the queue is full (or stopped), the batch is untouched; hold on and try again after the
  // next acknowledgement.
  [[nodiscard]] bool submit(std::uint64_t ticket, model::Batch&& batch);

  // From now on, whenever no batch waits and commits succeed, a slice of it at a time, until it is
  // done or fails: then it is for the next call.
  void compact(const Retention& retention);

  // Readable (poll, epoll) when there is something to take or fault() has changed.
  [[nodiscard]] int fd() const;
  [[nodiscard]] std::vector<Ack> take_acknowledged();

  // Since when commits fail, and why; nullopt when the last one succeeded.
  [[nodiscard]] std::optional<Fault> fault() const;
  [[nodiscard]] std::size_t queued() const;  // not yet acknowledged
  // Does not wait for the back-off to end.
  void retry_now();

  // Waits until all that was submitted is acknowledged. False: a fault keeps it from that.
  bool flush();
  // Stores what is queued, without waiting for back-offs; what a fault keeps out is acknowledged
  // with the error. Then the database is closed. May be called twice.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace idpwatch::storage
