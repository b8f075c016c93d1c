#include "forecast/windows/state_kinds.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

void sort_unique(std::vector<std::size_t>& numbers) {
  std::sort(numbers.begin(), numbers.end());
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
}

bool has(const std::vector<std::size_t>& sorted, std::size_t number) {
  return std::binary_search(sorted.begin(), sorted.end(), number);
}

}  // namespace

StateKinds::StateKinds(const std::vector<CachedState>& states, const Signing& signing,
                       const ForcedRefresh& forces)
    : forces_(forces) {
  std::map<std::pair<std::size_t, std::vector<std::size_t>>, std::size_t> known;
  for (std::size_t i = 0; i < states.size(); ++i) {
    const KeySetVersion& published = states[i].published;
    Kind kind = kind_of(published, signing);
    const auto [entry, added] = known.try_emplace({kind.issuer, kind.labels}, kinds_.size());
    if (added) kinds_.push_back(std::move(kind));
    of_.push_back(entry->second);
  }
}

std::size_t StateKinds::number_of(const std::string& text) {
  return numbers_.try_emplace(text, numbers_.size()).first->second;
}

StateKinds::Key StateKinds::key_of(const model::Jwk& jwk, const Signing& signing) {
  Key key;
  const std::string kid = jwk.kid.value_or("");
  key.thumbprint = number_of("t" + jwk.thumbprint);
  if (!kid.empty()) key.kid = number_of("k" + kid);
  key.label = number_of((jwk.kid ? "l" : "n") + jwk.thumbprint + " " + kid);
  key.usable = is_usable(jwk, signing);
  key.jwk = &jwk;
  return key;
}

StateKinds::Kind StateKinds::kind_of(const KeySetVersion& published, const Signing& signing) {
  Kind kind;
  kind.issuer = number_of("i" + published.issuer);
  for (const model::Jwk& jwk : published.keys) {
    const Key key = key_of(jwk, signing);
    kind.labels.push_back(key.label);
    kind.thumbprints.push_back(key.thumbprint);
    if (key.kid) kind.kids.push_back(*key.kid);
    kind.can_issue = kind.can_issue || key.usable;
    kind.keys.push_back(key);
  }
  for (auto* numbers : {&kind.labels, &kind.thumbprints, &kind.kids}) sort_unique(*numbers);
  return kind;
}

bool StateKinds::holds(std::size_t kind, const Key& key) const {
  return has(kinds_[kind].labels, key.label);
}

bool StateKinds::forces(std::size_t cached, std::size_t issued, const Key& key) const {
  const bool same_issuer = issuer(cached) == issuer(issued);
  if (holds(cached, key)) return !same_issuer && forces_.issuer;
  // The token says who signed it, and nothing in the state goes by that name.
  const bool plainly_unknown = key.kid && !has(kinds_[cached].thumbprints, key.thumbprint) &&
                               !has(kinds_[cached].kids, *key.kid);
  return plainly_unknown && (same_issuer ? forces_.key : forces_.both);
}

bool StateKinds::forces_surely(std::size_t cached, std::size_t then) const {
  if (!forces_.any() || cached == then || !can_issue(then)) return false;
  const auto [entry, added] = surely_.try_emplace(std::uint64_t{cached} << 32U | then, false);
  if (added) {
    entry->second = std::all_of(keys(then).begin(), keys(then).end(), [&](const Key& key) {
      return !key.usable || forces(cached, then, key);
    });
  }
  return entry->second;
}

}  // namespace idpwatch::forecast
