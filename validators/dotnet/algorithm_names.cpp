#include "validators/dotnet/algorithm_names.hpp"

#include <array>

namespace idpwatch::validators {
namespace {

struct AlgorithmUri {
  std::string_view uri, name;
};
// SecurityAlgorithms of Microsoft.IdentityModel.Tokens; a header may name either form.
constexpr std::array<AlgorithmUri, 12> kUris{{
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "RS256"},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", "RS384"},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", "RS512"},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", "ES256"},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "ES384"},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", "ES512"},
    {"http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "PS256"},
    {"http://www.w3.org/2007/05/xmldsig-more#sha384-rsa-MGF1", "PS384"},
    {"http://www.w3.org/2007/05/xmldsig-more#sha512-rsa-MGF1", "PS512"},
    {"http://www.w3.org/2001/04/xmldsig-more#hmac-sha256", "HS256"},
    {"http://www.w3.org/2001/04/xmldsig-more#hmac-sha384", "HS384"},
    {"http://www.w3.org/2001/04/xmldsig-more#hmac-sha512", "HS512"},
}};

}  // namespace

std::string_view jws_algorithm(std::string_view header_alg) {
  for (const AlgorithmUri& known : kUris) {
    if (header_alg == known.uri || header_alg == known.name) {
      return known.name;
    }
  }
  return {};
}

}  // namespace idpwatch::validators
