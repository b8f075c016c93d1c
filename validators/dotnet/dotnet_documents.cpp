#include "validators/dotnet/dotnet_documents.hpp"

#include "validators/dotnet/response_text.hpp"

#include <algorithm>

namespace idpwatch::validators {
namespace {

unsigned charset_class(std::string_view content_type) {
  const std::string charset = charset_of(content_type);
  return charset.empty() ? 0U
                         : static_cast<unsigned>(std::hash<std::string>{}(charset) & 0xFFFF) + 1U;
}

}  // namespace

DocumentStore::Entry& DocumentStore::entry(const Body& body, std::string_view content_type,
                                           unsigned reader) {
  return reading(body).entries[reader * 0x20000U + charset_class(content_type)];
}

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

std::shared_ptr<const DiscoveryDocument> DocumentStore::discovery(const Body& body,
                                                                  std::string_view content_type,
                                                                  const LibraryTraits& traits,
                                                                  const DocumentReader& reader) {
  Entry& found = entry(body, content_type, traits.reader + reader.id);
  if (!found.discovery) {
    ++parsed_;
    const auto text =
        response_text(body ? std::string_view(*body) : std::string_view(), content_type);
    found.discovery = std::make_shared<const DiscoveryDocument>(
        text ? reader.discovery(*text, traits) : DiscoveryDocument{"IDX20804", {}, {}});
  }
  return found.discovery;
}

std::shared_ptr<const KeyDocument> DocumentStore::key_set(const Body& body,
                                                          std::string_view content_type,
                                                          const LibraryTraits& traits,
                                                          const DocumentReader& reader) {
  Entry& found = entry(body, content_type, traits.reader + reader.id);
  if (!found.keys) {
    ++parsed_;
    const auto text =
        response_text(body ? std::string_view(*body) : std::string_view(), content_type);
    found.keys = std::make_shared<const KeyDocument>(text ? reader.keys(*text, traits)
                                                          : KeyDocument{"IDX20804", {}});
  }
  return found.keys;
}

}  // namespace idpwatch::validators
