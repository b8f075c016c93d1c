// A server's certificate as facts. Only this file and the transfer know OpenSSL.
#pragma once

#include "model/observation.hpp"

#include <memory>
#include <string>
#include <string_view>

struct x509_st;       // OpenSSL's X509
struct X509_name_st;  // OpenSSL's X509_NAME

namespace idpwatch::net {

struct FreeCertificate {
  void operator()(x509_st* certificate) const;
};
using Certificate = std::unique_ptr<x509_st, FreeCertificate>;

// Another owner of the same certificate.
Certificate share(x509_st* certificate);
bool same(const x509_st* a, const x509_st* b);

// Names are cut to a number that no honest certificate has (256).
model::TlsFacts read_tls_facts(x509_st* certificate, std::string protocol, std::string suite);

// A name as people write it, RFC 2253 order and escaping, UTF-8 left as it is.
std::string one_line(const X509_name_st* name);
Certificate certificate_of(std::string_view der);  // null: it is none

}  // namespace idpwatch::net
