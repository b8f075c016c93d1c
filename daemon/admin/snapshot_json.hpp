// Snapshot -> the documents of the admin listener (docs/json.md). Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <nlohmann/json_fwd.hpp>

#include <span>

namespace idpwatch::daemon {

nlohmann::ordered_json status_document(const watch::Snapshot& snapshot);
nlohmann::ordered_json authorities_document(const watch::Snapshot& snapshot);
nlohmann::ordered_json findings_document(const watch::Snapshot& snapshot);
nlohmann::ordered_json tests_document(const std::vector<alerts::TestMessage>& tests);
nlohmann::ordered_json silences_document(std::span<const alerts::Silence> silences,
                                         base::Instant now);
nlohmann::ordered_json alerts_document(const std::vector<model::Alert>& alerts);

}  // namespace idpwatch::daemon
