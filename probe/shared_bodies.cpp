#include "probe/shared_bodies.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <unordered_map>
#include <utility>

namespace idpwatch::probe {

namespace {

class Bodies {
 public:
  std::shared_ptr<const std::string> share(std::shared_ptr<const std::string> body) {
    std::weak_ptr<const std::string>& known = known_[std::hash<std::string>()(*body)];
    if (auto held = known.lock(); held && *held == *body) return held;
    known = body;
    if (known_.size() >= clean_at_) {
      std::erase_if(known_, [](const auto& entry) { return entry.second.expired(); });
      clean_at_ = std::max(kCleanAtLeast, 2 * known_.size());
    }
    return body;
  }

 private:
  static constexpr std::size_t kCleanAtLeast = 64;
  std::unordered_map<std::size_t, std::weak_ptr<const std::string>> known_;  // by hash
  std::size_t clean_at_ = kCleanAtLeast;
};

}  // namespace

std::shared_ptr<const std::string> shared_body(std::shared_ptr<const std::string> body) {
  thread_local Bodies bodies;
  return bodies.share(std::move(body));
}

}  // namespace idpwatch::probe
