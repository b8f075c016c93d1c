#include "demo/demo_daemon.hpp"

#include "base/file.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <spawn.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::demo {

namespace {

namespace fs = std::filesystem;

base::Error system_error(const std::string& what, int code) {
  return base::make_error(base::ErrorKind::kInternal,
                          what + ": " + std::generic_category().message(code));
}

}  // namespace

base::Result<std::unique_ptr<DemoDaemon>> DemoDaemon::prepare() {
  std::error_code error;
  std::string pattern = (fs::temp_directory_path(error) / "idpwatch-demo-XXXXXX").string();
  if (error || ::mkdtemp(pattern.data()) == nullptr) {
    return base::fail(system_error("no scratch folder can be made", errno));
  }
  return std::unique_ptr<DemoDaemon>(new DemoDaemon(pattern));
}

DemoDaemon::~DemoDaemon() {
  if (running()) {
    ::kill(pid_, SIGTERM);
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

base::Status DemoDaemon::write(const std::string& name, const std::string& content) {
  std::ofstream out(folder_ / name, std::ios::binary);
  out << content;
  out.close();
  if (!out) return base::fail(base::ErrorKind::kUnreadable, name + " cannot be written");
  return base::Ok{};
}

base::Status DemoDaemon::start() {
  std::array<char, 4096> self{};
  const ssize_t length = ::readlink("/proc/self/exe", self.data(), self.size() - 1);
  if (length <= 0) return base::fail(system_error("our own binary cannot be found", errno));

  posix_spawn_file_actions_t actions{};
  posix_spawn_file_actions_init(&actions);
  const std::string log = (folder_ / "serve.log").string();
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, log.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  std::string config = (folder_ / "idpwatch.yaml").string();
  std::string serve = "serve";
  std::string option = "--config";
  std::array<char*, 5> arguments = {self.data(), serve.data(), option.data(), config.data(),
                                    nullptr};
  const int code = ::posix_spawn(&pid_, self.data(), &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return base::fail(system_error("the daemon cannot be started", code));
  return base::Ok{};
}

bool DemoDaemon::running() {
  if (pid_ <= 0) return false;
  int status = 0;
  if (::waitpid(pid_, &status, WNOHANG) == 0) return true;
  pid_ = 0;
  return false;
}

std::string DemoDaemon::log() const {
  return base::read_file((folder_ / "serve.log").string()).value_or(std::string());
}

}  // namespace idpwatch::demo
