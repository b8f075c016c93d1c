// What a protected API is asked next, by what it has answered so far: the request without a token
// and where it is sent on to, the preflight, the metadata of RFC 9728 and RFC 8414, and the request
// with the token, which never leaves the origin. Pure; ends after some twenty requests, whatever is
// answered.
#pragma once

#include "checks/endpoint/endpoint_report.hpp"

#include <optional>

namespace idpwatch::checks {

// In the Authorization header of a planned request: who sends it puts the token in its place.
inline constexpr std::string_view kTokenPlaceholder = "Bearer TOKEN";

struct PlannedRequest {
  model::SentRequest request;
  std::vector<Hop> Exchange::* part = &Exchange::plain;
  bool learned = false;  // its address comes from an answer
};

// nullopt: all is asked. `with_token`: there is one to send.
std::optional<PlannedRequest> next_request(const EndpointQuestion& question,
                                           const HeaderFields& extra, bool with_token,
                                           const Exchange& so_far);

}  // namespace idpwatch::checks
