#include "validators/core/document_store.hpp"

#include <algorithm>
#include <functional>

namespace idpwatch::validators {

DocumentStore::Reading& DocumentStore::reading(const Body& body) {
  const auto newer = newer_.known.find(body.get());
  if (newer != newer_.known.end()) {
    return *newer->second.reading;
  }
  const std::size_t hash =
      std::hash<std::string_view>{}(body ? std::string_view(*body) : std::string_view());
  const auto older = older_.known.find(body.get());
  std::shared_ptr<Reading> found =
      older != older_.known.end() ? older->second.reading : find_equal(body, hash);
  if (!found) {
    found = std::make_shared<Reading>(Reading{body, {}});
  }
  return remember(body, hash, std::move(found));
}

std::shared_ptr<DocumentStore::Reading> DocumentStore::find_equal(const Body& body,
                                                                  std::size_t hash) const {
  for (const Generation* generation : {&newer_, &older_}) {
    const auto [first, last] = generation->by_octets.equal_range(hash);
    for (auto one = first; one != last; ++one) {
      const Body& other = one->second->body;
      if (body && other && *body == *other) {
        return one->second;
      }
    }
  }
  return nullptr;
}

DocumentStore::Reading& DocumentStore::remember(const Body& body, std::size_t hash,
                                                std::shared_ptr<Reading> reading) {
  if (newer_.known.size() >= limits_.bodies / 2 || newer_.bytes >= limits_.bytes / 2) {
    older_ = std::move(newer_);
    newer_ = Generation();
  }
  const auto [first, last] = newer_.by_octets.equal_range(hash);
  if (std::none_of(first, last, [&](const auto& one) { return one.second == reading; })) {
    newer_.by_octets.emplace(hash, reading);
  }
  newer_.bytes += body ? body->size() : 0;
  return *newer_.known.insert_or_assign(body.get(), Known{body, std::move(reading)})
              .first->second.reading;
}

}  // namespace idpwatch::validators
