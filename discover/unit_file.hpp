// What of a systemd service tells which program runs, where, and with which variables.
//
// Pure: the bytes of the unit and of its drop-ins, in systemd's order, are arguments. No line can
// be an error: what systemd would refuse is left out. Specifiers (%i, %h) stay as they are, but for
// %%.
//
// Sources: systemd.syntax(7), systemd.service(5) (command lines), systemd.exec(5) (Environment=).
#pragma once

#include "deployed/core/deployed_environment.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::discover {

struct UnitEnvironmentFile {
  std::string path;
  bool optional = false;  // written with a leading "-": its absence is no error
};

struct UnitService {
  std::vector<std::string> command;  // words of the first ExecStart=; empty: none
  std::string working_directory;     // empty: not told, which is "/" for a system service
  std::string user;
  deployed::Environment environment;  // Environment=, in order, origins with file and line
  std::vector<UnitEnvironmentFile> environment_files;
  std::vector<std::string> credentials;  // LoadCredential=, as written
};

// Of the unit first, then of each drop-in: an empty value empties a list.
void add_unit_file(UnitService& service, const std::string& path, std::string_view bytes);

// Words as systemd splits them: quotes, and C-like escapes.
[[nodiscard]] std::vector<std::string> unit_words(std::string_view line);

}  // namespace idpwatch::discover
