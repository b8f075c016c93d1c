#include "cli/rooted_files.hpp"

#include "base/file.hpp"
#include "base/rooted_path.hpp"
#include "base/text.hpp"
#include "discover/program.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace idpwatch::cli {

namespace {

constexpr std::size_t kProcMax = std::size_t{256} * 1024;

std::string target_of(const std::string& path) {
  std::array<char, 4096> target{};
  const ssize_t size = ::readlink(path.c_str(), target.data(), target.size());
  return size <= 0 ? std::string() : std::string(target.data(), static_cast<std::size_t>(size));
}

base::Error denied(const std::string& path, int error) {
  return base::make_error(
      error == ENOENT ? base::ErrorKind::kNotFound : base::ErrorKind::kUnreadable,
      base::printable(path) + ": " + std::string(std::strerror(error)),
      error == EACCES ? "run discover as root, or let this user read it" : "");
}

}  // namespace

RootedFiles::RootedFiles(std::string root) : root_(std::move(root)) {
  while (root_.ends_with('/')) root_.pop_back();
}

std::string RootedFiles::real(const std::string& path) const {
  return base::resolve_within(root_, path);
}

base::Result<std::vector<FolderEntry>> RootedFiles::list(const std::string& folder) {
  const std::string place = real(folder);
  const std::unique_ptr<DIR, int (*)(DIR*)> open(::opendir(place.c_str()), &::closedir);
  if (!open) return base::fail(denied(folder, errno));
  std::vector<FolderEntry> entries;
  while (entries_ < kEntriesMax) {
    const dirent* next = ::readdir(open.get());
    if (next == nullptr) break;
    const std::string name = static_cast<const char*>(next->d_name);
    if (name == "." || name == "..") continue;
    ++entries_;
    const bool link = next->d_type == DT_LNK || next->d_type == DT_UNKNOWN;
    const bool is = next->d_type == DT_DIR || (link && is_folder(discover::absolute(folder, name)));
    entries.push_back({name, is});
  }
  std::sort(entries.begin(), entries.end(),
            [](const FolderEntry& a, const FolderEntry& b) { return a.name < b.name; });
  return entries;
}

base::Result<std::string> RootedFiles::read(const std::string& path, std::size_t bytes_max) {
  if (bytes_ >= kBytesMax) {
    return base::fail(base::ErrorKind::kUnreadable,
                      base::printable(path) + ": enough was read already",
                      "name fewer or smaller folders");
  }
  auto bytes = base::read_file(real(path), bytes_max);
  if (bytes) bytes_ += bytes->size();
  return bytes;
}

base::Result<std::string> RootedFiles::read_proc(const std::string& path) {
  const int fd = ::open(real(path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return base::fail(denied(path, errno));
  std::string bytes;
  std::array<char, 4096> part{};
  ssize_t got = 0;
  while (bytes.size() < kProcMax && (got = ::read(fd, part.data(), part.size())) > 0) {
    bytes.append(part.data(), static_cast<std::size_t>(got));
  }
  const int error = errno;
  ::close(fd);
  if (got < 0) return base::fail(denied(path, error));
  return bytes;
}

std::optional<std::string> RootedFiles::link(const std::string& path) const {
  // The link itself is not followed, those on the way to it are.
  const std::string name = path.substr(path.rfind('/'));
  const std::string target = target_of(real(discover::folder_of(path)) + name);
  return target.empty() ? std::nullopt : std::optional(target);
}

bool RootedFiles::exists(const std::string& path) const {
  struct stat status{};
  return ::stat(real(path).c_str(), &status) == 0;
}

bool RootedFiles::is_folder(const std::string& path) const {
  struct stat status{};
  return ::stat(real(path).c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string RootedFiles::identity(const std::string& folder) const {
  struct stat status{};
  if (::stat(real(folder).c_str(), &status) != 0) return folder;
  return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
}

std::optional<RootedFiles::Barred> RootedFiles::barred_to_others(const std::string& path) const {
  const std::string place = real(path);
  for (std::size_t end = place.find('/', root_.size() + 1);; end = place.find('/', end + 1)) {
    const bool folder = end != std::string::npos;
    const std::string part = place.substr(0, end);
    struct stat status{};
    if (::stat(part.c_str(), &status) != 0) return std::nullopt;
    if ((status.st_mode & (folder ? S_IXOTH : S_IROTH)) == 0) {
      return Barred{part.substr(root_.size()), fmt::format("{:04o}", status.st_mode & 07777U),
                    folder};
    }
    if (!folder) return std::nullopt;
  }
}

}  // namespace idpwatch::cli
