// The real disk and host behind ConfigWorld.
#include "daemon/config_load.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBytesMax = 16 * 1024 * 1024;

base::Error file_error(const std::string& path, int code) {
  if (code == ENOENT || code == ENOTDIR) {
    return base::make_error(base::ErrorKind::kNotFound, path + " does not exist",
                            "check the name, or create the file");
  }
  const std::string reason = std::generic_category().message(code);
  std::string hint = "check what it is";
  if (code == EACCES || code == EPERM) {
    hint = "let the user that idpwatch runs as read it; under systemd, LoadCredential= does so";
  }
  return base::make_error(base::ErrorKind::kUnreadable,
                          fmt::format("{} cannot be read: {}", path, reason), std::move(hint));
}

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

base::Result<std::string> read_file(const std::string& path) {
  // O_NONBLOCK: a pipe without a writer must not hang the start.
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return base::fail(file_error(path, errno));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return base::fail(file_error(path, errno));
  if (S_ISDIR(status.st_mode)) return base::fail(file_error(path, EISDIR));
  std::string bytes;
  char buffer[16 * 1024];
  for (;;) {
    const ssize_t got = read(file.get(), buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return base::fail(file_error(path, errno));
    if (got == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(got));
    if (bytes.size() > kBytesMax) return base::fail(file_error(path, EFBIG));
  }
}

std::vector<std::string> list_folder(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  const fs::directory_iterator end;
  while (!error && entry != end) {
    std::error_code ignored;
    if (entry->is_regular_file(ignored)) names.push_back(entry->path().filename().string());
    entry.increment(error);
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string host_name() {
  char buffer[256] = {};
  if (gethostname(buffer, sizeof buffer - 1) != 0 || buffer[0] == '\0') return "localhost";
  return buffer;
}

}  // namespace

ConfigWorld ConfigWorld::of_process(std::vector<std::string> profiles) {
  ConfigWorld world;
  world.environment = base::Environment::of_process();
  world.host_name = daemon::host_name();
  world.root = geteuid() == 0;
  std::error_code error;
  world.working_directory = fs::current_path(error).string();
  if (error) world.working_directory = "/";
  world.profiles = std::move(profiles);
  world.read = read_file;
  world.list = list_folder;
  return world;
}

}  // namespace idpwatch::daemon
