// Where numbers that must not be foreseen, or must differ between instances, come from. Handed in,
// so that tests draw the same ones every time. Errors: the kernel's source failing is a bug of the
// machine and stops the program.
#pragma once

#include <cstdint>

namespace idpwatch::base {

class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t next() = 0;  // 64 bits, uniform

  // Uniform in [0, bound); 0 when bound is 0. The bias of a modulus does not matter for jitter.
  std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : next() % bound; }
};

// The kernel's source (getrandom). Safe from every thread.
class SystemRandom final : public Random {
 public:
  std::uint64_t next() override;
};

// The same numbers for the same seed (splitmix64). For tests, simulations and replays.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override;

 private:
  std::uint64_t state_;
};

}  // namespace idpwatch::base
