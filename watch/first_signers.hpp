// Which keys were seen to begin to sign, by real tokens: kept as notes of the audit trail, from
// which the lead of a rotation is known after a restart, too.
#pragma once

#include "base/result.hpp"
#include "checks/timeline/rotations.hpp"
#include "model/batch.hpp"
#include "storage/reader.hpp"

#include <string>

namespace idpwatch::watch {

[[nodiscard]] model::AuditNote first_signer_note(const std::string& authority,
                                                 const std::string& thumbprint, base::Instant at,
                                                 base::Instant now);
// The earliest of each key of that authority.
base::Result<checks::FirstSigned> first_signers(storage::Reader& reader,
                                                const std::string& authority);

}  // namespace idpwatch::watch
