#include "base/assert.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>

namespace idpwatch::base {

void assertion_failed(std::string_view condition, std::string_view file, int line) {
  const std::string text = "idpwatch: bug: " + std::string(condition) + " does not hold (" +
                           std::string(file) + ":" + std::to_string(line) + ")\n";
  std::fputs(text.c_str(), stderr);
  std::abort();
}

}  // namespace idpwatch::base
