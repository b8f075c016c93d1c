// Recorded observations through the same pipeline as live ones, with their own `at` as the clock
// (docs/json.md). Their events, keys and audit are stored; alerts are not, and nothing is
// sent: what opened then is told to nobody now.
//
// A file is taken whole or not at all, also when the process is killed: it is read twice, first to
// see that every line is a record, from a time that can be true and newer than what is stored of
// its authority, and what comes of it is one transaction. One thread at a time.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace idpwatch::watch {

struct ImportReport {
  std::int64_t records = 0, events = 0, authorities = 0;
};

// What the first reading of a file found.
struct CheckedRecords {
  std::set<std::string, std::less<>> authorities;
  std::int64_t records = 0;
};

// `text` is the whole file, `name` what to call it in errors; `stored` may be null: nothing is.
// kInput, with file and line: not a record, not newer, after `now` or before 2000.
base::Result<CheckedRecords> check_records(std::string_view text, const std::string& name,
                                           base::Instant now, storage::Reader* stored);

struct ImportOptions {
  config::Config config;  // timeline, instance, limits
  base::Instant now;
  // How many records are done, of how many; 0 of 0 while the file is checked.
  std::function<void(std::int64_t records, std::int64_t of)> progress;
};

// Both readings. kInput as of check_records: then nothing of the file is
// stored. kStorage: the store refused.
base::Result<ImportReport> import_records(std::string_view text, const std::string& name,
                                          storage::Store& store, base::Random& random,
                                          const ImportOptions& options);

}  // namespace idpwatch::watch
