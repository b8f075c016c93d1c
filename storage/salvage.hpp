// What can still be read of a damaged database that was moved aside: open alerts with whom they
// were told to, and messages not yet delivered, so that people are not told twice. Everything else
// comes again with the next observations. Internal to storage/.
#pragma once

#include "base/time.hpp"
#include "model/batch.hpp"

#include <filesystem>

namespace idpwatch::storage {

// Never fails: what cannot be read is left out. Ends with a note of how much was taken over.
model::Batch salvage(const std::filesystem::path& damaged, base::Instant now);

}  // namespace idpwatch::storage
