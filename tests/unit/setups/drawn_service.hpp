// Services as people deploy them, drawn: the sections of their guides, with the slips that happen
// to people (a slash, a letter, another version, the other form of an audience).
#pragma once

#include "setup.hpp"

#include <random>
#include <string>

namespace idpwatch::setups {

struct DrawnService {
  Deployment deployment;
  std::string slip;  // empty: none was made
};

DrawnService drawn_service(const Provider& provider, std::mt19937& random);

}  // namespace idpwatch::setups
