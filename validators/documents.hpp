// Discovery documents and key sets as Microsoft.IdentityModel reads them: what is taken, what is
// skipped, and what makes the whole fetch fail. Parsed once for a body and a way of reading.
#pragma once

#include "validators/identity_model.hpp"
#include "validators/signing_key.hpp"
#include "validators/world.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
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
// Keys that were handed to the library rather than fetched (pinned): each text is one JWK.
std::vector<SigningKey> read_pinned_keys(const std::vector<std::string>& jwks,
                                         const LibraryTraits& traits);

// Text of a response body as HttpContent.ReadAsStringAsync makes it: charset of the content type,
// byte order marks, invalid UTF-8 replaced. nullopt where it throws.
std::optional<std::string> response_text(std::string_view octets, std::string_view content_type);

// A way of reading: what OpenIddict does differs from the library's own retriever.
struct DocumentReader {
  unsigned id = 0;
  DiscoveryDocument (*discovery)(std::string_view, const LibraryTraits&) = read_discovery;
  KeyDocument (*keys)(std::string_view, const LibraryTraits&) = read_key_set;
};
// OpenIddict.Validation: strict about the set, but with its own eye for members.
DiscoveryDocument read_openiddict_discovery(std::string_view text, const LibraryTraits& traits);
KeyDocument read_openiddict_key_set(std::string_view text, const LibraryTraits& traits);

// Remembers what was parsed, by the identity of the body. One thread at a time. Bounded: it
// forgets everything when it holds more than kMaxDocuments.
class DocumentStore {
 public:
  static constexpr std::size_t kMaxDocuments = 4096;
  std::shared_ptr<const DiscoveryDocument> discovery(const Body& body,
                                                     std::string_view content_type,
                                                     const LibraryTraits& traits,
                                                     const DocumentReader& reader = {});
  std::shared_ptr<const KeyDocument> key_set(const Body& body, std::string_view content_type,
                                             const LibraryTraits& traits,
                                             const DocumentReader& reader = {});

 private:
  struct Key {
    const void* body;
    unsigned reader;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    Body body;  // keeps the identity alive
    std::shared_ptr<const DiscoveryDocument> discovery;
    std::shared_ptr<const KeyDocument> keys;
  };
  Entry& entry(const Body& body, std::string_view content_type, unsigned reader);
  std::unordered_map<Key, Entry, Hash> entries_;
};

}  // namespace idpwatch::validators
