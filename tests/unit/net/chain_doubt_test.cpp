// What of a chain other rules judge otherwise, by certificates made for the test.
#include "net/chain_doubt.hpp"

#include "base/owned.hpp"
#include "tests/fakes/test_ca.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <initializer_list>
#include <utility>

using namespace idpwatch;

namespace {

using Extension = std::pair<int, const char*>;

fakes::Identity certificate(const char* name, const fakes::Identity* issuer,
                            std::initializer_list<Extension> extensions) {
  fakes::Identity made;
  made.key.reset(EVP_EC_gen("P-256"));
  made.certificate.reset(X509_new());
  X509* out = made.certificate.get();
  static long serial = 0;
  X509_set_version(out, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(out), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(out), -3600);
  X509_gmtime_adj(X509_getm_notAfter(out), 3600);
  X509_set_pubkey(out, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(out), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  const fakes::Identity& by = issuer != nullptr ? *issuer : made;
  X509_set_issuer_name(out, X509_get_subject_name(by.certificate.get()));
  X509V3_CTX context;
  X509V3_set_ctx(&context, by.certificate.get(), out, nullptr, nullptr, 0);
  for (const auto& [kind, text] : extensions) {
    const base::Owned<X509_EXTENSION, X509_EXTENSION_free> one(
        X509V3_EXT_conf_nid(nullptr, &context, kind, text));
    REQUIRE(one);
    X509_add_ext(out, one.get(), -1);
  }
  REQUIRE(X509_sign(out, by.key.get(), EVP_sha256()) > 0);
  return made;
}

struct Chain {
  fakes::Identity root =
      certificate("root of the test", nullptr, {{NID_basic_constraints, "critical,CA:TRUE"}});
  fakes::Identity issuing =
      certificate("issuing CA of the test", &root, {{NID_basic_constraints, "critical,CA:TRUE"}});
  fakes::Identity leaf =
      certificate("idp.example.test", &issuing,
                  {{NID_info_access, "caIssuers;URI:http://127.0.0.1:8089/issuing.der"}});

  // As libcurl verifies; what was doubtful about it.
  std::shared_ptr<const net::ChainDoubt> verify(std::initializer_list<X509*> trusted,
                                                std::initializer_list<X509*> sent) {
    const base::Owned<X509_STORE, X509_STORE_free> store(X509_STORE_new());
    X509_STORE_set_flags(store.get(), X509_V_FLAG_TRUSTED_FIRST | X509_V_FLAG_PARTIAL_CHAIN);
    for (X509* one : trusted) X509_STORE_add_cert(store.get(), one);
    STACK_OF(X509)* others = sk_X509_new_null();
    for (X509* one : sent) sk_X509_push(others, one);
    const base::Owned<X509_STORE_CTX, X509_STORE_CTX_free> context(X509_STORE_CTX_new());
    X509_STORE_CTX_init(context.get(), store.get(), leaf.certificate.get(), others);
    accepted = X509_verify_cert(context.get()) == 1;
    auto doubt = net::read_chain_doubt(context.get(), accepted, nullptr);
    sk_X509_free(others);
    return doubt;
  }

  X509* at(const fakes::Identity& one) { return one.certificate.get(); }
  bool accepted = false;
};

}  // namespace

TEST_CASE("a whole chain to a root leaves no doubt, whatever else the store holds", "[net][way]") {
  Chain chain;
  CHECK_FALSE(chain.verify({chain.at(chain.root)}, {chain.at(chain.issuing)}));
  CHECK(chain.accepted);
  CHECK_FALSE(
      chain.verify({chain.at(chain.root), chain.at(chain.issuing)}, {chain.at(chain.issuing)}));
  CHECK(chain.accepted);
  CHECK_FALSE(chain.verify({chain.at(chain.root), chain.at(chain.issuing)}, {}));
  CHECK(chain.accepted);
}

TEST_CASE("trust that ends below a root names the root that is not in the store", "[net][way]") {
  Chain chain;
  const auto doubt = chain.verify({chain.at(chain.issuing)}, {chain.at(chain.issuing)});
  CHECK(chain.accepted);
  REQUIRE(doubt);
  CHECK(doubt->anchor == "CN=issuing CA of the test");
  CHECK(doubt->root == "CN=root of the test");
  CHECK(doubt->missing.empty());
}

TEST_CASE("an intermediate that is not sent is named, and where it is", "[net][way]") {
  Chain chain;
  const auto doubt = chain.verify({chain.at(chain.root)}, {});
  CHECK_FALSE(chain.accepted);
  REQUIRE(doubt);
  CHECK(doubt->missing == "CN=issuing CA of the test");
  CHECK(doubt->url == "http://127.0.0.1:8089/issuing.der");
}

TEST_CASE("another fault of a certificate is no missing intermediate", "[net][way]") {
  Chain chain;
  X509_gmtime_adj(X509_getm_notAfter(chain.leaf.certificate.get()), -60);
  X509_sign(chain.leaf.certificate.get(), chain.issuing.key.get(), EVP_sha256());
  CHECK_FALSE(chain.verify({chain.at(chain.root)}, {chain.at(chain.issuing)}));
  CHECK_FALSE(chain.accepted);
}
