// A contender in a child process, told over a pipe when it is its turn.
#include "bench/round_contenders.hpp"

#include <csignal>
#include <cstdlib>
#include <ctime>
#include <sched.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace idpwatch::bench {

namespace {

constexpr char kGo = 'g';
constexpr char kEnd = 'e';

[[noreturn]] void serve(const Contender& contender, const Round& round, int commands, int answers) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  keep_to(Place::kContender);
  // Of fifteen letters, for profilers.
  ::prctl(PR_SET_NAME, contender.name.substr(contender.name.find(',') + 2).c_str());
  {
    const std::unique_ptr<Runner> runner = contender.make(round);
    if (runner) runner->look(round.looks_each);  // to warm up
    char command = kEnd;
    while (::read(commands, &command, 1) == 1 && command == kGo) {
      double used = -1;
      if (runner) {
        const double before = runner->cpu_us();
        runner->look(round.looks_each);
        used = runner->cpu_us() - before;
      }
      if (::write(answers, &used, sizeof used) < 0) std::abort();
    }
  }
  std::_Exit(0);
}

void make_pipe(int (&ends)[2]) {
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
}

}  // namespace

void keep_to(Place place) {
  if (::sysconf(_SC_NPROCESSORS_ONLN) < 2) return;
  cpu_set_t processors;
  CPU_ZERO(&processors);
  CPU_SET(place == Place::kContender ? 0 : 1, &processors);
  (void)::sched_setaffinity(0, sizeof processors, &processors);
}

double cpu_us_of(pid_t process) {
  clockid_t clock{};
  timespec now{};
  if (::clock_getcpuclockid(process, &clock) != 0 || ::clock_gettime(clock, &now) != 0) return -1;
  return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

double Runner::cpu_us() const { return cpu_us_of(::getpid()); }

Session::Session(const Contender& contender, const Round& round)
    : name_(contender.name), looks_(round.looks()) {
  int commands[2] = {};
  int answers[2] = {};
  make_pipe(commands);
  make_pipe(answers);
  child_ = ::fork();
  if (child_ == 0) {
    ::close(commands[1]);
    ::close(answers[0]);
    serve(contender, round, commands[0], answers[1]);
  }
  ::close(commands[0]);
  ::close(answers[1]);
  to_child_ = commands[1];
  from_child_ = answers[0];
}

Session::~Session() {
  (void)!::write(to_child_, &kEnd, 1);  // closing is not enough: other children hold copies
  ::close(to_child_);
  ::close(from_child_);
  ::waitpid(child_, nullptr, 0);
}

double Session::slice() {
  double used = -1;
  if (::write(to_child_, &kGo, 1) != 1) return -1;
  if (::read(from_child_, &used, sizeof used) != ssize_t{sizeof used}) return -1;
  return used < 0 ? -1 : used / looks_;
}

}  // namespace idpwatch::bench
