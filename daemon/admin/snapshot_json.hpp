// Snapshot -> the documents of the admin listener (docs/json.md). Pure.
#pragma once

#include "watch/snapshot.hpp"

#include <nlohmann/json_fwd.hpp>

namespace idpwatch::daemon {

nlohmann::ordered_json status_document(const watch::Snapshot& snapshot);
nlohmann::ordered_json authorities_document(const watch::Snapshot& snapshot);
nlohmann::ordered_json findings_document(const watch::Snapshot& snapshot);
nlohmann::ordered_json tests_document(const std::vector<alerts::TestMessage>& tests);
nlohmann::ordered_json alerts_document(const std::vector<model::Alert>& alerts);

}  // namespace idpwatch::daemon
