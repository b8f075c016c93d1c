// The face of deployed/: the files and variables of one deployment -> its validators, each setting
// with file, line and key, and what had to be assumed.
//
// Pure: bytes and values in, values out; no file is opened, no environment looked at. Bounded by
// base/located_json.hpp. Errors are files that we refuse (no UTF-8, too large) or do not know yet;
// a file that makes the service itself fail is no error but a start fault of its validators.
//
// Rules: docs/deployed.md.
#pragma once

#include "base/result.hpp"
#include "deployed/core/declared.hpp"
#include "deployed/core/deployed_environment.hpp"
#include "deployed/core/deployed_file.hpp"
#include "deployed/core/deployed_reading.hpp"

#include <vector>

namespace idpwatch::deployed {

// The files of one deployment, those of one stack (stacks.hpp) and environment files, in any order;
// later over earlier where their format has no order of its own. `environment`: what is known of
// the process's variables beside those files.
[[nodiscard]] base::Result<DeployedReading> read_deployed(const std::vector<DeployedFile>& files,
                                                          const Environment& environment,
                                                          const Declared& declared);

}  // namespace idpwatch::deployed
