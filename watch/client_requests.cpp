#include "watch/client_requests.hpp"

#include "validators/core/transport_request.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace idpwatch::watch {

std::vector<model::ClientRequest> client_requests(
    const std::vector<const WatchedValidator*>& validators) {
  std::vector<model::ClientRequest> requests;
  for (const WatchedValidator* watched : validators) {
    const validators::Validator& validator = *watched->validator;
    if (!validator.fetches()) continue;
    auto request = watched->route
                       ? watched->route->request
                       : validators::client_request(validator.transport(), validator.cache().fetch);
    if (!request) continue;
    const std::string key = request->key();
    const bool known = std::ranges::any_of(
        requests, [&](const model::ClientRequest& one) { return one.key() == key; });
    if (!known) requests.push_back(std::move(*request));
  }
  return requests;
}

}  // namespace idpwatch::watch
