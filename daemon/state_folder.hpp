// Whether others could change what is kept in state_dir: the database, and the token of whoever may
// write to the admin listener.
#pragma once

#include <filesystem>
#include <string>

namespace idpwatch::daemon {

// "it belongs to user 1000"; empty: nobody but this user and root can change it, or it cannot be
// asked. A symbolic link is followed.
[[nodiscard]] std::string open_to_others(const std::filesystem::path& folder);

}  // namespace idpwatch::daemon
