// One letter to one server by SMTP with libcurl: RFC 5321, STARTTLS by RFC 3207, login by RFC 4954.
// Waits for the end; for a thread of its own (net/mail_client.hpp).
//
// The response: `status` and `body` are code and text of the last reply; one of 4yz or 5yz is an
// answer and no failure. Recipients that were refused while others were accepted stand in `headers`
// as "refused-recipient". Bounded: total_timeout, and body_limit for all replies.
#pragma once

#include "net/http_transport.hpp"

#include <atomic>

struct x509_store_st;  // OpenSSL's X509_STORE

namespace idpwatch::net {

// `stop`: once true, the letter is given up within a second.
HttpResponse send_letter(const HttpRequest& request, x509_store_st* trust,
                         const std::atomic<bool>& stop);

}  // namespace idpwatch::net
