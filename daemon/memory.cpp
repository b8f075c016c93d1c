#include "daemon/memory.hpp"

#include <malloc.h>

namespace idpwatch::daemon {

void share_one_arena() { ::mallopt(M_ARENA_MAX, 1); }

void return_free_memory() { ::malloc_trim(0); }

}  // namespace idpwatch::daemon
