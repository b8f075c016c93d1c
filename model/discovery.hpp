// An OpenID Connect discovery document (Discovery 1.0 section 3, RFC 8414), as far as it is judged.
#pragma once

#include "base/result.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace idpwatch::model {

struct Discovery {
  std::optional<std::string> issuer;    // nullopt: absent or no string
  std::optional<std::string> jwks_uri;  // likewise
  // Every member as canonical JSON with the elements of arrays sorted and unique: arrays of a
  // document are sets (docs/timeline.md), so a mere reordering compares equal.
  std::map<std::string, std::string> members;
};

// kInput: not an object.
base::Result<Discovery> parse_discovery(const nlohmann::json& document);

// Names of members that differ, sorted; members that change at every look (request ids and the
// like) are left out.
std::vector<std::string> changed_members(const Discovery& before, const Discovery& after);

}  // namespace idpwatch::model
