// What one body says, read once and kept beside it: as a discovery document, and as a key set. Our
// own reading; the libraries' own, which differ, are with the validators. Pure.
#pragma once

#include "model/authority_family.hpp"
#include "model/jwk.hpp"
#include "validators/core/world.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace idpwatch::forecast {

// What a discovery document says of itself; empty when it says nothing readable.
struct DocumentFacts {
  std::string issuer, jwks_uri;
  std::string access_issuer;  // of access tokens, where it names another one for them
  model::AuthorityFamily family = model::AuthorityFamily::kOther;
  bool omits_not_before = false;  // its tokens usually have no nbf
};

using Keys = std::shared_ptr<const std::vector<model::Jwk>>;  // never null

struct BodyReading {
  DocumentFacts document;
  bool key_set = false;  // it is one; `keys` may be empty all the same
  Keys all_keys;         // in the document's order, usable or not; without members and x5c
  Keys keys;             // those that tokens of an authority can be signed with
};

// Whether tokens of an authority can be signed with it: not a shared secret, which it could not
// publish.
bool can_sign(const model::Jwk& key);

BodyReading read_body(const validators::Body& body);

// The bodies of one authority: equal octets are one body, and each is read at most once.
class BodyReadings {
 public:
  // The body that stands for these octets from now on.
  validators::Body unite(validators::Body body);
  // Of one that was not united: read anew.
  [[nodiscard]] std::shared_ptr<const BodyReading> of(const validators::Body& body) const;
  void forget_all_but(const std::unordered_set<const std::string*>& used);

  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // How many bodies were read since it was made: a part of the cost of judgements.
  [[nodiscard]] std::size_t parsed() const { return parsed_; }

 private:
  struct Held {
    validators::Body body;
    mutable std::shared_ptr<const BodyReading> reading;  // null until it is asked for
  };
  std::unordered_multimap<std::size_t, const std::string*> by_hash_;
  std::unordered_map<const std::string*, Held> held_;
  std::size_t bytes_ = 0;
  mutable std::size_t parsed_ = 0;
};

}  // namespace idpwatch::forecast
