// Retention: stretches of observations that ended before an instant become as few as the answers of
// `keys` need. Neighbours with the same keys become one stretch; failures between them, and bodies
// that no stretch names any more, are removed. Keys, sightings, events and the audit chain stay.
//
// Of each authority the newest stretch, the newest good one and the newest with a discovery
// document are left alone, however old: what goes on after an outage is compared with them.
//
// Works in slices, each to be one short transaction of the caller; between them anything may be
// written. Cut off anywhere, a pass begins again at the oldest stretch and finds most of it done.
#pragma once

#include "base/result.hpp"
#include "base/time.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace idpwatch::storage {

class Database;

struct SliceLimits {
  std::size_t rows = 256;                         // that are read
  std::size_t body_bytes = std::size_t{1} << 20;  // of key sets that are compared
};

struct SliceResult {
  bool more = false;
  std::int64_t spans_removed = 0;
  std::int64_t documents_removed = 0;
};

class SpanCompactor {
 public:
  explicit SpanCompactor(Database& database, SliceLimits limits = {})
      : database_(database), limits_(limits) {}

  // Within a transaction of the caller. Another instant than last time begins a new pass.
  base::Result<SliceResult> slice(base::Instant before);
  // After a rollback: nothing of what the last slice did is true.
  void start_again();

 private:
  struct Row;
  struct Stretch;

  base::Result<bool> next_authority();
  base::Result<std::vector<Row>> next_rows();
  base::Status fold(const std::vector<Row>& rows);
  base::Status take(const Row& row, std::optional<Stretch>& open);
  base::Status write(const Stretch& stretch);
  base::Status remove(const Row& row);
  void name_loose(const Row& row);
  base::Status remove_documents();
  base::Result<bool> same_keys(const std::string& one, const std::string& other);
  base::Result<std::optional<std::string>> identity_of(const std::string& sha256);

  Database& database_;
  const SliceLimits limits_;
  std::optional<base::Instant> before_;  // of the pass that is under way
  std::int64_t authority_ = 0;           // 0: the next one is to be found
  std::int64_t last_authority_ = 0;
  std::int64_t from_us_ = 0;
  std::set<std::int64_t> kept_;                             // ids that are left alone
  std::unordered_map<std::int64_t, std::int64_t> done_to_;  // where the next pass goes on

  // Of one slice.
  SliceResult result_;
  std::size_t rows_ = 0, bytes_ = 0;
  std::set<std::string> loose_;                    // digests that a changed row named
  std::map<std::string, std::string> identities_;  // of bodies, by digest
};

}  // namespace idpwatch::storage
