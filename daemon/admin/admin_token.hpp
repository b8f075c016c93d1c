// The token by which commands of the daemon's own user, and of root, may change something through
// the admin listener when the configuration has no admin_token_file: made anew at each start, in a
// file of the state directory that nobody else can read.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"

#include <string>

namespace idpwatch::daemon {

std::string admin_token_path(const std::string& state_dir);

// Written and replaced as a whole, mode 0600. kUnreadable: it cannot be written there.
base::Result<std::string> make_admin_token(const std::string& state_dir, base::Random& random);
// kNotFound: no daemon of this state directory made one. kUnreadable: of another user.
base::Result<std::string> read_admin_token(const std::string& state_dir);

}  // namespace idpwatch::daemon
