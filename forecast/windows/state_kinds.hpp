// States of what an authority published, told apart by what matters to tokens: the issuer, and each
// key by its material and its name. However often an authority goes back and forth between two key
// sets, they are two kinds. Pure.
#pragma once

#include "forecast/windows/cached_line.hpp"
#include "forecast/windows/forced_refresh.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace idpwatch::forecast {

class StateKinds {
 public:
  // Numbers that stand for texts; equal numbers, equal texts.
  struct Key {
    std::size_t label = 0, thumbprint = 0;
    std::optional<std::size_t> kid;  // null: none, or an empty one
    bool usable = false;             // signs tokens for this service
    const model::Jwk* jwk = nullptr;
  };

  StateKinds(const std::vector<CachedState>& states, const Signing& signing,
             const ForcedRefresh& forces);

  // Of a state, by its place in the line.
  [[nodiscard]] std::size_t of(std::size_t state) const { return of_[state]; }
  [[nodiscard]] std::size_t count() const { return kinds_.size(); }
  [[nodiscard]] const std::vector<Key>& keys(std::size_t kind) const { return kinds_[kind].keys; }
  [[nodiscard]] std::size_t issuer(std::size_t kind) const { return kinds_[kind].issuer; }
  // Some key of it signs tokens for this service.
  [[nodiscard]] bool can_issue(std::size_t kind) const { return kinds_[kind].can_issue; }
  // The key by that very name.
  [[nodiscard]] bool holds(std::size_t kind, const Key& key) const;
  // Whether a token of that key, issued in that kind of state, surely makes a cache of the other
  // one fetch.
  [[nodiscard]] bool forces(std::size_t cached, std::size_t issued, const Key& key) const;
  // Whichever key signs then.
  [[nodiscard]] bool forces_surely(std::size_t cached, std::size_t then) const;

 private:
  struct Kind {
    std::size_t issuer = 0;
    std::vector<Key> keys;
    std::vector<std::size_t> labels, thumbprints, kids;  // sorted
    bool can_issue = false;
  };
  std::size_t number_of(const std::string& text);
  Key key_of(const model::Jwk& jwk, const Signing& signing);
  Kind kind_of(const KeySetVersion& published, const Signing& signing);

  ForcedRefresh forces_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::vector<Kind> kinds_;
  std::vector<std::size_t> of_;
  mutable std::unordered_map<std::uint64_t, bool> surely_;
};

}  // namespace idpwatch::forecast
