// Discovery documents and key sets as Microsoft.IdentityModel reads them: what is taken, what is
// skipped, and what makes the whole fetch fail. Parsed once for a body and a way of reading.
#pragma once

#include "validators/core/world.hpp"
#include "validators/dotnet/identity_model.hpp"
#include "validators/dotnet/signing_key.hpp"

#include <cstddef>
#include <memory>
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

// Remembers what was parsed: equal octets are parsed once for each way of reading, whoever asks.
// Found by the identity of the body, and by its octets where that is new. Bounded in count and
// octets: what was not asked for lately is forgotten. One thread at a time.
class DocumentStore {
 public:
  struct Limits {
    std::size_t bodies = 8192;
    std::size_t bytes = std::size_t{32} * 1024 * 1024;
  };
  DocumentStore() = default;
  explicit DocumentStore(Limits limits) : limits_(limits) {}

  std::shared_ptr<const DiscoveryDocument> discovery(const Body& body,
                                                     std::string_view content_type,
                                                     const LibraryTraits& traits,
                                                     const DocumentReader& reader = {});
  std::shared_ptr<const KeyDocument> key_set(const Body& body, std::string_view content_type,
                                             const LibraryTraits& traits,
                                             const DocumentReader& reader = {});

  // What `parse` makes of the octets, for a way of reading with a number of its own; null where it
  // gives null.
  template <class T, class Parse>
  std::shared_ptr<const T> read(const Body& body, unsigned reader, const Parse& parse) {
    Entry& known = entry(body, {}, reader);
    if (!known.own) {
      ++parsed_;
      known.own = std::make_shared<const std::shared_ptr<const T>>(parse(std::string_view(*body)));
    }
    return *static_cast<const std::shared_ptr<const T>*>(known.own.get());
  }

  // How many documents were parsed since it was made, and how much is held.
  [[nodiscard]] std::size_t parsed() const { return parsed_; }
  // How many requests were answered by validators that share it: the cost of a judgement, counted.
  void count_request() { ++requests_; }
  [[nodiscard]] std::size_t requests() const { return requests_; }
  [[nodiscard]] std::size_t bytes() const { return newer_.bytes + older_.bytes; }

 private:
  struct Entry {
    std::shared_ptr<const DiscoveryDocument> discovery;
    std::shared_ptr<const KeyDocument> keys;
    std::shared_ptr<const void> own;  // of read()
  };
  // The ways in which the same octets were read.
  struct Reading {
    Body body;
    std::unordered_map<unsigned, Entry> entries;
  };
  struct Known {
    Body body;  // keeps the identity alive
    std::shared_ptr<Reading> reading;
  };
  // What was asked for since the last time that half of the bounds was reached, or before it.
  struct Generation {
    std::unordered_map<const std::string*, Known> known;
    std::unordered_multimap<std::size_t, std::shared_ptr<Reading>> by_octets;
    std::size_t bytes = 0;
  };
  Entry& entry(const Body& body, std::string_view content_type, unsigned reader);
  Reading& reading(const Body& body);
  [[nodiscard]] std::shared_ptr<Reading> find_equal(const Body& body, std::size_t hash) const;
  Reading& remember(const Body& body, std::size_t hash, std::shared_ptr<Reading> reading);

  Limits limits_;
  Generation newer_, older_;
  std::size_t parsed_ = 0, requests_ = 0;
};

}  // namespace idpwatch::validators
