// The contenders of bench/round.cpp, and the provider that they all ask.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace idpwatch::bench {

struct Round {
  int authorities = 0;
  int rounds = 0;
  bool kept = false;                 // connections are kept from one round to the next
  std::vector<std::uint16_t> ports;  // one authority each, on localhost
  std::string ca_file;

  [[nodiscard]] std::string issuer(std::size_t authority) const;
  [[nodiscard]] std::string discovery_url(std::size_t authority) const;
  [[nodiscard]] std::string jwks_url(std::size_t authority) const;
  [[nodiscard]] int looks() const { return authorities * rounds; }
};

struct Contender {
  std::string name;
  // Runs one round to warm up, then all rounds; gives back the CPU microseconds of the latter.
  // Negative: not available. Called in a child process.
  std::function<double(const Round&)> run;
};

Contender bare_libcurl();
Contender probe_alone();        // AuthorityProbe on HttpClient on EventLoop
Contender blackbox_exporter();  // Debian's prometheus-blackbox-exporter

// In a child process of its own.
double cpu_us_per_look(const Contender& contender, const Round& round);

// User and system time of this process so far.
double cpu_us();

struct Provider {
  pid_t process = 0;
  std::vector<std::uint16_t> ports;
  std::string ca_file;
};
Provider start_provider(int authorities);
void stop_provider(const Provider& provider);

}  // namespace idpwatch::bench
