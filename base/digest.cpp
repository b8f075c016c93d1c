#include "base/digest.hpp"

#include "base/assert.hpp"
#include "base/encoding.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

namespace idpwatch::base {

namespace {

using Buffer = std::array<unsigned char, EVP_MAX_MD_SIZE>;

std::string to_bytes(const Buffer& buffer, unsigned length) {
  return {reinterpret_cast<const char*>(buffer.data()), length};
}

// Fetched once: EVP_sha256() looks the implementation up at each use in OpenSSL 3.
std::string digest(const EVP_MD* algorithm, std::string_view bytes) {
  Buffer buffer{};
  unsigned length = 0;
  const int ok = EVP_Digest(bytes.data(), bytes.size(), buffer.data(), &length, algorithm, nullptr);
  IDPWATCH_ASSERT(ok == 1);
  return to_bytes(buffer, length);
}

}  // namespace

std::string sha256(std::string_view bytes) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return digest(algorithm, bytes);
}

std::string sha256_hex(std::string_view bytes) { return hex_encode(sha256(bytes)); }

std::string sha1(std::string_view bytes) { return digest(EVP_sha1(), bytes); }

std::string hmac_sha256(std::string_view key, std::string_view bytes) {
  Buffer buffer{};
  unsigned length = 0;
  const auto* result = HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
                            reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                            buffer.data(), &length);
  IDPWATCH_ASSERT(result != nullptr);
  return to_bytes(buffer, length);
}

}  // namespace idpwatch::base
