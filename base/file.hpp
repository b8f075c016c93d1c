// Whole files as bytes. Only regular files are opened: a pipe, a device or a socket that stands
// where a file is expected would block its reader, or do something when it is opened. Errors say
// why and what to do: kNotFound, kUnreadable (permission, not a regular file, too large). Safe from
// every thread. A file on a network mount whose server does not answer may still block the caller.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace idpwatch::base {

inline constexpr std::size_t kFileBytesMax = std::size_t{16} * 1024 * 1024;

Result<std::string> read_file(const std::string& path, std::size_t bytes_max = kFileBytesMax);

// Names of all entries of a folder but folders, sorted; none when there is no such folder. More
// than `names_max` are an error.
Result<std::vector<std::string>> list_folder(const std::string& folder, std::size_t names_max);

// As many as there are; none of a folder that cannot be read.
std::vector<std::string> list_folder(const std::string& folder);

}  // namespace idpwatch::base
