// Files in memory; reading one of a folder that hangs waits for release(), as on a mount whose
// server does not answer. Safe from every thread once set up.
#pragma once

#include "watch/file_access.hpp"

#include <atomic>
#include <future>
#include <map>
#include <string>
#include <utility>

namespace idpwatch::fakes {

class FakeFiles final : public watch::FileAccess {
 public:
  std::map<std::string, std::string> files;  // before the first reading
  std::string hanging;                       // paths that begin so; likewise

  // Once or more.
  void release() {
    if (!std::exchange(released_, true)) answer_.set_value();
  }
  [[nodiscard]] int waiting() const { return waiting_; }

  [[nodiscard]] std::vector<std::string> expand(const std::string& pattern) const override {
    wait(pattern);
    return {};
  }
  [[nodiscard]] std::string stamp(const std::string& path) const override {
    wait(path);
    return files.contains(path) ? "there" : "-";
  }
  [[nodiscard]] base::Result<std::string> read(const std::string& path,
                                               std::size_t /*bytes_max*/) const override {
    wait(path);
    const auto found = files.find(path);
    if (found != files.end()) return found->second;
    return base::fail(base::ErrorKind::kNotFound, path + " does not exist", "create the file");
  }

 private:
  void wait(const std::string& path) const {
    if (hanging.empty() || !path.starts_with(hanging)) return;
    waiting_ += 1;
    answered_.wait();
    waiting_ -= 1;
  }

  bool released_ = false;
  std::promise<void> answer_;
  std::shared_future<void> answered_ = answer_.get_future().share();
  mutable std::atomic<int> waiting_ = 0;
};

}  // namespace idpwatch::fakes
