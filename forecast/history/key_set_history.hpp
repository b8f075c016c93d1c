// What the authority published, when: the sets of keys and the issuer in its good answers, as a
// line of states. An outage publishes nothing and takes nothing back. Pure.
#pragma once

#include "forecast/history/observed_world.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::forecast {

// Keys that are shared with the body that they stand in.
class SharedKeys {
 public:
  SharedKeys() : SharedKeys(read_body(nullptr).keys) {}
  explicit SharedKeys(Keys keys) : keys_(std::move(keys)) {}

  [[nodiscard]] auto begin() const { return keys_->begin(); }
  [[nodiscard]] auto end() const { return keys_->end(); }
  [[nodiscard]] bool empty() const { return keys_->empty(); }
  [[nodiscard]] std::size_t size() const { return keys_->size(); }
  [[nodiscard]] const model::Jwk& front() const { return keys_->front(); }
  [[nodiscard]] const model::Jwk& back() const { return keys_->back(); }
  // Those of one body.
  [[nodiscard]] bool same_as(const SharedKeys& other) const { return keys_ == other.keys_; }

 private:
  Keys keys_;
};

struct KeySetVersion {
  base::Instant at;  // in the world that was asked
  std::string issuer;
  SharedKeys keys;                 // signing keys that can be decoded, in the document's order
  std::string access_issuer = {};  // of access tokens, where the document names one
  model::AuthorityFamily family = model::AuthorityFamily::kOther;
  bool omits_not_before = false;

  [[nodiscard]] bool has(const std::string& thumbprint) const;
};

// The first one stands for all time before. Empty when nothing good was ever seen.
using KeySetHistory = std::vector<KeySetVersion>;

// `at`: instants at which something that is served changes, in ascending order.
KeySetHistory key_set_history(const ObservedWorld& world,
                              const std::vector<base::Instant>& changes);

// Where redirects from that address lead at that instant. Not from https to http: no library goes
// there.
std::string answering_url(const ObservedWorld& world, std::string url, base::Instant at);

// What was published right before `first` stands for all time before.
void forget_before(KeySetHistory& line, base::Instant first);

// The one at that instant; null when there is none.
const KeySetVersion* published_at(const KeySetHistory& line, base::Instant at);

}  // namespace idpwatch::forecast
