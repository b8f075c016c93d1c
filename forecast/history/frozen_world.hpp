// A world as it is at one instant, for ever. Pure; borrows.
#pragma once

#include "validators/core/world.hpp"

#include <string_view>

namespace idpwatch::forecast {

class FrozenWorld final : public validators::World {
 public:
  FrozenWorld(const validators::World& world, base::Instant at) : world_(world), at_(at) {}

  [[nodiscard]] const validators::Served& fetch(std::string_view url,
                                                base::Instant) const override {
    return world_.fetch(url, at_);
  }

 private:
  const validators::World& world_;
  base::Instant at_;
};

}  // namespace idpwatch::forecast
