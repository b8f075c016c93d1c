#include "checks/lint/keyset_state.hpp"

#include <algorithm>

namespace idpwatch::checks {

const model::Event* find_event(const AuthorityView& view, model::EventType type) {
  const auto found = std::find_if(view.events.begin(), view.events.end(),
                                  [type](const model::Event& event) { return event.type == type; });
  return found == view.events.end() ? nullptr : &*found;
}

bool became_empty(const AuthorityView& view) {
  if (!view.keys_good()) return false;
  const bool had = view.had_keys || find_event(view, model::EventType::kKeysetEmpty) != nullptr;
  return had && std::none_of(view.key_set->keys.begin(), view.key_set->keys.end(),
                             [](const model::Jwk& key) { return key.decodable(); });
}

bool former_set_returned(const AuthorityView& view) {
  if (find_event(view, model::EventType::kKeysetReplaced) == nullptr) return false;
  if (view.key_set == nullptr) return false;
  const auto announced = [&view](const model::Jwk& key) {
    return std::any_of(view.events.begin(), view.events.end(), [&key](const model::Event& event) {
      return event.thumbprint == key.thumbprint && (event.type == model::EventType::kKeyPublished ||
                                                    event.type == model::EventType::kKeyReturned);
    });
  };
  return std::any_of(
      view.key_set->keys.begin(), view.key_set->keys.end(),
      [&](const model::Jwk& key) { return key.decodable() && key.signing() && !announced(key); });
}

}  // namespace idpwatch::checks
