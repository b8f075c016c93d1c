// What one round over many authorities costs in CPU: discovery document and key set of each, over
// TLS, with connections fresh and kept. Beside it the same transfers by a bare libcurl program, and
// by Debian's prometheus-blackbox-exporter (which always connects afresh), in one run.
//
//   bench_round [AUTHORITIES [ROUNDS]]
//
// The server is a child process of its own and not counted. Every contender runs in a child too, so
// that its rusage is its own; the contenders take turns, and the best of several runs counts.
#include "bench/round_contenders.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

using namespace idpwatch::bench;

namespace {

// Many short ones: on a busy machine the best is one that was not interrupted.
constexpr int kRuns = 15;

struct Line {
  Contender contender;
  double best_us = 0;  // CPU per authority and round
};

void measure(std::vector<Line>& lines, const Round& round) {
  for (int run = 0; run < kRuns; ++run) {
    for (Line& line : lines) {
      const double us = cpu_us_per_look(line.contender, round);
      line.best_us = run == 0 ? us : std::min(line.best_us, us);
    }
  }
}

void print(const char* title, const std::vector<Line>& lines) {
  fmt::print("{}\n", title);
  const double libcurl = lines.front().best_us;
  for (const Line& line : lines) {
    if (line.best_us <= 0) {
      fmt::print("  {:<34} not available\n", line.contender.name);
      continue;
    }
    fmt::print("  {:<34} {:8.1f} us/look  {:5.2f} x\n", line.contender.name, line.best_us,
               line.best_us / libcurl);
  }
}

}  // namespace

int main(int argc, char** argv) {
  Round round;
  round.authorities = argc > 1 ? std::atoi(argv[1]) : 20;
  round.rounds = argc > 2 ? std::atoi(argv[2]) : 5;
  const Provider provider = start_provider(round.authorities);
  round.ports = provider.ports;
  round.ca_file = provider.ca_file;
  fmt::print("{} authorities, {} rounds, best of {} runs; CPU of the measuring process alone\n",
             round.authorities, round.rounds, kRuns);

  round.kept = false;
  std::vector<Line> fresh{{bare_libcurl()}, {probe_alone()}, {blackbox_exporter()}};
  measure(fresh, round);
  print("connections fresh", fresh);

  round.kept = true;
  std::vector<Line> kept{{bare_libcurl()}, {probe_alone()}};
  measure(kept, round);
  print("connections kept", kept);
  stop_provider(provider);
  return 0;
}
