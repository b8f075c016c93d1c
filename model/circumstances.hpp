// What of a look depends on who looks: the part of an observation that another client, with chain
// rules, headers, patience or a route of its own, may meet otherwise. Plain values.
#pragma once

#include "base/time.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::model {

// Finer than the kind of a failure, where somebody judges by it.
enum class FailureDetail {
  kNone,
  kRedirectLoop,       // the same URL again
  kRedirectDowngrade,  // https -> http
  kAddressRefused,     // link-local, metadata or (learned URL) private address
  kTooLarge,           // body, decompressed body or headers over the limit
  kCertificateExpired,
  kCertificateNotYetValid,
  kCertificateName,
  kCertificateUntrusted,
  // This host lacked what it takes to ask: descriptors, memory, threads, ports, or a file of ours.
  // It says nothing about the authority.
  kOurs,
  kTooManyRedirects,     // more than limits.redirects, and no URL twice: ours, not the authority's
  kLegacyRenegotiation,  // no RFC 5746: OpenSSL 3 refuses that, older ones do not
  kRenegotiation,        // asked for within a connection, which idpwatch never allows
  kTlsLevel,             // below what our OpenSSL takes: small keys, SHA-1, TLS 1.0
  kCoding,               // a content coding that idpwatch did not ask for and does not decode
  kProxy,                // idpwatch's own proxy fails or refuses
  kFiltered,             // 400, 401, 403, 406: who asks, and how, may decide
  kRateLimited,          // 429 to idpwatch's own requests
};

// The certificate that leads from what the server sent to a root.
struct Intermediate {
  enum class Brought {
    kUntried,
    kYes,       // and the chain is whole with it
    kNo,        // its address did not answer here, or with something else
    kForbidden  // our address policy keeps us from it
  };
  std::string subject;  // "CN=issuing CA"
  std::string url;      // caIssuers of the last certificate that was sent; empty: it names none
  Brought brought = Brought::kUntried;
  bool operator==(const Intermediate&) const = default;
};

// The answer to one request that was made as a watched client makes it.
struct AskedAgain {
  std::string as;       // "JwtBearer 8.0", for people
  std::string request;  // ClientRequest::key() of the request
  int status = 0;
  std::string coding;                           // Content-Encoding of the answer
  std::string failure;                          // what went wrong, in words; empty: it is whole
  FailureDetail detail = FailureDetail::kNone;  // of that failure
  bool patience = false;                        // it failed for time alone
  base::Duration took{0};                       // to the end, or until it was given up
  // What came, decoded where the client decodes; null: nothing, or it is not kept any more.
  std::shared_ptr<const std::string> body;

  // Of equal answers one is kept: how long they took, and where their bodies lie, counts no change.
  bool operator==(const AskedAgain& other) const {
    return request == other.request && status == other.status && coding == other.coding &&
           failure == other.failure && detail == other.detail && patience == other.patience &&
           (body == other.body || (body && other.body && *body == *other.body));
  }
};

struct Circumstances {
  FailureDetail detail = FailureDetail::kNone;
  base::Duration waited{0};  // and then idpwatch gave up; zero: it did not
  std::optional<Intermediate> missing;
  std::string anchor, root;  // trust ends at `anchor`, whose issuer `root` is not in the store
  std::string suite;         // negotiated below TLS 1.3, where not every client offers it
  std::string trusted_by;    // the ca_file without which the certificate may not be trusted
  std::string proxy;         // through which idpwatch asks, "proxy:3128"
  std::vector<AskedAgain> again;

  bool operator==(const Circumstances&) const = default;
  // Nothing that anybody might judge otherwise.
  [[nodiscard]] bool plain() const { return *this == Circumstances(); }
};

std::string_view to_text(FailureDetail detail);  // "redirect-loop", ...; "" for kNone
std::optional<FailureDetail> failure_detail(std::string_view text);

// One line of JSON, for the store and the observation record: all but `detail`. Empty: nothing.
std::string write_circumstances(const Circumstances& circumstances);
// Members that are not known are passed over; what is no such JSON yields none.
Circumstances read_circumstances(std::string_view json);

}  // namespace idpwatch::model
