#include "deployed/dotnet/symmetric_key.hpp"

#include "base/encoding.hpp"

#include <optional>

namespace idpwatch::deployed {

std::string symmetric_jwk(std::string_view secret) {
  return R"({"k":")" + base::base64url_encode(secret) + R"(","kty":"oct"})";
}

std::string symmetric_jwk_of_base64(std::string_view text) {
  const std::optional<std::string> bytes = base::base64_decode_lenient(text);
  return symmetric_jwk(bytes ? *bytes : text);
}

}  // namespace idpwatch::deployed
