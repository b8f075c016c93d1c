#include "validators/dotnet/dotnet_documents.hpp"

#include "validators/dotnet/response_text.hpp"

#include <functional>

namespace idpwatch::validators {
namespace {

unsigned charset_class(std::string_view content_type) {
  const std::string charset = charset_of(content_type);
  return charset.empty() ? 0U
                         : static_cast<unsigned>(std::hash<std::string>{}(charset) & 0xFFFF) + 1U;
}

unsigned way_of(std::string_view content_type, const LibraryTraits& traits,
                const DocumentReader& reader) {
  return (traits.reader + reader.id) * 0x20000U + charset_class(content_type);
}

}  // namespace

std::shared_ptr<const DiscoveryDocument> discovery_of(DocumentStore& store, const Body& body,
                                                      std::string_view content_type,
                                                      const LibraryTraits& traits,
                                                      const DocumentReader& reader) {
  return store.read<DiscoveryDocument>(
      body, way_of(content_type, traits, reader), [&](std::string_view octets) {
        const auto text = response_text(octets, content_type);
        return std::make_shared<const DiscoveryDocument>(
            text ? reader.discovery(*text, traits) : DiscoveryDocument{"IDX20804", {}, {}});
      });
}

std::shared_ptr<const KeyDocument> key_set_of(DocumentStore& store, const Body& body,
                                              std::string_view content_type,
                                              const LibraryTraits& traits,
                                              const DocumentReader& reader) {
  return store.read<KeyDocument>(
      body, way_of(content_type, traits, reader), [&](std::string_view octets) {
        const auto text = response_text(octets, content_type);
        return std::make_shared<const KeyDocument>(text ? reader.keys(*text, traits)
                                                        : KeyDocument{"IDX20804", {}});
      });
}

}  // namespace idpwatch::validators
