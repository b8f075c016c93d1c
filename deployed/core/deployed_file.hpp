// One file of a deployment as it was found: its name and its bytes.
#pragma once

#include <string>
#include <string_view>

namespace idpwatch::deployed {

struct DeployedFile {
  std::string path;
  std::string bytes;
  // The user named this very file. False: it matched a pattern or lies beside another one, so that
  // the environment's name decides whether the application reads it.
  bool named = true;
};

// What follows the last slash.
[[nodiscard]] inline std::string_view base_name(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1);
}

}  // namespace idpwatch::deployed
