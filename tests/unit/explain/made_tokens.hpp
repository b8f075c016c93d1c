// Keys that a test makes and throws away, and tokens signed with them.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace idpwatch::explain::test {

// RSA 2048, made once per process and name.
nlohmann::json public_jwk(const std::string& key, const std::string& kid);
std::string signed_token(const nlohmann::json& header, const nlohmann::json& claims,
                         const std::string& key);
// The parts as they are, in base64url.
std::string put_together(const std::string& header, const std::string& claims,
                         const std::string& signature);
// "now-600", "1000*(now+3000)" anywhere in it become numbers.
nlohmann::json with_times(const nlohmann::json& value, std::int64_t now);

}  // namespace idpwatch::explain::test
