#include "daemon/memory.hpp"

#include <malloc.h>

namespace idpwatch::daemon {

void share_one_arena() { ::mallopt(M_ARENA_MAX, 1); }

}  // namespace idpwatch::daemon
