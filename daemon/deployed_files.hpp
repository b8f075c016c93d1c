// The files of one configured deployment as they stand on disk now: patterns expanded, the
// artefacts beside them found, the start of the process learned. Reads files and /proc; parsing is
// deployed/'s.
//
// Bounded: 64 files, 4 MiB each. Loop thread; a call costs a few system calls per file.
#pragma once

#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "daemon/config.hpp"
#include "deployed/reading.hpp"

#include <optional>
#include <string>
#include <vector>

namespace idpwatch::daemon {

struct DeployedOnDisk {
  std::vector<deployed::DeployedFile> files;
  deployed::Environment environment;
  std::vector<base::Error> problems;  // a file that is not there, or cannot be read
};

// Names, sizes and times of what would be read: equal as long as nothing changed.
std::string fingerprint(const DeploymentConfig& deployment);
// Whether the deployment is configured with that very file, by name, by pattern or as its
// environment file; links are followed.
bool names_file(const DeploymentConfig& deployment, const std::string& path);
DeployedOnDisk read_from_disk(const DeploymentConfig& deployment);

// When the deployed process began: as configured, else of the unit's or the pid file's process.
// nullopt: not told, not running, or hidden from us.
std::optional<base::Instant> process_started_at(const DeploymentConfig& deployment,
                                                const base::Clock& clock);

deployed::Declared declared_of(const DeploymentConfig& deployment);

}  // namespace idpwatch::daemon
