#include "tests/fakes/test_ca.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <stdexcept>
#include <unistd.h>

namespace idpwatch::fakes {

namespace {

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("test CA: ") + what);
}

void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  must(extension != nullptr, "extension");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// Unsigned, with a new key.
Identity begin(const std::string& common_name, std::chrono::seconds from,
               std::chrono::seconds until) {
  static long serial = 1;
  Identity made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  must(made.key && made.certificate, "key");
  X509* certificate = made.certificate.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate), until.count());
  X509_set_pubkey(certificate, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  return made;
}

std::string alternative_names(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out += ",";
    const bool address = name.find_first_not_of("0123456789.:") == std::string::npos;
    out += (address ? "IP:" : "DNS:") + name;
  }
  return out;
}

}  // namespace

void FreeTls::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }
void FreeTls::operator()(x509_st* certificate) const { X509_free(certificate); }

TestCa::TestCa()
    : root_(begin("idpwatch test CA", -std::chrono::hours(24), std::chrono::hours(48))) {
  X509* certificate = root_.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(certificate));
  add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign");
  add_extension(certificate, certificate, NID_subject_key_identifier, "hash");
  must(X509_sign(certificate, root_.key.get(), EVP_sha256()) > 0, "root");
  std::string name = "/tmp/idpwatch-test-ca-XXXXXX";
  const int fd = ::mkstemp(name.data());
  must(fd >= 0, "file");
  std::FILE* out = ::fdopen(fd, "w");
  must(out != nullptr && PEM_write_X509(out, certificate) == 1, "PEM");
  std::fclose(out);
  file_ = name;
}

TestCa::~TestCa() { ::unlink(file_.c_str()); }

Identity TestCa::issue(const std::vector<std::string>& names, std::chrono::seconds from,
                       std::chrono::seconds until) const {
  Identity made = begin(names.front(), from, until);
  X509* certificate = made.certificate.get();
  X509* issuer = root_.certificate.get();
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(names));
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
  must(X509_sign(certificate, root_.key.get(), EVP_sha256()) > 0, "leaf");
  return made;
}

}  // namespace idpwatch::fakes
