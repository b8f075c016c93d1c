// The ids of the lint rules ("lint-JWK-07"), by the sheet of rules on discovery documents and key
// sets: which exist, whether or not this version judges by them. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

// With their prefix, in the sheet's order.
const std::vector<std::string>& lint_rule_ids();
[[nodiscard]] bool is_lint_rule(std::string_view id);

}  // namespace idpwatch::model
