#include "net/curl_failure.hpp"

#include "base/text.hpp"
#include "model/client_request.hpp"
#include "net/shortage.hpp"

#include <curl/curl.h>
#include <openssl/x509_vfy.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

namespace idpwatch::net {

namespace {

using model::Failure;
using model::FailureDetail;
using model::FailureKind;

Failure aborted(const Outcome& outcome) {
  switch (outcome.abort) {
    case Abort::kBodyTooLarge:
      return {FailureKind::kBody, FailureDetail::kTooLarge, "the body is over the size limit"};
    case Abort::kHeaderTooLarge:
      return {FailureKind::kHttp, FailureDetail::kTooLarge, "the headers are over the size limit"};
    case Abort::kCoding:
      return {FailureKind::kBody, FailureDetail::kCoding,
              "the answer has a content coding that was not asked for"};
    case Abort::kAddress:
    case Abort::kNone:
      break;
  }
  return {FailureKind::kConnect, FailureDetail::kAddressRefused,
          "refused to speak to a " +
              std::string(describe(outcome.refused_address.value_or(AddressClass::kUnusable)))};
}

std::string_view stalled_phase(const Outcome& outcome) {
  if (outcome.status != 0) return "while the body came";
  if (outcome.reused_connection) return "waiting for the answer on a kept connection";
  if (outcome.phases.dns_us == 0 && outcome.phases.connect_us == 0) return "before a connection";
  // libcurl 7.88 stamps the end of the TCP handshake only with that of the TLS one.
  if (outcome.handshake_begun && outcome.phases.tls_us == 0) return "in the TLS handshake";
  if (outcome.phases.connect_us == 0) return "while connecting";
  return "waiting for the answer";
}

// What is left of a timeout when a redirect or a repeat begins is no round number.
std::string for_people(base::Duration timeout) {
  const base::Duration step =
      timeout < base::seconds(1) ? base::milliseconds(1) : base::milliseconds(100);
  return base::describe_duration((timeout + step / 2) / step * step);
}

Failure timed_out(const Outcome& outcome) {
  return {FailureKind::kTimeout, FailureDetail::kNone,
          "no complete answer within " + for_people(outcome.timeout) + ", " +
              std::string(stalled_phase(outcome))};
}

std::string the_proxy(const Outcome& outcome) {
  return outcome.proxy.empty() ? "the proxy" : "the proxy " + model::place_of_proxy(outcome.proxy);
}

FailureDetail certificate_detail(int verify_error) {
  switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return FailureDetail::kCertificateExpired;
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return FailureDetail::kCertificateNotYetValid;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return FailureDetail::kCertificateName;
    default:
      return FailureDetail::kCertificateUntrusted;
  }
}

// By what OpenSSL says of a handshake (its err/openssl.txt) that it breaks off itself. What the
// other side breaks off comes as an alert.
FailureDetail handshake_detail(std::string_view text) {
  struct Row {
    std::string_view part;
    FailureDetail detail;
  };
  constexpr std::array kRows{
      Row{"unsafe legacy renegotiation", FailureDetail::kLegacyRenegotiation},
      Row{"no renegotiation", FailureDetail::kRenegotiation},
      Row{"dh key too small", FailureDetail::kTlsLevel},
      Row{"ee key too small", FailureDetail::kTlsLevel},
      Row{"ca key too small", FailureDetail::kTlsLevel},
      Row{"ca md too weak", FailureDetail::kTlsLevel},
      Row{"unsupported protocol", FailureDetail::kTlsLevel},
      Row{"wrong signature type", FailureDetail::kTlsLevel},
      Row{"legacy sigalg disallowed", FailureDetail::kTlsLevel},
  };
  for (const Row& row : kRows) {
    if (text.find(row.part) != std::string_view::npos) return row.detail;
  }
  return FailureDetail::kNone;
}

Failure tls(const Outcome& outcome, std::string text) {
  const FailureDetail detail = handshake_detail(text);
  Failure failure{FailureKind::kTls, detail, std::move(text)};
  if (outcome.verify_error != 0) {
    failure.detail = certificate_detail(outcome.verify_error);
    failure.message = X509_verify_cert_error_string(outcome.verify_error);
  } else if (outcome.code == CURLE_PEER_FAILED_VERIFICATION && outcome.chain_seen) {
    failure.detail = FailureDetail::kCertificateName;  // the chain was fine, the name is not
  }
  return failure;
}

std::string library_text(const Outcome& outcome) {
  if (!outcome.text.empty()) return outcome.text;
  return curl_easy_strerror(static_cast<CURLcode>(outcome.code));
}

Failure ours(FailureKind kind, std::string message) {
  return {kind, FailureDetail::kOurs, std::move(message)};
}

Failure cannot_connect(const Outcome& outcome) {
  if (outcome.refused_address) return aborted(outcome);
  if (outcome.lacked != 0) return ours(FailureKind::kConnect, describe_shortage(outcome.lacked));
  if (is_shortage(outcome.os_errno)) {
    return ours(FailureKind::kConnect, describe_shortage(outcome.os_errno));
  }
  std::string message =
      outcome.proxy.empty() ? "cannot connect" : "cannot connect to " + the_proxy(outcome);
  if (outcome.os_errno != 0) message += std::string(": ") + std::strerror(outcome.os_errno);
  return {FailureKind::kConnect,
          outcome.proxy.empty() ? FailureDetail::kNone : FailureDetail::kProxy, message};
}

Failure cannot_resolve(const Outcome& outcome, std::string message, FailureDetail detail) {
  // curl 7.88, lib/asyn-thread.c: said of its pair of sockets as well as of the thread.
  if (outcome.text.find("thread failed to start") != std::string::npos) {
    return ours(FailureKind::kDns, "this host could not start a thread to resolve the name");
  }
  if (outcome.shortage) return ours(FailureKind::kDns, describe_shortage(EMFILE));
  return {FailureKind::kDns, detail, std::move(message)};
}

bool is_tls(CURLcode code) {
  switch (static_cast<int>(code)) {
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ENGINE_NOTFOUND:
    case CURLE_SSL_ENGINE_SETFAILED:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_SSL_SHUTDOWN_FAILED:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_CLIENTCERT:
    case CURLE_USE_SSL_FAILED:
      return true;
    default:
      return false;
  }
}

// After a status line the answer had begun: what breaks then is the body.
FailureKind broken_kind(const Outcome& outcome) {
  return outcome.status != 0 ? FailureKind::kBody : FailureKind::kHttp;
}

std::optional<Failure> failure_of(const Outcome& outcome) {
  const auto code = static_cast<CURLcode>(outcome.code);
  if (outcome.abort != Abort::kNone) return aborted(outcome);
  if (code == CURLE_OK) return std::nullopt;
  if (code == CURLE_OPERATION_TIMEDOUT) return timed_out(outcome);
  if (code == CURLE_FAILED_INIT) {
    return ours(FailureKind::kConnect, "the request could not be set up: " + library_text(outcome));
  }
  // Files of ours: the client certificate and its key, the trusted certificates.
  if (code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CACERT_BADFILE) {
    return ours(FailureKind::kTls, library_text(outcome));
  }
  if (is_tls(code)) return tls(outcome, library_text(outcome));
  if (outcome.tunnel_status >= 300) {
    return Failure{FailureKind::kConnect, FailureDetail::kProxy,
                   the_proxy(outcome) + " refuses the tunnel: HTTP status " +
                       std::to_string(outcome.tunnel_status)};
  }
  switch (static_cast<int>(code)) {
    case CURLE_OUT_OF_MEMORY:  // also what 7.88 says of a line over its own bound of 100 KiB
      if (outcome.phases.first_byte_us == 0) {
        return ours(FailureKind::kConnect, describe_shortage(ENOMEM));
      }
      return Failure{FailureKind::kHttp, FailureDetail::kTooLarge,
                     "the headers are over the size limit"};
    case CURLE_COULDNT_RESOLVE_HOST:
      return cannot_resolve(outcome, "the name cannot be resolved", FailureDetail::kNone);
    case CURLE_COULDNT_RESOLVE_PROXY:
      return cannot_resolve(outcome, "the name of " + the_proxy(outcome) + " cannot be resolved",
                            FailureDetail::kProxy);
    case CURLE_COULDNT_CONNECT:
      return cannot_connect(outcome);
    case CURLE_PROXY:
      return Failure{FailureKind::kConnect, FailureDetail::kProxy, library_text(outcome)};
    case CURLE_FILESIZE_EXCEEDED:
      return Failure{FailureKind::kBody, FailureDetail::kTooLarge,
                     "the body is over the size limit"};
    case CURLE_PARTIAL_FILE:
      return Failure{FailureKind::kBody, FailureDetail::kNone,
                     "the connection was closed before the body was whole"};
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
      return Failure{FailureKind::kBody, FailureDetail::kNone, library_text(outcome)};
    case CURLE_GOT_NOTHING:
      return Failure{FailureKind::kHttp, FailureDetail::kNone,
                     "the connection was closed without an answer"};
    default:
      return Failure{broken_kind(outcome), FailureDetail::kNone, library_text(outcome)};
  }
}

}  // namespace

std::optional<Failure> to_failure(const Outcome& outcome) {
  auto failure = failure_of(outcome);
  // Whoever goes along gets an answer, perhaps.
  if (failure && outcome.renegotiation && failure->detail == FailureDetail::kNone) {
    return Failure{FailureKind::kTls, FailureDetail::kRenegotiation,
                   "the server asks for renegotiation, which idpwatch never allows"};
  }
  return failure;
}

}  // namespace idpwatch::net
