// A deployed process's environment variables, and environment files as systemd reads them.
//
// Pure: bytes and values in, values out; our own environment is never looked at. A file is at most
// 1 MiB; no line can be an error, as systemd ignores what it cannot read and so do we, with a note.
//
// Sources: systemd's env-file.c (state machine) and systemd.exec(5), EnvironmentFile=.
#pragma once

#include "base/result.hpp"
#include "deployed/core/note.hpp"
#include "model/validator_settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::deployed {

struct EnvironmentVariable {
  std::string name;
  std::string value;
  model::Origin origin;  // of an environment file; unknown when told otherwise
};

using Environment = std::vector<EnvironmentVariable>;

struct EnvironmentFile {
  Environment variables;
  std::vector<Note> notes;  // lines that systemd ignores
};

// KEY=VALUE lines: # and ; begin comment lines, '...' and "..." quote, a backslash escapes and, at
// the end of a line, continues it. Nothing is expanded. Of two lines with one name the last wins.
[[nodiscard]] base::Result<EnvironmentFile> read_environment_file(std::string_view path,
                                                                  std::string_view bytes);

// The last variable of that name, in any case.
[[nodiscard]] const EnvironmentVariable* find_variable(const Environment& environment,
                                                       std::string_view name);

}  // namespace idpwatch::deployed
