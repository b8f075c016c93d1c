// The lines of deployed files that findings point at, for showing them.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace idpwatch::cli {

class SourceLines {
 public:
  // Without the white space around it; empty when there is none, or when it is so long that it
  // would show more of the file than its one setting (a minified file may hold secrets beside it).
  std::string at(const std::string& file, std::size_t line);

 private:
  std::map<std::string, std::vector<std::string>> files_;
};

}  // namespace idpwatch::cli
