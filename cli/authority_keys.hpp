// Where `explain` has an authority's keys from: fetched now, a file, or what the store remembers.
#pragma once

#include "base/clock.hpp"
#include "cli/probe_once.hpp"
#include "config/config.hpp"
#include "explain/explanation.hpp"
#include "explain/known_authority.hpp"
#include "storage/reader.hpp"

#include <optional>
#include <string>

namespace idpwatch::cli {

// Of a look that was made now.
explain::KnownAuthority known_by_probe(const ProbeResult& looked, const base::Clock& clock);

// A key set in a file, as if `spec` served it; nothing is fetched.
base::Result<explain::KnownAuthority> known_by_file(const model::AuthoritySpec& spec,
                                                    const std::string& path);

// As the store remembers it of that instant. kNotFound: it was not watched then.
base::Result<explain::KnownAuthority> known_by_history(storage::Reader& reader,
                                                       const model::AuthoritySpec& spec,
                                                       base::Instant at);

// What the store remembers of a kid that is not in the set now; nullopt: nothing.
std::optional<explain::KeyElsewhere> former_key(storage::Reader& reader,
                                                const model::AuthoritySpec& spec,
                                                const checks::TokenForm& form, base::Instant now);

}  // namespace idpwatch::cli
