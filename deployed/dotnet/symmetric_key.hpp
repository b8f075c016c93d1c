// A shared secret of a deployed file as a JWK. Pure; the secret goes into the simulation alone and
// is never printed or stored.
#pragma once

#include <string>
#include <string_view>

namespace idpwatch::deployed {

// {"k":"...","kty":"oct"} of these bytes.
[[nodiscard]] std::string symmetric_jwk(std::string_view secret);
// Of base64 text (Convert.FromBase64String), as dotnet user-jwts writes it; what is no base64 is
// taken as bytes.
[[nodiscard]] std::string symmetric_jwk_of_base64(std::string_view text);

}  // namespace idpwatch::deployed
