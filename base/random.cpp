#include "base/random.hpp"

#include "base/assert.hpp"

#include <sys/random.h>
#include <sys/types.h>

namespace idpwatch::base {

std::uint64_t SystemRandom::next() {
  std::uint64_t value = 0;
  // Up to 256 bytes are never cut short once the pool is initialised (getrandom(2)).
  const ssize_t got = getrandom(&value, sizeof value, 0);
  IDPWATCH_ASSERT(got == static_cast<ssize_t>(sizeof value));
  return value;
}

std::uint64_t SeededRandom::next() {
  state_ += 0x9e3779b97f4a7c15ULL;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

}  // namespace idpwatch::base
