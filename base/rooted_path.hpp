// Where a path of another root directory (a container's, an image's) lies on this host: links are
// resolved in there, and none leads out of it. Reads links; touches no content.
#pragma once

#include <string>
#include <string_view>

namespace idpwatch::base {

// `root` without a slash at its end; empty: this host. `path` is absolute. Empty: a loop of links.
std::string resolve_within(const std::string& root, std::string_view path);

}  // namespace idpwatch::base
