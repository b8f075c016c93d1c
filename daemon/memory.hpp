// How the process's allocator behaves: glibc's defaults are for programs with many busy threads.
#pragma once

namespace idpwatch::daemon {

// Before the first thread begins. libcurl resolves each name on a thread of its own, and glibc
// gives such threads arenas of their own, whose memory stays with them: with thousands of
// authorities several times of what is in use.
void share_one_arena();

// What was only needed for a moment, in many small pieces: configuration as it is read, rows of the
// store at the start.
void return_free_memory();

}  // namespace idpwatch::daemon
