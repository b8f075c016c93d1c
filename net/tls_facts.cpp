#include "net/tls_facts.hpp"

#include "base/encoding.hpp"
#include "base/owned.hpp"
#include "base/time.hpp"

#include <climits>
#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <array>
#include <ctime>
#include <string_view>

namespace idpwatch::net {

namespace {

constexpr int kMostNames = 256;

base::Instant to_instant(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return base::from_unix_seconds(::timegm(&parts));
}

std::string digest_hex(const X509* certificate) {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  if (X509_digest(certificate, algorithm, digest.data(), &length) != 1) return {};
  return base::hex_encode({reinterpret_cast<const char*>(digest.data()), length});
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  const int length = ASN1_STRING_length(address);
  const int family = length == 4 ? AF_INET : AF_INET6;
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (length != 4 && length != 16) return {};
  ::inet_ntop(family, ASN1_STRING_get0_data(address), text.data(), text.size());
  return text.data();
}

std::string name_text(const GENERAL_NAME* name) {
  if (name->type == GEN_DNS) {
    const ASN1_IA5STRING* text = name->d.dNSName;
    return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
            static_cast<std::size_t>(ASN1_STRING_length(text))};
  }
  return name->type == GEN_IPADD ? address_text(name->d.iPAddress) : std::string();
}

std::vector<std::string> alternative_names(const X509* certificate) {
  std::vector<std::string> out;
  const base::Owned<GENERAL_NAMES, GENERAL_NAMES_free> names(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  if (!names) return out;
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()) && i < kMostNames; ++i) {
    if (std::string text = name_text(sk_GENERAL_NAME_value(names.get(), i)); !text.empty()) {
      out.push_back(std::move(text));
    }
  }
  return out;
}

}  // namespace

std::string one_line(const X509_NAME* name) {
  const base::Owned<BIO, BIO_free> out(BIO_new(BIO_s_mem()));
  if (!out || X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0) {
    return {};
  }
  char* bytes = nullptr;
  const long length = BIO_get_mem_data(out.get(), &bytes);
  return length > 0 ? std::string(bytes, static_cast<std::size_t>(length)) : std::string();
}

Certificate certificate_of(std::string_view der) {
  if (der.size() > LONG_MAX) return nullptr;
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  return Certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
}

void FreeCertificate::operator()(x509_st* certificate) const { X509_free(certificate); }

Certificate share(x509_st* certificate) {
  if (certificate != nullptr) X509_up_ref(certificate);
  return Certificate(certificate);
}

bool same(const x509_st* a, const x509_st* b) { return a == b || X509_cmp(a, b) == 0; }

model::TlsFacts read_tls_facts(x509_st* certificate, std::string protocol, std::string suite) {
  model::TlsFacts facts;
  facts.protocol = std::move(protocol);
  facts.suite = std::move(suite);
  facts.leaf_sha256 = digest_hex(certificate);
  facts.subject = one_line(X509_get_subject_name(certificate));
  facts.issuer = one_line(X509_get_issuer_name(certificate));
  facts.names = alternative_names(certificate);
  facts.not_before = to_instant(X509_get0_notBefore(certificate));
  facts.not_after = to_instant(X509_get0_notAfter(certificate));
  return facts;
}

}  // namespace idpwatch::net
