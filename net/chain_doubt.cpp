#include "net/chain_doubt.hpp"

#include "base/owned.hpp"
#include "net/tls_facts.hpp"

#include <climits>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

namespace idpwatch::net {

namespace {

constexpr std::size_t kNameMax = 256;
constexpr std::size_t kUrlMax = 1024;

std::string name_of(const X509_NAME* name) { return one_line(name).substr(0, kNameMax); }

std::string der_of(X509* certificate) {
  unsigned char* bytes = nullptr;
  const int length = i2d_X509(certificate, &bytes);
  if (length <= 0) return {};
  std::string out(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length));
  OPENSSL_free(bytes);
  return out;
}

// RFC 5280 section 4.2.2.1.
std::string issuer_address(const X509* certificate) {
  const base::Owned<AUTHORITY_INFO_ACCESS, AUTHORITY_INFO_ACCESS_free> access(
      static_cast<AUTHORITY_INFO_ACCESS*>(
          X509_get_ext_d2i(certificate, NID_info_access, nullptr, nullptr)));
  if (!access) return {};
  for (int i = 0; i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const ACCESS_DESCRIPTION* one = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(one->method) != NID_ad_ca_issuers || one->location->type != GEN_URI) continue;
    const ASN1_IA5STRING* text = one->location->d.uniformResourceIdentifier;
    const std::string url(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                          static_cast<std::size_t>(ASN1_STRING_length(text)));
    if (url.starts_with("http://") && url.size() <= kUrlMax) return url;
  }
  return {};
}

bool is_self_issued(X509* certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) == 0;
}

bool holds(const STACK_OF(X509) * chain, X509* certificate) {
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    if (X509_cmp(sk_X509_value(chain, i), certificate) == 0) return true;
  }
  return false;
}

bool issuer_missing(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT ||
         error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

std::shared_ptr<const ChainDoubt> of_refused(X509_STORE_CTX* context) {
  if (!issuer_missing(X509_STORE_CTX_get_error(context))) return nullptr;
  X509* last = X509_STORE_CTX_get_current_cert(context);
  if (last == nullptr) return nullptr;
  auto doubt = std::make_shared<ChainDoubt>();
  doubt->missing = name_of(X509_get_issuer_name(last));
  doubt->url = issuer_address(last);
  return doubt;
}

// Whether it leads to a root of the store, too: built with X509_V_FLAG_PARTIAL_CHAIN, a chain ends
// at the first certificate of the store, root or not. Offline, by what was sent.
bool reaches_root(X509_STORE_CTX* context) {
  const base::Owned<X509_STORE_CTX, X509_STORE_CTX_free> again(X509_STORE_CTX_new());
  if (!again || X509_STORE_CTX_init(again.get(), X509_STORE_CTX_get0_store(context),
                                    X509_STORE_CTX_get0_cert(context),
                                    X509_STORE_CTX_get0_untrusted(context)) != 1) {
    return false;
  }
  X509_VERIFY_PARAM_clear_flags(X509_STORE_CTX_get0_param(again.get()), X509_V_FLAG_PARTIAL_CHAIN);
  const bool reaches = X509_verify_cert(again.get()) == 1;
  ERR_clear_error();
  return reaches;
}

}  // namespace

std::shared_ptr<const ChainDoubt> read_chain_doubt(x509_store_ctx_st* context, bool accepted,
                                                   x509_st* completed_by) {
  if (!accepted) return of_refused(context);
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(context);
  const int length = sk_X509_num(chain);
  if (length == 0) return nullptr;
  X509* anchor = sk_X509_value(chain, length - 1);
  const bool completed = completed_by != nullptr && holds(chain, completed_by);
  // A certificate that is trusted for itself needs no root anywhere.
  const bool partial = length > 1 && !is_self_issued(anchor) && !reaches_root(context);
  if (!completed && !partial) return nullptr;
  auto doubt = std::make_shared<ChainDoubt>();
  doubt->completed = completed;
  if (partial) {
    doubt->anchor = name_of(X509_get_subject_name(anchor));
    doubt->root = name_of(X509_get_issuer_name(anchor));
  }
  return doubt;
}

std::string read_certificate(std::string_view bytes) {
  if (const Certificate read = certificate_of(bytes)) return der_of(read.get());
  if (bytes.size() > INT_MAX) return {};
  const base::Owned<BIO, BIO_free> text(
      BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
  if (!text) return {};
  const Certificate read(PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr));
  return read ? der_of(read.get()) : std::string();
}

}  // namespace idpwatch::net
