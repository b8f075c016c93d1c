// Whole files as bytes. Errors say why and what to do: kNotFound, kUnreadable (permission, a
// folder, too large). Safe from every thread.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace idpwatch::base {

inline constexpr std::size_t kFileBytesMax = std::size_t{16} * 1024 * 1024;

Result<std::string> read_file(const std::string& path, std::size_t bytes_max = kFileBytesMax);

// Names of regular files in a folder, sorted; none when there is no such folder.
std::vector<std::string> list_folder(const std::string& folder);

}  // namespace idpwatch::base
