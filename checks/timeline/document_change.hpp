// Changes of a discovery document, from the compact text of its members that the timeline keeps.
//
// For .cpp files of checks/timeline only.
#pragma once

#include "base/time.hpp"
#include "model/discovery.hpp"
#include "model/event.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

// JSON object: member -> its canonical text, as a string; longer ones as "sha256:<hex>".
std::string comparison_members(const model::Discovery& document);

// discovery.changed, issuer.changed, jwks_uri.changed between two such texts, in this order. None
// when only members changed that change at every look.
std::vector<model::Event> document_events(const std::string& authority, base::Instant at,
                                          std::string_view before, std::string_view after);

}  // namespace idpwatch::checks
