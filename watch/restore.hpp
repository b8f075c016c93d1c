// What is taken from the store at start and at a reload, and what a configuration no longer names.
#pragma once

#include "alerts/alert_book.hpp"
#include "base/result.hpp"
#include "config/config.hpp"
#include "storage/reader.hpp"
#include "watch/authority_track.hpp"
#include "watch/deployments.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

// nullopt: this authority was never seen.
base::Result<std::optional<StoredTrack>> load_track(storage::Reader& stored,
                                                    const std::string& authority);

// Of several, by name: all or none.
using StoredTracks = std::map<std::string, std::optional<StoredTrack>, std::less<>>;
base::Result<StoredTracks> load_tracks(storage::Reader& stored,
                                       const std::vector<std::string>& authorities);

// Findings about authorities and validators that neither `config` nor what is deployed names, and
// about other hosts. Both must outlive the predicate.
alerts::AlertBook::Predicate gone_from(const config::Config& config,
                                       const Deployments& deployments);

}  // namespace idpwatch::watch
