#include "base/assert.hpp"
#include "net/http_engine.hpp"

#include <algorithm>

namespace idpwatch::net {

namespace {

// As many may wait for their second request at once; the next request takes them in the same turn
// of the loop, so that more than a few only stand here when probes were cancelled.
constexpr std::size_t kMostLent = 64;

// Two connections a host are enough while nobody waits.
constexpr std::size_t kMostIdleAlike = 2;

}  // namespace

std::unique_ptr<TransferHandle> HandlePool::take(std::string_view key) {
  const auto lent =
      std::ranges::find_if(lent_, [key](const auto& handle) { return handle->key() == key; });
  if (lent != lent_.end()) {
    std::unique_ptr<TransferHandle> handle = std::move(*lent);
    lent_.erase(lent);
    return handle;
  }
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  const auto idle = found->second;
  by_key_.erase(found);
  std::unique_ptr<TransferHandle> handle = std::move(idle->handle);
  idle_.erase(idle);
  return handle;
}

bool HandlePool::reserve() {
  if (kept_ >= places_) return false;
  ++kept_;
  return true;
}

void HandlePool::give_back(std::unique_ptr<TransferHandle> handle, base::Duration now) {
  // Fewer places since a reload; or a host that was met with more at once than it is in calm times.
  if (kept_ > places_ || by_key_.count(handle->key()) >= kMostIdleAlike) {
    --kept_;
    return;
  }
  idle_.push_back({.handle = std::move(handle), .since = now});
  by_key_.emplace(idle_.back().handle->key(), std::prev(idle_.end()));
}

void HandlePool::lend(std::unique_ptr<TransferHandle> handle) {
  lent_.push_back(std::move(handle));
  if (lent_.size() > kMostLent) lent_.pop_front();
}

void HandlePool::drop(std::list<Idle>::iterator idle) {
  const auto [first, last] = by_key_.equal_range(idle->handle->key());
  const auto entry = std::find_if(first, last, [&](const auto& e) { return e.second == idle; });
  IDPWATCH_ASSERT(entry != last);
  by_key_.erase(entry);
  idle_.erase(idle);
  --kept_;
}

void HandlePool::drop_idle_since(base::Duration instant) {
  while (!idle_.empty() && idle_.front().since < instant) drop(idle_.begin());
}

void HandlePool::drop_outdated() {
  std::erase_if(lent_, [](const auto& handle) { return handle->route().outdated(); });
  for (auto idle = idle_.begin(); idle != idle_.end();) {
    const auto next = std::next(idle);
    if (idle->handle->route().outdated()) drop(idle);
    idle = next;
  }
}

void HandlePool::resize(std::size_t places) {
  places_ = places;
  while (kept_ > places_ && !idle_.empty()) drop(idle_.begin());
}

}  // namespace idpwatch::net
