// SHA-256, SHA-1 (only for x5t), HMAC-SHA-256, over OpenSSL. Results are raw bytes.
#pragma once

#include <string>
#include <string_view>

namespace idpwatch::base {

std::string sha256(std::string_view bytes);
std::string sha256_hex(std::string_view bytes);
std::string sha1(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);

}  // namespace idpwatch::base
