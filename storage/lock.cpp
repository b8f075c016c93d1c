#include "storage/lock.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Result;

namespace {

// What the holder wrote: for the message alone.
std::string holder_of(int fd) {
  std::array<char, 32> text{};
  const ssize_t length = ::pread(fd, text.data(), text.size(), 0);
  std::string out;
  for (ssize_t i = 0; i < length; ++i) {
    const char c = text[static_cast<std::size_t>(i)];
    if (c < '0' || c > '9') break;
    out += c;
  }
  return out.empty() ? out : " (process " + out + ")";
}

void write_holder(int fd) {
  const std::string text = std::to_string(::getpid()) + "\n";
  if (::ftruncate(fd, 0) != 0) return;  // a full disk must not keep us from starting
  const ssize_t written = ::pwrite(fd, text.data(), text.size(), 0);
  static_cast<void>(written);
}

}  // namespace

Result<LockFile> LockFile::take(const std::filesystem::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    return base::fail(ErrorKind::kUnreadable,
                      "cannot open the lock file " + file.string() + ": " +
                          std::generic_category().message(errno),
                      "check owner and permissions of the state directory");
  }
  LockFile lock(fd);
  if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return base::fail(ErrorKind::kBusy,
                      "another idpwatch" + holder_of(fd) + " holds " + file.string(),
                      "stop it, or use another state_dir");
  }
  write_holder(fd);
  return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}

LockFile::~LockFile() {
  if (fd_ >= 0) ::close(fd_);
}

}  // namespace idpwatch::storage
