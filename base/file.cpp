#include "base/file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::base {

namespace {

namespace fs = std::filesystem;

Error file_error(const std::string& path, int code) {
  if (code == ENOENT || code == ENOTDIR) {
    return make_error(ErrorKind::kNotFound, path + " does not exist",
                      "check the name, or create the file");
  }
  const bool denied = code == EACCES || code == EPERM;
  return make_error(
      ErrorKind::kUnreadable, path + " cannot be read: " + std::generic_category().message(code),
      denied ? "let the user that idpwatch runs as read it; under systemd, LoadCredential= does so"
             : "check the file and the disk or mount that it is on");
}

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory";
  if (S_ISFIFO(mode)) return "a named pipe (FIFO)";
  if (S_ISSOCK(mode)) return "a socket";
  return S_ISCHR(mode) || S_ISBLK(mode) ? "a device" : "something else";
}

std::optional<Error> fault_of(const std::string& path, const struct stat& status,
                              std::size_t bytes_max) {
  if (!S_ISREG(status.st_mode)) {
    return make_error(ErrorKind::kUnreadable,
                      path + " is " + kind_of(status.st_mode) + ", not a regular file",
                      "name a regular file");
  }
  if (std::cmp_greater(status.st_size, bytes_max)) {
    return make_error(ErrorKind::kUnreadable,
                      path + " is too large: " + std::to_string(status.st_size) +
                          " bytes, and the limit is " + std::to_string(bytes_max),
                      "check that it is the right file");
  }
  return std::nullopt;
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

// Looked at before it is opened: opening a pipe wakes its writer, opening some devices acts. And
// again when it is open, without waiting for anybody: it may have been replaced in between.
Result<Descriptor> open_file(const std::string& path, std::size_t bytes_max) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return fail(file_error(path, errno));
  if (auto fault = fault_of(path, status, bytes_max)) return fail(std::move(*fault));
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.get() < 0) return fail(file_error(path, errno));
  if (::fstat(file.get(), &status) != 0) return fail(file_error(path, errno));
  if (auto fault = fault_of(path, status, bytes_max)) return fail(std::move(*fault));
  return file;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const auto file = open_file(path, bytes_max);
  if (!file) return fail(file.error());
  std::string bytes;
  std::array<char, std::size_t{64} * 1024> buffer{};
  for (;;) {
    const ssize_t got = ::read(file->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(file_error(path, errno));
    if (got == 0) return bytes;
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    // It grows while it is read, or is one of /proc, which have no size.
    if (bytes.size() > bytes_max) return fail(file_error(path, EFBIG));
  }
}

Result<std::vector<std::string>> list_folder(const std::string& folder, std::size_t names_max) {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (entry->is_directory(ignored)) continue;
    if (names.size() == names_max) {
      return fail(ErrorKind::kUnreadable,
                  folder + " holds more than " + std::to_string(names_max) + " files",
                  "remove what does not belong there");
    }
    names.push_back(entry->path().filename().string());
  }
  if (error.value() == ENOTDIR) {
    return fail(ErrorKind::kUnreadable, folder + " is not a directory", "remove or rename it");
  }
  if (error && error.value() != ENOENT) return fail(file_error(folder, error.value()));
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> list_folder(const std::string& folder) {
  return list_folder(folder, SIZE_MAX).value_or(std::vector<std::string>());
}

}  // namespace idpwatch::base
