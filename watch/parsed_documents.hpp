// The parsed forms of documents that are kept as bytes. Parsed, a key set takes three times the
// room, and of thousands of authorities few are judged at a time: most looks repeat the one before.
// So only the last few are held, by the digest of their bytes; tenants of one provider share them.
//
// Each thread has its own.
#pragma once

#include "model/discovery.hpp"
#include "model/jwk.hpp"

#include <cstddef>
#include <memory>
#include <string>

namespace idpwatch::watch {

// `bytes` were good when they were kept; null should they not be.
std::shared_ptr<const model::Discovery> parsed_discovery(const std::string& sha256,
                                                         const std::string& bytes);
std::shared_ptr<const model::KeySet> parsed_key_set(const std::string& sha256,
                                                    const std::string& bytes);
// Just parsed from the bytes with that digest.
void hold(const std::string& sha256, std::shared_ptr<const model::Discovery> parsed,
          std::size_t bytes);
void hold(const std::string& sha256, std::shared_ptr<const model::KeySet> parsed,
          std::size_t bytes);

}  // namespace idpwatch::watch
