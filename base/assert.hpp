// IDPWATCH_ASSERT: a bug stops the program with a message, in release builds too. Never for what
// the outside world sends.
#pragma once

#include <string_view>

namespace idpwatch::base {
[[noreturn]] void assertion_failed(std::string_view condition, std::string_view file, int line);
}  // namespace idpwatch::base

#define IDPWATCH_ASSERT(condition)                                        \
  do {                                                                    \
    if (!(condition)) {                                                   \
      ::idpwatch::base::assertion_failed(#condition, __FILE__, __LINE__); \
    }                                                                     \
  } while (false)
