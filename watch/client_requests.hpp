// How the clients of watched services ask a provider, each way once: for the second look. Pure.
#pragma once

#include "model/client_request.hpp"
#include "watch/watched_validator.hpp"

#include <vector>

namespace idpwatch::watch {

// Of those that fetch, and whose request is wholly known.
std::vector<model::ClientRequest> client_requests(
    const std::vector<const WatchedValidator*>& validators);

}  // namespace idpwatch::watch
