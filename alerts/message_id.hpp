// Ids of messages: UUIDs of version 7 (RFC 9562 section 5.7), so that they sort by time. Made once
// per message; a receiver that sees one twice has seen the message before.
#pragma once

#include "base/random.hpp"
#include "base/time.hpp"

#include <string>

namespace idpwatch::alerts {

[[nodiscard]] std::string make_message_id(base::Instant now, base::Random& random);

}  // namespace idpwatch::alerts
