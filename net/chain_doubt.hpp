// What of a server's certificates is judged otherwise by other chain rules: an intermediate that it
// does not send, or trust that ends below a root. Read while OpenSSL verifies, and kept only where
// there is something to doubt; other rules are asked offline, with what was sent.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct x509_st;            // OpenSSL's X509
struct x509_store_ctx_st;  // OpenSSL's X509_STORE_CTX

namespace idpwatch::net {

struct ChainDoubt {
  // The issuer of the last certificate was not found: its name, and where that certificate says
  // that it is (caIssuers, the first by plain http; empty: nowhere).
  std::string missing, url;
  // Trust ends at `anchor`, which `root` issued.
  std::string anchor, root;
  bool completed = false;  // by the intermediate that was handed along
};

// Null: nothing to doubt. `completed_by`: the intermediate that was handed along; may be null.
std::shared_ptr<const ChainDoubt> read_chain_doubt(x509_store_ctx_st* context, bool accepted,
                                                   x509_st* completed_by);

// A certificate, DER or PEM, as caIssuers bring it; empty: none. As DER.
std::string read_certificate(std::string_view bytes);

}  // namespace idpwatch::net
