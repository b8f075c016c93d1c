// What people must know of our own store (rule self-storage): that it cannot be written at the
// moment, and what was lately moved aside or refused. All of it is one finding; what has happened
// is told for a day, also over restarts. Loop thread only; no clock.
#pragma once

#include "base/time.hpp"
#include "model/alert.hpp"
#include "model/finding.hpp"
#include "model/rules.hpp"
#include "storage/fault.hpp"
#include "storage/store.hpp"
#include "watch/store_backlog.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

class StoreTroubles {
 public:
  explicit StoreTroubles(std::string instance) : instance_(std::move(instance)) {}

  // A damaged database was moved aside.
  void moved(const storage::MovedAside& moved, base::Instant now);
  // Rows were refused for what is in them.
  void rejected(const storage::Rejected& rejected, base::Instant now);
  // What an earlier run told of, while people may still have to hear it.
  void restore(const std::vector<model::Alert>& alerts, base::Instant now);
  // When there is less to tell: result() is to be asked again then.
  [[nodiscard]] std::optional<base::Instant> ends_at() const;

  // Good when there is nothing to tell. `unrecorded`: what is dropped since the backlog is full.
  [[nodiscard]] model::CheckResult result(const std::optional<storage::Fault>& fault,
                                          const std::optional<Unrecorded>& unrecorded,
                                          base::Instant now);

 private:
  struct Told {
    std::string summary, remedy;
    std::vector<model::Evidence> evidence;
    base::Instant since;
  };
  [[nodiscard]] model::Finding finding(base::Instant now) const;

  std::string instance_;
  std::optional<Told> moved_, rejected_;
  std::int64_t rejected_rows_ = 0;
};

}  // namespace idpwatch::watch
