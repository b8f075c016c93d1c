// The files of one configured deployment as they are now: patterns expanded, the artefacts beside
// them found, the start of the process learned. Reads files and /proc; parsing is deployed/'s.
//
// Bounded: 64 files, 4 MiB each. Safe from every thread. Not on the loop: a mount that does not
// answer blocks a call for as long.
#pragma once

#include "base/error.hpp"
#include "base/time.hpp"
#include "config/config.hpp"
#include "deployed/core/reading.hpp"
#include "deployed/core/route_facts.hpp"
#include "watch/file_access.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::watch {

struct DeployedOnDisk {
  std::vector<deployed::DeployedFile> files;
  deployed::Environment environment;
  std::vector<base::Error> problems;  // a file that is not there, or cannot be read
};
DeployedOnDisk read_from_disk(const config::DeploymentConfig& deployment,
                              const FileAccess& files = disk());

// What one reading of a deployment gave: a plain value, handed from the file reader to the loop.
struct DeploymentReading {
  std::string deployment;   // its name
  std::string fingerprint;  // names, sizes and times of what was read
  bool unchanged = false;   // by that of the reading before: what follows was not read again
  std::string digest;       // of what was read: names, bytes and problems
  std::vector<base::Error> problems;
  std::optional<deployed::DeployedReading> content;  // absent: unchanged, or refused
  // When its process began, in clock ticks after boot. Absent: not told, not running, or hidden
  // from us.
  std::optional<std::uint64_t> start_ticks;
  deployed::RouteFacts route;  // as `content`
};
// `last_fingerprint`: of the reading before; empty: read in any case.
DeploymentReading read_deployment_files(const config::DeploymentConfig& deployment,
                                        const std::string& last_fingerprint,
                                        const FileAccess& files);
// The instant of those ticks, by two readings of the clock.
base::Instant instant_of_ticks(std::uint64_t ticks, base::Instant wall, base::Duration boottime);

// Whether the deployment is configured with that very file, by name, by pattern or as its
// environment file; links are followed.
bool names_file(const config::DeploymentConfig& deployment, const std::string& path);

deployed::Declared declared_of(const config::DeploymentConfig& deployment);

}  // namespace idpwatch::watch
