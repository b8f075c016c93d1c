// The lines of deployed files that findings point at, for showing them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::cli {

class SourceLines {
 public:
  // Without the white space around it, and with the value of `key` alone: what stands beside it may
  // be a secret. Empty when there is no such line, or when it is too long to be one setting.
  std::string at(const std::string& file, std::size_t line, const std::string& key);

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

// `line` of a JSON, YAML or environment file as it may be shown: strings of other keys than the
// last part of `key` ("Jwt:Authority", "Jwt:ValidAudiences:0"), secrets and user info are "...".
std::string shown_line(std::string_view line, std::string_view key);

}  // namespace idpwatch::cli
