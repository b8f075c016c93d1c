// The members of a discovery document that OpenIdConnectConfiguration has a property for, and so a
// type that they must have. A part of documents.
#pragma once

#include <optional>
#include <string_view>

namespace idpwatch::validators {

enum class MemberType { kText, kList, kFlag, kFlagText };

struct DiscoveryMember {
  std::string_view name;
  MemberType type;
};

// Found in whatever letter case. `newer`: of Microsoft.IdentityModel 8.0.0 and later.
std::optional<DiscoveryMember> discovery_member(std::string_view name, bool newer);

}  // namespace idpwatch::validators
