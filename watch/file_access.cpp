#include "watch/file_access.hpp"

#include "base/file.hpp"
#include "base/rooted_path.hpp"

#include <algorithm>
#include <glob.h>
#include <sys/stat.h>

namespace idpwatch::watch {

namespace {

class Disk final : public FileAccess {
 public:
  [[nodiscard]] std::vector<std::string> expand(const std::string& pattern) const override {
    glob_t found{};
    std::vector<std::string> paths;
    if (::glob(pattern.c_str(), GLOB_NOSORT, nullptr, &found) == 0) {
      for (std::size_t i = 0; i < found.gl_pathc; ++i) paths.emplace_back(found.gl_pathv[i]);
    }
    ::globfree(&found);
    std::sort(paths.begin(), paths.end());
    return paths;
  }

  [[nodiscard]] std::string stamp(const std::string& path) const override {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0) return "-";
    return std::to_string(status.st_ino) + " " + std::to_string(status.st_size) + " " +
           std::to_string(status.st_mtim.tv_sec) + "." + std::to_string(status.st_mtim.tv_nsec) +
           " " + std::to_string(status.st_ctim.tv_sec) + "." +  // a change of mode counts
           std::to_string(status.st_ctim.tv_nsec);
  }

  [[nodiscard]] base::Result<std::string> read(const std::string& path,
                                               std::size_t bytes_max) const override {
    return base::read_file(path, bytes_max);
  }

  [[nodiscard]] std::string within(const std::string& root,
                                   const std::string& path) const override {
    return root.empty() ? path : base::resolve_within(root, path);
  }
};

}  // namespace

const FileAccess& disk() {
  // Never destroyed: a thread that hangs in it may outlive main().
  static const auto* const on_disk = new Disk;
  return *on_disk;
}

}  // namespace idpwatch::watch
