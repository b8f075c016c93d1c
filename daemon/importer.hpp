// Recorded observations through the same pipeline as live ones, with their own `at` as the clock
// (contracts section 4). What comes of them is stored; nothing is sent.
//
// A file is taken whole or not at all: it is read twice, first to see that every line is a record
// and newer than what is stored of its authority. One thread.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "daemon/config.hpp"
#include "storage/store.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace idpwatch::daemon {

struct ImportReport {
  std::int64_t records = 0, events = 0, authorities = 0;
};

struct ImportOptions {
  Config config;  // timeline, instance, limits
  std::function<void(std::int64_t records)> progress;
};

// `text` is the whole file, `name` what to call it in errors. kInput: a line is not a record, or
// not newer; then nothing of the file is stored. kStorage: the store refused.
base::Result<ImportReport> import_records(std::string_view text, const std::string& name,
                                          storage::Store& store, base::Random& random,
                                          const ImportOptions& options);

}  // namespace idpwatch::daemon
