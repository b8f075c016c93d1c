// What findings have in common that come of one thing gone wrong: an authority that is down, and
// the services that refuse because of it, are one message and not ten.
#pragma once

#include <string_view>

namespace idpwatch::alerts {

// The cause that reaches everything at one host alike.
inline constexpr std::string_view kReachability = "reachability";

// "reachability", "keys", "issuer"; of any other rule the rule itself.
[[nodiscard]] std::string_view cause_of(std::string_view rule);

}  // namespace idpwatch::alerts
