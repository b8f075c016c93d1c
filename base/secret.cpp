#include "base/secret.hpp"

#include <openssl/crypto.h>

namespace idpwatch::base {

void cleanse(std::string& text) {
  // All that is allocated: a longer text may have stood here before.
  text.resize(text.capacity());
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

}  // namespace idpwatch::base
