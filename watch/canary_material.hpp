// What a canary needs out of files for one token: its private key, a token of the platform, the
// identity endpoint that another process was given. Read anew for each token, away from the loop;
// a key signs there and is forgotten.
#pragma once

#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"
#include "checks/canary/canary_request.hpp"
#include "model/canary.hpp"
#include "watch/file_access.hpp"

#include <optional>
#include <string>

namespace idpwatch::watch {

struct CanaryFiles {
  model::CanarySpec canary;
  std::string token_endpoint;                 // where an assertion goes: its audience
  std::optional<std::string> unit, pid_file;  // of the process whose identity endpoint it is
  std::string assertion_id;
  base::Instant now;
};

struct CanaryMaterial {
  base::Secret token;      // of a token_file
  base::Secret assertion;  // signed by us, or read
  std::optional<checks::PlatformEndpoint> platform;
};

// On any thread; blocks as long as a mount does not answer.
base::Result<CanaryMaterial> read_canary_material(const CanaryFiles& wanted,
                                                  const FileAccess& files);

}  // namespace idpwatch::watch
