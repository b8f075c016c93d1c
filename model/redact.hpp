// Which members of a key are secret (RFC 7518 sections 6.2.2, 6.3.2, 6.4.1), and what stands in
// their place. For .cpp files of model only; callers use redact_secrets() of jwk.hpp.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

bool is_secret_member(std::string_view name);  // k, d, p, q, dp, dq, qi, oth
bool is_redacted(std::string_view text);       // "redacted-" and 12 hex digits
bool holds_plain_secret(const nlohmann::json& element);

// Replaces the secrets of one element, at any depth. Appends "<prefix>k" and the like to `found`.
void redact_element(nlohmann::json& element, const std::string& prefix,
                    std::vector<std::string>& found);

}  // namespace idpwatch::model
