// How deployed files are found and read: the platform, so that tests have files that are missing,
// slow or hanging. Safe from every thread; a call may block for as long as a mount does not answer.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace idpwatch::watch {

class FileAccess {
 public:
  virtual ~FileAccess() = default;
  // What a pattern matches, sorted.
  [[nodiscard]] virtual std::vector<std::string> expand(const std::string& pattern) const = 0;
  // A text that differs whenever the file is another one, or has changed.
  [[nodiscard]] virtual std::string stamp(const std::string& path) const = 0;
  // As base::read_file().
  [[nodiscard]] virtual base::Result<std::string> read(const std::string& path,
                                                       std::size_t bytes_max) const = 0;
  // Where a path of another root directory lies on this host; `root` empty: this host's own.
  [[nodiscard]] virtual std::string within(const std::string& root, const std::string& path) const {
    return root + path;
  }
};

// The disks of this host. Lives as long as the process.
const FileAccess& disk();

}  // namespace idpwatch::watch
