// What a process must see to before it opens its first file.
#pragma once

namespace idpwatch::cli {

// Descriptors 0 to 2 that were closed are occupied, so that no file of ours gets such a number and
// then the log, too. They still refuse to be read and written. A file that grows beyond the limit
// (RLIMIT_FSIZE) becomes an error of write() instead of the end of the process.
void prepare_process();

}  // namespace idpwatch::cli
