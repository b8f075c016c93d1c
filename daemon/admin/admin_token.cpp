#include "daemon/admin/admin_token.hpp"

#include "base/file.hpp"
#include "base/text.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace idpwatch::daemon {
namespace {

constexpr std::size_t kTokenBytesMax = 256;
constexpr int kWords = 4;  // of 64 bits

base::Error write_error(const std::string& path, int code) {
  return base::make_error(base::ErrorKind::kUnreadable,
                          path + " cannot be written: " + std::generic_category().message(code),
                          "`idpwatch alerts test` is refused until then; or set admin_token_file");
}

// Of an earlier attempt, or of nobody that we know: what is opened must be our own new file.
int create_private(const std::string& path) {
  ::unlink(path.c_str());
  return ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                S_IRUSR | S_IWUSR);
}

}  // namespace

std::string admin_token_path(const std::string& state_dir) { return state_dir + "/admin.token"; }

base::Result<std::string> make_admin_token(const std::string& state_dir, base::Random& random) {
  std::string token;
  for (int i = 0; i < kWords; ++i) token += fmt::format("{:016x}", random.next());
  const std::string path = admin_token_path(state_dir);
  const std::string fresh = path + ".new";
  const int fd = create_private(fresh);
  if (fd < 0) return base::fail(write_error(fresh, errno));
  const std::string line = token + "\n";
  const bool written = ::write(fd, line.data(), line.size()) == static_cast<ssize_t>(line.size());
  const int code = errno;
  ::close(fd);
  if (!written) {
    ::unlink(fresh.c_str());
    return base::fail(write_error(fresh, code));
  }
  if (std::rename(fresh.c_str(), path.c_str()) != 0) return base::fail(write_error(path, errno));
  return token;
}

base::Result<std::string> read_admin_token(const std::string& state_dir) {
  auto text = base::read_file(admin_token_path(state_dir), kTokenBytesMax);
  if (!text) return base::fail(text.error());
  return std::string(base::trim(*text));
}

}  // namespace idpwatch::daemon
