#include "cli/process.hpp"

#include <csignal>
#include <fcntl.h>
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

}  // namespace idpwatch::cli
