// What one round over many authorities costs in CPU: discovery document and key set of each, over
// TLS, with connections fresh and kept, judged and stored. Beside it the same transfers by a bare
// libcurl program, and by Debian's prometheus-blackbox-exporter (which always connects afresh), in
// one run. docs/benchmarks.md tells the method.
//
//   bench_round [AUTHORITIES [SLICES [LOOKS [fresh|kept]]]]     (default 20, 25, 5, both)
//
// Every contender lives in a child process of its own, warmed up; the server is another one and not
// counted. They take turns in short slices, LOOKS looks at each authority, so that whatever else
// the machine does hits all alike. A ratio is the median over the slices of this contender's time
// by that of the first one in the same turn.
#include "bench/round_contenders.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

using namespace idpwatch::bench;

namespace {

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

struct Line {
  std::unique_ptr<Session> session;
  std::vector<double> us;  // CPU per look, one a slice
};

std::vector<double> ratios(const Line& line, const Line& first) {
  std::vector<double> out;
  for (std::size_t i = 0; i < line.us.size(); ++i) out.push_back(line.us[i] / first.us[i]);
  return out;
}

void print(const std::vector<Line>& lines) {
  fmt::print("  {:<34} {:>9} {:>9} {:>8} {:>8} {:>8}\n", "CPU us per look", "least", "median",
             "ratio", "of least", "by multi");
  const Line& easy = lines[0];
  const Line& multi = lines[1];
  const double least_easy = *std::ranges::min_element(easy.us);
  for (const Line& line : lines) {
    const double least = *std::ranges::min_element(line.us);
    if (least <= 0) {
      fmt::print("  {:<34} not available\n", line.session->name());
      continue;
    }
    fmt::print("  {:<34} {:9.1f} {:9.1f} {:8.2f} {:8.2f} {:8.2f}\n", line.session->name(), least,
               median(line.us), median(ratios(line, easy)), least / least_easy,
               median(ratios(line, multi)));
  }
}

void measure(const std::vector<Contender>& contenders, const Round& round, int slices) {
  std::vector<Line> lines;
  for (const Contender& contender : contenders) {
    lines.push_back({.session = std::make_unique<Session>(contender, round), .us = {}});
  }
  for (Line& line : lines) line.session->slice();
  for (int slice = 0; slice < slices; ++slice) {
    // Another one begins each time: none always follows the same one.
    for (std::size_t i = 0; i < lines.size(); ++i) {
      Line& line = lines[(i + static_cast<std::size_t>(slice)) % lines.size()];
      line.us.push_back(line.session->slice());
    }
  }
  print(lines);
}

}  // namespace

int main(int argc, char** argv) {
  const int authorities = argc > 1 ? std::atoi(argv[1]) : 20;
  const int slices = argc > 2 ? std::atoi(argv[2]) : 25;
  Round round;
  round.looks_each = argc > 3 ? std::atoi(argv[3]) : 5;
  const Provider provider = start_provider(authorities);
  round.ports = provider.ports;
  round.ca_file = provider.ca_file;
  fmt::print("{} authorities, {} slices of {} looks at each\n", authorities, slices,
             round.looks_each);

  const std::string only = argc > 4 ? argv[4] : "";
  if (only != "kept") {
    fmt::print("connections fresh\n");
    std::fflush(stdout);
    measure({bare_easy(), bare_multi(), probe_alone(), judged_and_stored(), blackbox_exporter()},
            round, slices);
  }
  round.kept = true;
  if (only != "fresh") {
    fmt::print("connections kept\n");
    std::fflush(stdout);
    measure({bare_easy(), bare_multi(), probe_alone(), judged_and_stored()}, round, slices);
  }
  stop_provider(provider);
  return 0;
}
