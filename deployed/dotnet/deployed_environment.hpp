// A deployed process's environment variables: environment files as systemd reads them, the keys
// into which .NET turns them, and the name of the environment ("Production") they choose.
//
// Pure: bytes and values in, values out; our own environment is never looked at. A file is at most
// 1 MiB; no line can be an error, as systemd ignores what it cannot read and so do we, with a note.
//
// Sources: systemd's env-file.c (state machine) and systemd.exec(5), EnvironmentFile=;
// EnvironmentVariablesConfigurationProvider of dotnet/runtime; MS Learn, "environment variable
// precedence" (breaking change of .NET 7).
#pragma once

#include "base/result.hpp"
#include "deployed/core/note.hpp"
#include "deployed/dotnet/configuration.hpp"

#include <optional>
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

// The last variable of that name, upper and lower case being the same to .NET's configuration.
[[nodiscard]] const EnvironmentVariable* find_variable(const Environment& environment,
                                                       std::string_view name);

// Lays the variables whose name begins with `prefix` over `configuration`, the prefix taken off and
// "__" turned into ":".
void add_environment_layer(Configuration& configuration, const Environment& environment,
                           std::string_view prefix);

// What DOTNET_ENVIRONMENT and ASPNETCORE_ENVIRONMENT say; nullptr when neither stands. `host_major`
// is the ASP.NET Core version, 0 = unknown: from 7 on the first of them wins, before the second.
[[nodiscard]] const EnvironmentVariable* environment_name_variable(const Environment& environment,
                                                                   int host_major);

}  // namespace idpwatch::deployed
