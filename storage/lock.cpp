#include "storage/lock.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::storage {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using base::Status;

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

base::Error unreadable(const std::string& what, int error) {
  return base::make_error(ErrorKind::kUnreadable,
                          what + ": " + std::generic_category().message(error),
                          "check the owner and permissions of the state directory");
}

base::Error not_plain(const fs::path& file) {
  return base::make_error(ErrorKind::kConfig, file.string() + " is not a regular file",
                          "remove it, or use another state_dir");
}

base::Error busy(const fs::path& file, int holder_fd) {
  return base::make_error(ErrorKind::kBusy,
                          "another idpwatch" + holder_of(holder_fd) + " holds " + file.string(),
                          "stop it, or use another state_dir");
}

// Of the lock: never through a symbolic link, which would write into somebody else's file, and
// without waiting for the other end of a FIFO. On a read-only disk one that is there will do.
Result<int> open_lock(const fs::path& file) {
  constexpr int kFlags = O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int fd = ::open(file.c_str(), O_RDWR | O_CREAT | kFlags, 0600);
  if (fd < 0 && errno != ELOOP) {
    const int error = errno;
    fd = ::open(file.c_str(), O_RDONLY | kFlags);
    if (fd < 0) {
      return base::fail(unreadable("cannot open the lock file " + file.string(), error));
    }
  }
  if (fd < 0) return base::fail(not_plain(file));
  return fd;
}

// The descriptor is of the file that has this name now.
bool same_file(int fd, const fs::path& name) {
  struct stat held{};
  struct stat named{};
  return ::fstat(fd, &held) == 0 && ::stat(name.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

bool is_plain(int fd) {
  struct stat found{};
  return ::fstat(fd, &found) == 0 && S_ISREG(found.st_mode);
}

fs::path lock_name(fs::path database) { return database.replace_extension(".lock"); }

}  // namespace

Result<WriterLock> WriterLock::take(const fs::path& database) {
  const fs::path file = lock_name(database);
  WriterLock lock(database);
  do {
    if (lock.lock_fd_ >= 0) ::close(lock.lock_fd_);
    const Result<int> fd = open_lock(file);
    if (!fd) return base::fail(fd.error());
    lock.lock_fd_ = *fd;
    if (!is_plain(*fd)) return base::fail(not_plain(file));
    if (::flock(*fd, LOCK_EX | LOCK_NB) != 0) {
      if (errno == EWOULDBLOCK) return base::fail(busy(file, *fd));
      return base::fail(unreadable("cannot lock " + file.string(), errno));
    }
    // Replaced between the opening and the lock: what is locked then is nobody's.
  } while (!same_file(lock.lock_fd_, file));
  if (Status held = lock.hold_database(); !held) return base::fail(held.error());
  write_holder(lock.lock_fd_);
  return lock;
}

Status WriterLock::hold_database() {
  if (database_fd_ >= 0) ::close(std::exchange(database_fd_, -1));
  const int fd = ::open(database_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) {
    if (errno == ENOENT) return base::Ok{};
    return base::fail(unreadable("cannot open the database " + database_.string(), errno));
  }
  database_fd_ = fd;
  if (!is_plain(fd)) return base::fail(not_plain(database_));
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return base::Ok{};
  if (errno != EWOULDBLOCK) {
    return base::fail(unreadable("cannot lock the database " + database_.string(), errno));
  }
  return base::fail(busy(database_, lock_fd_));
}

bool WriterLock::holds_named_file() const {
  return database_fd_ >= 0 && same_file(database_fd_, database_);
}

WriterLock::WriterLock(WriterLock&& other) noexcept
    : database_(std::move(other.database_)),
      lock_fd_(std::exchange(other.lock_fd_, -1)),
      database_fd_(std::exchange(other.database_fd_, -1)) {}

WriterLock& WriterLock::operator=(WriterLock&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(lock_fd_, other.lock_fd_);
  std::swap(database_fd_, other.database_fd_);
  return *this;
}

WriterLock::~WriterLock() {
  if (database_fd_ >= 0) ::close(database_fd_);
  if (lock_fd_ >= 0) ::close(lock_fd_);
}

}  // namespace idpwatch::storage
