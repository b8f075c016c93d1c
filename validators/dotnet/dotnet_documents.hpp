// Discovery documents and key sets as Microsoft.IdentityModel reads them: what is taken, what is
// skipped, and what makes the whole fetch fail.
#pragma once

#include "validators/core/document_store.hpp"
#include "validators/core/signing_key.hpp"
#include "validators/core/world.hpp"
#include "validators/dotnet/identity_model.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::validators {

// `error` set: this library throws, with that id innermost ("IDX10805"; "IDX20803" where nothing
// has an id of its own).
struct DiscoveryDocument {
  std::string error;
  std::string issuer;  // empty = absent, null or empty: these libraries do not tell them apart
  std::string jwks_uri;
};

struct KeyDocument {
  std::string error;
  std::vector<SigningKey> keys;  // signing keys, in order; a JWK with x5c and n makes two
};

DiscoveryDocument read_discovery(std::string_view text, const LibraryTraits& traits);
KeyDocument read_key_set(std::string_view text, const LibraryTraits& traits);
// The second of them as 7.0 and newer have it.
KeyDocument read_json_web_key_set(std::string_view text, const LibraryTraits& traits);
// Keys that were handed to the library rather than fetched (pinned): each text is one JWK.
std::vector<SigningKey> read_pinned_keys(const std::vector<std::string>& jwks,
                                         const LibraryTraits& traits);

// A way of reading: what OpenIddict does differs from the library's own retriever.
struct DocumentReader {
  unsigned id = 0;
  DiscoveryDocument (*discovery)(std::string_view, const LibraryTraits&) = read_discovery;
  KeyDocument (*keys)(std::string_view, const LibraryTraits&) = read_key_set;
};
// OpenIddict.Validation: strict about the set, but with its own eye for members.
DiscoveryDocument read_openiddict_discovery(std::string_view text, const LibraryTraits& traits);
KeyDocument read_openiddict_key_set(std::string_view text, const LibraryTraits& traits);

// Both by what the store remembers. A response whose charset cannot be decoded is IDX20804.
std::shared_ptr<const DiscoveryDocument> discovery_of(DocumentStore& store, const Body& body,
                                                      std::string_view content_type,
                                                      const LibraryTraits& traits,
                                                      const DocumentReader& reader = {});
std::shared_ptr<const KeyDocument> key_set_of(DocumentStore& store, const Body& body,
                                              std::string_view content_type,
                                              const LibraryTraits& traits,
                                              const DocumentReader& reader = {});

}  // namespace idpwatch::validators
