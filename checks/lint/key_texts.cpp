#include "checks/lint/key_texts.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"

namespace idpwatch::checks {

std::string shown_kid(const std::optional<std::string>& kid) {
  return kid ? in_quotes(*kid) : "without kid";
}

std::string shown_key(const model::Jwk& key) {
  std::string out = base::printable(key.kty, 32);
  if (!key.crv.empty()) {
    out += " " + base::printable(key.crv, 32);
  } else if (key.bits > 0) {
    out += " " + std::to_string(key.bits) + " bits";
  }
  if (key.alg) out += ", " + base::printable(*key.alg, 32);
  return out;
}

}  // namespace idpwatch::checks
