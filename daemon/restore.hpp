// What is taken from the store at start and at a reload, and what a configuration no longer names.
#pragma once

#include "alerts/alert_book.hpp"
#include "base/result.hpp"
#include "daemon/authority_track.hpp"
#include "daemon/config.hpp"
#include "daemon/deployments.hpp"
#include "model/authority.hpp"
#include "storage/reader.hpp"

#include <optional>
#include <string>

namespace idpwatch::daemon {

// nullopt: this authority was never seen.
base::Result<std::optional<StoredTrack>> load_track(storage::Reader& stored,
                                                    const std::string& authority);

// Findings about authorities and validators that neither `config` nor what is deployed names, and
// about other hosts. Both must outlive the predicate.
alerts::AlertBook::Predicate gone_from(const Config& config, const Deployments& deployments);

// Whether a probe of `a` can go on as one of `b`.
[[nodiscard]] bool same_spec(const model::AuthoritySpec& a, const model::AuthoritySpec& b);

}  // namespace idpwatch::daemon
