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
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

// nullopt: this authority was never seen. `now`: what was stored in its day counts for that day.
base::Result<std::optional<StoredTrack>> load_track(storage::Reader& stored,
                                                    const std::string& authority,
                                                    base::Instant now);

// Tracks of several that go on from what is stored, by name: all or none. Made one after the other:
// what is read of thousands would take several times the room of their tracks.
using ReadyTracks = std::map<std::string, std::unique_ptr<AuthorityTrack>, std::less<>>;
base::Result<ReadyTracks> load_tracks(
    storage::Reader& stored, const std::vector<std::shared_ptr<const model::AuthoritySpec>>& specs,
    const std::shared_ptr<const TrackOptions>& options, base::Instant now);

// Findings about authorities and validators that neither `config` nor what is deployed names, and
// about other hosts. Both must outlive the predicate.
alerts::AlertBook::Predicate gone_from(const config::Config& config,
                                       const Deployments& deployments);

}  // namespace idpwatch::watch
