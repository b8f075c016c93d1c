// The daemon of the demonstration: this very binary as a child process, `serve` with a
// configuration of its own in a scratch folder. Ended and cleaned up with its owner.
#pragma once

#include "base/result.hpp"

#include <filesystem>
#include <memory>
#include <string>

namespace idpwatch::demo {

class DemoDaemon {
 public:
  // Makes the scratch folder.
  static base::Result<std::unique_ptr<DemoDaemon>> prepare();
  ~DemoDaemon();
  DemoDaemon(const DemoDaemon&) = delete;
  DemoDaemon& operator=(const DemoDaemon&) = delete;

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  base::Status write(const std::string& name, const std::string& content);
  // `idpwatch serve --config FOLDER/idpwatch.yaml`; what it logs goes to FOLDER/serve.log.
  base::Status start();
  [[nodiscard]] bool running();
  [[nodiscard]] std::string log() const;

 private:
  explicit DemoDaemon(std::filesystem::path folder) : folder_(std::move(folder)) {}

  std::filesystem::path folder_;
  int pid_ = 0;
};

}  // namespace idpwatch::demo
