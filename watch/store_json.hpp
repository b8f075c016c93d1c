// The documents of docs/json.md that are answered from the store: the same bytes by the
// command line and by the admin listener. One Reader, one call at a time.
#pragma once

#include "base/result.hpp"
#include "storage/reader.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <optional>
#include <string>

namespace idpwatch::watch {

struct HistoryQuestion {
  std::string authority;  // name or issuer; empty: all
  std::optional<base::Instant> since, until;
  std::string type;       // of events; "key." for all that begin so; empty: all
  std::size_t limit = 0;  // of events, the newest ones; 0: no limit
  std::string before;     // the `next` of a document: only events before those in it
};

// An authority that is configured, of which nothing may be stored yet.
using Configured = std::optional<storage::AuthorityInfo>;

// "idpwatch.history/v1". Rotations and what is learned are of the authority asked for, else of
// those that the events are about. kInput: no such authority, in the store or `configured`.
base::Result<nlohmann::ordered_json> history_document(storage::Reader& reader,
                                                      const HistoryQuestion& question,
                                                      const Configured& configured = {});
// "idpwatch.keys/v1".
base::Result<nlohmann::ordered_json> keys_document(storage::Reader& reader,
                                                   const std::string& authority, base::Instant at,
                                                   const Configured& configured = {});

}  // namespace idpwatch::watch
