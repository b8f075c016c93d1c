// What Microsoft.IdentityModel calls signature algorithms: the names of JSON Web Signature, or URIs
// of XML Signature. Pure.
#pragma once

#include <string_view>

namespace idpwatch::validators {

// JWS name of an algorithm in a header: itself, or of its XML signature URI
// ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"); empty when it is no signature algorithm
// known here.
std::string_view jws_algorithm(std::string_view header_alg);

}  // namespace idpwatch::validators
