// Node's https agent and fetch, as jose uses them: how they go to the provider. Sources:
// nodejs/node issues 33705 (no AIA), 52582 (no partial chain), 46790 (addresses side by side),
// 47379 (OpenSSL 3); Node's cli.md and its enterprise network guide; jose's RemoteJWKSetOptions.
#pragma once

#include "validators/core/transport_policy.hpp"

#include <string>

namespace idpwatch::validators {

// Of a library whose header lines and redirects are not known.
TransportPolicy node_transport(std::string client);
TransportPolicy jose_transport(const std::string& version);

}  // namespace idpwatch::validators
