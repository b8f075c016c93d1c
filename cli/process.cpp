#include "cli/process.hpp"

#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace idpwatch::cli {

void prepare_process() {
  std::signal(SIGXFSZ, SIG_IGN);
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest free number, which is this one. The wrong way round: as good as closed.
    const int taken = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (taken != fd && taken >= 0) ::close(taken);
  }
}

void forbid_core_dumps() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

bool may_hold_secret(const std::vector<std::string>& arguments) {
  return !arguments.empty() && arguments.front() == "explain";
}

void hide_secrets(int argc, char** argv) {
  forbid_core_dumps();
  ::prctl(PR_SET_DUMPABLE, 0);
  constexpr std::size_t kShort = 16;
  for (int i = 2; i < argc; ++i) {
    const std::size_t size = std::strlen(argv[i]);
    const bool option = argv[i][0] == '-' && size < kShort;
    const bool path = argv[i][0] == '/' || argv[i][0] == '.';
    const bool url = std::strncmp(argv[i], "http", 4) == 0;
    if (!option && !path && !url && size >= kShort) std::memset(argv[i], 'x', size);
  }
}

}  // namespace idpwatch::cli
