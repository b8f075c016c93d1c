#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "model/jwk.hpp"

#include <nlohmann/json.hpp>

namespace idpwatch::model {

// RFC 7638 section 3: the required members in lexicographic order, no white space. The values are
// base64url and registered names, which need no escaping; the text of `k` may hold anything.
std::string thumbprint(const Jwk& key) {
  std::string text;
  switch (key.type) {
    case KeyType::kRsa:
      text = R"({"e":")" + base::base64url_encode(key.e) + R"(","kty":"RSA","n":")" +
             base::base64url_encode(key.n) + R"("})";
      break;
    case KeyType::kEc:
      text = R"({"crv":")" + key.crv + R"(","kty":"EC","x":")" + base::base64url_encode(key.x) +
             R"(","y":")" + base::base64url_encode(key.y) + R"("})";
      break;
    case KeyType::kOkp:  // RFC 8037 section 2
      text = R"({"crv":")" + key.crv + R"(","kty":"OKP","x":")" + base::base64url_encode(key.x) +
             R"("})";
      break;
    case KeyType::kOct:
      text = R"({"k":)" +
             nlohmann::json(key.k_redacted)
                 .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
             R"(,"kty":"oct"})";
      break;
    case KeyType::kUnknown:
      return {};
  }
  return base::base64url_encode(base::sha256(text));
}

}  // namespace idpwatch::model
