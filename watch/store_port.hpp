// Where the loop's batches go: the storage thread in the daemon, a store written at once in
// one-shot commands and replays. Loop thread only.
#pragma once

#include "model/batch.hpp"
#include "storage/fault.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <optional>

namespace idpwatch::watch {

class StorePort {
 public:
  virtual ~StorePort() = default;
  // False: full; the batch is untouched. The owner calls Watch::stored() when it is on disk.
  [[nodiscard]] virtual bool submit(std::uint64_t ticket, model::Batch&& batch) = 0;
  // Behind all batches, and whenever none waits.
  virtual void compact(const storage::Retention& retention) = 0;
  // Why the store cannot write at the moment.
  [[nodiscard]] virtual std::optional<storage::Fault> fault() const = 0;
};

}  // namespace idpwatch::watch
