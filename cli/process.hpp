// What a process must see to before it opens its first file.
#pragma once

#include <string>
#include <vector>

namespace idpwatch::cli {

// Descriptors 0 to 2 that were closed are occupied, so that no file of ours gets such a number and
// then the log, too. They still refuse to be read and written. A file that grows beyond the limit
// (RLIMIT_FSIZE) becomes an error of write() instead of the end of the process.
void prepare_process();

// No core of this process is written, whatever the limits of the service are.
void forbid_core_dumps();
// A command that is given a token, perhaps as an argument.
[[nodiscard]] bool may_hold_secret(const std::vector<std::string>& arguments);
// Overwrites the arguments that look like tokens, so that they stand in no list of processes any
// more; and no core of this process is written.
void hide_secrets(int argc, char** argv);

}  // namespace idpwatch::cli
