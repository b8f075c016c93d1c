// How much of what one authority publishes is stored in a day (UTC), so that no provider can fill
// the disk: new bodies, and rows of all other kinds (events, keys, sightings, spans). Only what is
// new is counted: a body or a key that comes back is stored already.
//
// Bodies beyond the budget are kept as digests alone. When the rows are used up, nothing more of
// what an authority shows is recorded until the next day; its newest state is given then. A restart
// goes on from what the store says was stored that day.
// One thread; no clock.
#pragma once

#include "base/time.hpp"
#include "model/batch.hpp"
#include "model/event.hpp"
#include "model/rules.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::watch {

struct StorageLimits {
  std::size_t bodies = std::size_t{8} * 1024 * 1024;
  std::size_t rows = std::size_t{8} * 1024 * 1024;  // as they are counted: about what they take
};

class StorageBudget {
 public:
  explicit StorageBudget(StorageLimits limits = {}) : limits_(limits) {}

  // So much was stored on that day by an earlier run.
  void restore(std::chrono::sys_days day, std::size_t bodies, std::size_t rows);
  // True: it is another day, and rows are owed that were left out before.
  [[nodiscard]] bool renew(base::Instant now);
  // Takes out of the batch what goes beyond the budget. False: the events must not be recorded.
  [[nodiscard]] bool take(base::Instant now, model::Batch& batch,
                          const std::vector<model::Event>& events);

  [[nodiscard]] bool exceeded() const { return bodies_since_ || rows_since_; }
  // self-storage, about this authority.
  [[nodiscard]] model::CheckResult result(const std::string& authority, const std::string& instance,
                                          base::Instant now) const;

 private:
  [[nodiscard]] bool is_new(std::string_view text);
  void take_bodies(base::Instant now, model::Batch& batch);
  [[nodiscard]] std::size_t bytes_of_rows(const model::Batch& batch,
                                          const std::vector<model::Event>& events);

  StorageLimits limits_;
  std::chrono::sys_days day_;
  std::size_t bodies_ = 0, rows_ = 0;  // bytes spent of each
  std::vector<std::uint32_t> seen_;    // hashes of what was counted today, sorted
  std::optional<base::Instant> bodies_since_, rows_since_;
  std::int64_t bodies_left_out_ = 0, events_left_out_ = 0;
};

// Values of an event that are longer than anybody reads become their digest.
void bound_event(model::Event& event);

}  // namespace idpwatch::watch
