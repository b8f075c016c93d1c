// Files below a folder that stands for "/": for `discover --root`, so that an image or a test's
// tree is looked at as if it were this host. No link leads out of it. Every look is bounded.
//
// Paths are as they are within that root; one thread.
#pragma once

#include "base/result.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::cli {

struct FolderEntry {
  std::string name;
  bool folder = false;  // links followed
};

class RootedFiles {
 public:
  static constexpr std::size_t kEntriesMax = 200'000;  // of all folders together
  static constexpr std::size_t kBytesMax = std::size_t{128} * 1024 * 1024;

  explicit RootedFiles(std::string root);

  // Sorted by name; an error says why it cannot be listed.
  [[nodiscard]] base::Result<std::vector<FolderEntry>> list(const std::string& folder);
  [[nodiscard]] base::Result<std::string> read(const std::string& path, std::size_t bytes_max);
  // Of /proc: files there have no size and are read to their end.
  [[nodiscard]] base::Result<std::string> read_proc(const std::string& path);
  [[nodiscard]] std::optional<std::string> link(const std::string& path) const;
  [[nodiscard]] bool exists(const std::string& path) const;
  [[nodiscard]] bool is_folder(const std::string& path) const;
  // Names the folder itself, by whatever path it was reached.
  [[nodiscard]] std::string identity(const std::string& folder) const;
  // Any user may read the file, and pass every folder on the way to it. Else: what bars them
  // first.
  struct Barred {
    std::string path, mode;
    bool folder = false;
  };
  [[nodiscard]] std::optional<Barred> barred_to_others(const std::string& path) const;
  [[nodiscard]] bool exhausted() const { return entries_ >= kEntriesMax || bytes_ >= kBytesMax; }

 private:
  // Where it lies on this host, links resolved within the root; empty: a loop of links.
  [[nodiscard]] std::string real(const std::string& path) const;

  std::string root_;  // without a slash at its end; empty: this host
  std::size_t entries_ = 0, bytes_ = 0;
};

}  // namespace idpwatch::cli
