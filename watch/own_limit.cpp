#include "watch/own_limit.hpp"

#include "base/text.hpp"
#include "base/url.hpp"

#include <optional>

namespace idpwatch::watch {

std::string own_limit(const model::Fetch& fetch) {
  if (!fetch.failure) return {};
  const std::string asked = base::printable(
      base::redact_url(fetch.redirects.empty() ? fetch.url : fetch.redirects.back()));
  switch (fetch.failure->detail) {
    case model::FailureDetail::kAddressRefused:
      return asked +
             " was not asked: idpwatch does not connect to private addresses that a "
             "document names, unless limits.private_addresses is true (never to link-local "
             "and metadata ones)";
    case model::FailureDetail::kTooLarge:
      return "what " + asked +
             " serves is larger than what is read of it; limits.body of the "
             "configuration raises that (limits.headers: its headers)";
    case model::FailureDetail::kTooManyRedirects:
      return asked + " was not asked: limits.redirects is reached";
    case model::FailureDetail::kOurs:
      return asked + " was not asked: " + base::printable(fetch.failure->message);
    case model::FailureDetail::kNone:
    case model::FailureDetail::kRedirectLoop:
    case model::FailureDetail::kRedirectDowngrade:
    case model::FailureDetail::kCertificateExpired:
    case model::FailureDetail::kCertificateNotYetValid:
    case model::FailureDetail::kCertificateName:
    case model::FailureDetail::kCertificateUntrusted:
    // What these mean depends on the client that asks: forecast/history/meeting.hpp.
    case model::FailureDetail::kLegacyRenegotiation:
    case model::FailureDetail::kRenegotiation:
    case model::FailureDetail::kTlsLevel:
    case model::FailureDetail::kCoding:
    case model::FailureDetail::kProxy:
    case model::FailureDetail::kFiltered:
    case model::FailureDetail::kRateLimited:
      break;
  }
  return {};
}

std::string own_limit(const model::Observation& seen) {
  for (const std::optional<model::Fetch>* fetch : {&seen.discovery, &seen.jwks}) {
    if (!*fetch) continue;
    if (std::string why = own_limit(**fetch); !why.empty()) return why;
  }
  return {};
}

}  // namespace idpwatch::watch
