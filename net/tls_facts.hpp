// A server's certificate as facts. Only this file and the transfer know OpenSSL.
#pragma once

#include "model/observation.hpp"

#include <memory>
#include <string>

struct x509_st;  // OpenSSL's X509

namespace idpwatch::net {

struct FreeCertificate {
  void operator()(x509_st* certificate) const;
};
using Certificate = std::unique_ptr<x509_st, FreeCertificate>;

// Another owner of the same certificate.
Certificate share(x509_st* certificate);
bool same(const x509_st* a, const x509_st* b);

// Names are cut to a number that no honest certificate has (256).
model::TlsFacts read_tls_facts(x509_st* certificate, std::string protocol);

}  // namespace idpwatch::net
