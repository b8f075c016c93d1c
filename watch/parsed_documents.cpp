#include "watch/parsed_documents.hpp"

#include "model/served_json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstddef>
#include <list>
#include <utility>

namespace idpwatch::watch {

namespace {

// The newest first.
template <class Document>
class Few {
 public:
  using Pointer = std::shared_ptr<const Document>;

  Pointer find(const std::string& sha256) {
    const auto found = std::ranges::find(held_, sha256, &Held::sha256);
    if (found == held_.end()) return nullptr;
    held_.splice(held_.begin(), held_, found);
    return found->parsed;
  }

  void hold(const std::string& sha256, Pointer parsed, std::size_t bytes) {
    held_.push_front({sha256, std::move(parsed), bytes});
    bytes_ += bytes;
    while (held_.size() > kMost || (bytes_ > kMostBytes && held_.size() > 1)) {
      bytes_ -= held_.back().bytes;
      held_.pop_back();
    }
  }

 private:
  static constexpr std::size_t kMost = 64;
  static constexpr std::size_t kMostBytes = std::size_t{1} * 1024 * 1024;
  struct Held {
    std::string sha256;
    Pointer parsed;
    std::size_t bytes = 0;
  };
  std::list<Held> held_;
  std::size_t bytes_ = 0;
};

Few<model::Discovery>& discoveries() {
  thread_local Few<model::Discovery> few;
  return few;
}

Few<model::KeySet>& key_sets() {
  thread_local Few<model::KeySet> few;
  return few;
}

}  // namespace

std::shared_ptr<const model::Discovery> parsed_discovery(const std::string& sha256,
                                                         const std::string& bytes) {
  if (auto held = discoveries().find(sha256)) return held;
  const auto json = model::parse_served_json(bytes, {bytes.size(), 64});
  if (!json) return nullptr;
  auto document = model::parse_discovery(*json->value);
  if (!document) return nullptr;
  auto parsed = std::make_shared<const model::Discovery>(std::move(*document));
  discoveries().hold(sha256, parsed, bytes.size());
  return parsed;
}

std::shared_ptr<const model::KeySet> parsed_key_set(const std::string& sha256,
                                                    const std::string& bytes) {
  if (auto held = key_sets().find(sha256)) return held;
  const auto json = model::parse_served_json(bytes, {bytes.size(), 64});
  if (!json) return nullptr;
  auto set = model::parse_key_set(*json->value);
  if (!set) return nullptr;
  auto parsed = std::make_shared<const model::KeySet>(std::move(*set));
  key_sets().hold(sha256, parsed, bytes.size());
  return parsed;
}

void hold(const std::string& sha256, std::shared_ptr<const model::Discovery> parsed,
          std::size_t bytes) {
  if (!discoveries().find(sha256)) discoveries().hold(sha256, std::move(parsed), bytes);
}

void hold(const std::string& sha256, std::shared_ptr<const model::KeySet> parsed,
          std::size_t bytes) {
  if (!key_sets().find(sha256)) key_sets().hold(sha256, std::move(parsed), bytes);
}

}  // namespace idpwatch::watch
