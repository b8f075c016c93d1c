// The contenders of bench/round.cpp, and the provider that they all ask.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace idpwatch::bench {

struct Round {
  int looks_each = 0;                // looks at each authority in one slice
  bool kept = false;                 // connections are kept from one look to the next
  std::vector<std::uint16_t> ports;  // one authority each, on localhost
  std::string ca_file;

  [[nodiscard]] std::string issuer(std::size_t authority) const;
  [[nodiscard]] std::string discovery_url(std::size_t authority) const;
  [[nodiscard]] std::string jwks_url(std::size_t authority) const;
  [[nodiscard]] int looks() const { return looks_each * static_cast<int>(ports.size()); }
};

// Lives in a child process of its own.
class Runner {
 public:
  virtual ~Runner() = default;
  // `times` looks at each authority, one after the other, all of it done on return.
  virtual void look(int times) = 0;
  // Microseconds of CPU, user and system, that its work has taken so far.
  [[nodiscard]] virtual double cpu_us() const;
};

struct Contender {
  std::string name;
  std::function<std::unique_ptr<Runner>(const Round&)> make;  // null: not available
};

Contender bare_easy();          // libcurl's easy interface
Contender bare_multi();         // libcurl's multi interface on epoll, as a daemon must use it
Contender probe_alone();        // AuthorityProbe on HttpClient on EventLoop
Contender judged_and_stored();  // and all that the daemon makes of what was seen
Contender blackbox_exporter();  // Debian's prometheus-blackbox-exporter

// One contender at work: warmed up, then idle between its slices.
class Session {
 public:
  Session(const Contender& contender, const Round& round);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // One slice: CPU microseconds per look; negative when it is not available.
  double slice();
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  int looks_;
  pid_t child_ = 0;
  int to_child_ = -1, from_child_ = -1;
};

// The provider and whoever asks it each keep to a processor of their own, where there are two:
// where a wake-up lands would otherwise decide more than what is measured.
enum class Place { kContender, kProvider };
void keep_to(Place place);

// Of a process: user and system time, all threads.
double cpu_us_of(pid_t process);

struct Provider {
  pid_t process = 0;
  std::vector<std::uint16_t> ports;
  std::string ca_file;
};
Provider start_provider(int authorities);
void stop_provider(const Provider& provider);

}  // namespace idpwatch::bench
