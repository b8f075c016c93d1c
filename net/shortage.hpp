// What this host itself lacks when a request cannot be made: file descriptors, memory, threads,
// ports. Never the authority's fault, nor a receiver's.
#pragma once

#include "base/time.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace idpwatch::net {

// Whether this errno of socket() or connect() speaks of our side alone.
bool is_shortage(int os_errno);
// "this process has no file descriptor left", ...
std::string describe_shortage(int os_errno);
// Fewer are free than a name resolution takes (libcurl's pair of sockets, the resolver's own), so
// that one that fails says nothing about the name.
bool few_descriptors_left();

// When a request lacked something, seen by all: a resolver does not tell why it failed.
struct Shortage {
  base::Duration last_seen = base::Duration::min();  // boot time
};

// Descriptors held back for messages to people: given up when one is to be sent and no others are
// left, and taken again afterwards.
class SpareDescriptors {
 public:
  explicit SpareDescriptors(std::size_t number) : number_(number) { refill(); }
  ~SpareDescriptors() { release(); }
  SpareDescriptors(const SpareDescriptors&) = delete;
  SpareDescriptors& operator=(const SpareDescriptors&) = delete;

  void refill();  // as far as there are any
  void release();
  [[nodiscard]] std::size_t held() const { return held_.size(); }

 private:
  std::size_t number_;
  std::vector<int> held_;
};

}  // namespace idpwatch::net
