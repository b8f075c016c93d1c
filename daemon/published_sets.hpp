// The key sets that stand in an authority's history, each parsed once: which keys it published
// lately, and since when one is gone. Equal keys of several sets are held once.
//
// Memory: what the bodies in the history hold, and one pointer a key and body. One thread.
#pragma once

#include "forecast/authority_history.hpp"
#include "forecast/view.hpp"
#include "model/jwk.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace idpwatch::daemon {

class PublishedSets {
 public:
  // Somebody parsed this body already.
  void give(const validators::Body& body, const model::KeySet& set);
  // Signing or not, in the order in which they were first seen. Bodies that stand in no change any
  // more are forgotten.
  std::vector<forecast::KnownKey> known_keys(const std::vector<forecast::ServedChange>& changes);

  [[nodiscard]] std::size_t parsed() const { return parsed_; }  // bodies, since the start
  [[nodiscard]] std::size_t held() const { return sets_.size(); }

 private:
  using KeyPtr = std::shared_ptr<const model::Jwk>;
  struct Set {
    validators::Body body;  // keeps the identity alive
    bool is_one = false;
    std::vector<KeyPtr> keys;  // those that could be decoded
  };
  const Set& set_of(const validators::Body& body);
  Set made_of(const validators::Body& body, const model::KeySet& set);
  void forget_others(const std::vector<forecast::ServedChange>& changes);

  std::unordered_map<const std::string*, Set> sets_;
  std::unordered_map<std::string, std::weak_ptr<const model::Jwk>> keys_;  // by all that they say
  std::size_t parsed_ = 0;
};

}  // namespace idpwatch::daemon
