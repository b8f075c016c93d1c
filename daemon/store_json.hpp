// The documents of contracts section 3 that are answered from the store: the same bytes by the
// command line and by the admin listener. One Reader, one call at a time.
#pragma once

#include "base/result.hpp"
#include "storage/reader.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace idpwatch::daemon {

struct HistoryQuestion {
  std::string authority;  // name or issuer; empty: all
  std::optional<base::Instant> since, until;
  std::size_t limit = 0;  // of events, the newest ones; 0: no limit
};

// "idpwatch.history/v1". kNotFound: no such authority.
base::Result<nlohmann::ordered_json> history_document(storage::Reader& reader,
                                                      const HistoryQuestion& question);
// "idpwatch.keys/v1".
base::Result<nlohmann::ordered_json> keys_document(storage::Reader& reader,
                                                   const std::string& authority, base::Instant at);

}  // namespace idpwatch::daemon
