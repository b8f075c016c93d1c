#include "validators/core/signing_key.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/owned.hpp"
#include "model/certificate_key.hpp"
#include "model/jwk.hpp"

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <algorithm>

namespace idpwatch::validators {
namespace {

using CertificatePtr = base::Owned<X509, X509_free>;

std::string stripped(std::string_view octets) {
  const std::size_t first = octets.find_first_not_of('\0');
  return first == std::string_view::npos ? std::string() : std::string(octets.substr(first));
}

std::string field_element(std::string_view octets, std::size_t size) {
  const std::string number = stripped(octets);
  return number.size() >= size ? number : std::string(size - number.size(), '\0') + number;
}

unsigned bit_length(const std::string& number) {
  if (number.empty()) {
    return 0;
  }
  unsigned top = static_cast<unsigned char>(number.front());
  unsigned bits = static_cast<unsigned>(number.size() - 1) * 8;
  for (; top != 0; top >>= 1) {
    ++bits;
  }
  return bits;
}

std::optional<base::Instant> instant(const ASN1_TIME* time) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(time, &fields) != 1) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date(
      std::chrono::year(fields.tm_year + 1900),
      std::chrono::month(static_cast<unsigned>(fields.tm_mon) + 1),
      std::chrono::day(static_cast<unsigned>(fields.tm_mday)));
  return base::Instant(std::chrono::sys_days(date)) + base::hours(fields.tm_hour) +
         base::minutes(fields.tm_min) + base::seconds(fields.tm_sec);
}

}  // namespace

std::optional<Certificate> read_certificate(std::string_view der) {
  const auto* data = reinterpret_cast<const unsigned char*>(der.data());
  const CertificatePtr certificate(d2i_X509(nullptr, &data, static_cast<long>(der.size())));
  if (!certificate) {
    return std::nullopt;
  }
  const auto from = instant(X509_get0_notBefore(certificate.get()));
  const auto to = instant(X509_get0_notAfter(certificate.get()));
  const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (!from || !to) {
    return std::nullopt;
  }
  Certificate read;
  read.not_before = *from;
  read.not_after = *to;
  read.x5t = base::base64url_encode(base::sha1(der));
  if (auto numbers = model::rsa_numbers(key)) {
    read.is_rsa = true;
    read.n = std::move(numbers->n);
    read.e = std::move(numbers->e);
  }
  return read;
}

void identify(SigningKey& key) {
  model::Jwk jwk;
  switch (key.kind) {
    case SigningKey::Kind::kRsa:
    case SigningKey::Kind::kCertificate:
      jwk.type = model::KeyType::kRsa;
      jwk.n = stripped(key.n);
      jwk.e = stripped(key.e);
      key.bits = bit_length(jwk.n);
      break;
    case SigningKey::Kind::kEc: {
      jwk.type = model::KeyType::kEc;
      jwk.crv = key.crv;
      key.bits = key.crv == "P-384" ? 384 : key.crv == "P-521" ? 521 : 256;
      jwk.x = field_element(key.x, (key.bits + 7) / 8);
      jwk.y = field_element(key.y, (key.bits + 7) / 8);
      break;
    }
    case SigningKey::Kind::kOkp:
      jwk.type = model::KeyType::kOkp;
      jwk.crv = key.crv;
      jwk.x = key.x;
      break;
    case SigningKey::Kind::kSymmetric:
      key.bits = static_cast<unsigned>(key.secret.size()) * 8;
      return;
    case SigningKey::Kind::kAkp:
      return;
  }
  key.thumbprint = model::thumbprint(jwk);
}

}  // namespace idpwatch::validators
