// One look at each of some authorities, now, without a daemon or a database: what `check` does.
#pragma once

#include "base/clock.hpp"
#include "base/environment.hpp"
#include "base/result.hpp"
#include "daemon/authority_track.hpp"
#include "model/authority.hpp"
#include "model/observation.hpp"

#include <memory>
#include <vector>

namespace idpwatch::daemon {

struct Looked {
  model::Observation seen;
  std::unique_ptr<AuthorityTrack> track;
  Judged judged;
};

// All at once; each ends within its own timeouts. kUnreadable: no trust store can be read.
base::Result<std::vector<Looked>> look_once(const std::vector<model::AuthoritySpec>& specs,
                                            const model::Limits& limits,
                                            const TrackOptions& options,
                                            const base::Environment& environment,
                                            const base::Clock& clock);

}  // namespace idpwatch::daemon
