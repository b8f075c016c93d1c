// Commands as a user meets them: arguments in, streams and exit code out; and a folder to work in.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace idpwatch::cli {

struct Outcome {
  int code;
  std::string out, err;
};

Outcome idpwatch(const std::vector<std::string>& arguments);

class Folder {
 public:
  Folder();
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string operator/(const std::string& name) const;
  std::string write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

// A database in that folder, with one authority, one key and one event.
void fill(const std::string& state);

}  // namespace idpwatch::cli
