// Keys and kids as people read them. Pure.
#pragma once

#include "model/jwk.hpp"

#include <optional>
#include <string>

namespace idpwatch::checks {

// "\"2024-a\"", or "without kid".
std::string shown_kid(const std::optional<std::string>& kid);
// "RSA 2048 bits, RS256", "EC P-256".
std::string shown_key(const model::Jwk& key);

}  // namespace idpwatch::checks
