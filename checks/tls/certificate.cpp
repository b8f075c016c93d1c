#include "checks/tls/certificate.hpp"

#include "base/text.hpp"
#include "checks/check_texts.hpp"
#include "checks/reachability/outcome.hpp"

#include <algorithm>

namespace idpwatch::checks {

namespace {

constexpr std::string_view kInvalid = "tls-invalid";
constexpr std::string_view kExpiring = "tls-expiring";

std::string names(const model::TlsFacts& tls) {
  constexpr std::size_t kShown = 8;
  std::string out;
  for (std::size_t i = 0; i < tls.names.size() && i < kShown; ++i) {
    out += (i == 0 ? "" : ", ") + base::printable(tls.names[i]);
  }
  if (tls.names.size() > kShown) out += ", ... (" + std::to_string(tls.names.size()) + " in all)";
  return out.empty() ? "none" : out;
}

// What is wrong, after "the certificate of HOST ".
std::string fault(const Part& part) {
  const std::string until = part.tls != nullptr ? " on " + shown_time(part.tls->not_after) : "";
  const std::string from =
      part.tls != nullptr ? " before " + shown_time(part.tls->not_before) : " yet";
  switch (part.failure->detail) {
    case model::FailureDetail::kCertificateExpired:
      return "expired" + until;
    case model::FailureDetail::kCertificateNotYetValid:
      return "is not valid" + from;
    case model::FailureDetail::kCertificateName:
      return "is for another name";
    case model::FailureDetail::kCertificateUntrusted:
      return "does not lead to a certificate authority that is trusted here";
    case model::FailureDetail::kNone:
    case model::FailureDetail::kRedirectLoop:
    case model::FailureDetail::kTooManyRedirects:
    case model::FailureDetail::kRedirectDowngrade:
    case model::FailureDetail::kAddressRefused:
    case model::FailureDetail::kTooLarge:
    case model::FailureDetail::kOurs:
    case model::FailureDetail::kLegacyRenegotiation:
    case model::FailureDetail::kRenegotiation:
    case model::FailureDetail::kTlsLevel:
    case model::FailureDetail::kCoding:
    case model::FailureDetail::kProxy:
    case model::FailureDetail::kFiltered:
    case model::FailureDetail::kRateLimited:
      break;
  }
  return "is not accepted";
}

// The certificate that the server does not send, as far as its address tells; null: none.
const model::Intermediate* missing_of(const Part& part) {
  const bool known = part.fetch != nullptr && part.fetch->circumstances &&
                     part.fetch->circumstances->missing.has_value();
  return known ? &*part.fetch->circumstances->missing : nullptr;
}

// Clients that fetch it (AIA) build the chain, all others do not.
model::Finding incomplete(const AuthorityView& view, const Part& part,
                          const model::Intermediate& missing, base::Instant now) {
  using Brought = model::Intermediate::Brought;
  const std::string url = final_url(*part.fetch);
  const std::string name = "'" + base::printable(missing.subject) + "'";
  model::Finding finding = begin_finding(view, kInvalid, model::Severity::kWarning, now);
  finding.summary = shown_name(view) + ": " + host_of(url) + " does not send its intermediate " +
                    name + ", " +
                    (missing.brought == Brought::kYes ? "which was found at "
                                                      : "which was not reached from here at ") +
                    shown_url(missing.url);
  add_evidence(finding, "host", host_port_of(url), url);
  if (part.tls != nullptr) {
    add_evidence(finding, "certificate", base::printable(part.tls->subject), url);
    add_evidence(finding, "issued by", base::printable(part.tls->issuer), url);
  }
  if (missing.brought == Brought::kForbidden) {
    add_evidence(finding, "not asked", "its address is private (limits.private_addresses)", url);
  }
  finding.remedy = "Have the provider send the full chain: " + name +
                   " after its own certificate. .NET and browsers fetch it by themselves; Java, "
                   "Go, Node.js, Python and curl do not.";
  return finding;
}

std::string remedy(const AuthorityView& view, model::FailureDetail detail) {
  if (detail == model::FailureDetail::kCertificateExpired ||
      detail == model::FailureDetail::kCertificateNotYetValid) {
    return "Renew the certificate, or have the provider load the renewed one; if the dates are "
           "right, the clock of " +
           base::printable(view.vantage) + " is wrong. Services that fetch now fail the same way.";
  }
  if (detail == model::FailureDetail::kCertificateName) {
    return "Compare the host of the issuer with the names of the certificate; a wrong DNS record "
           "or "
           "a load balancer's default certificate looks like this too.";
  }
  const std::string store = view.spec.ca_file
                                ? "ca_file " + base::printable(*view.spec.ca_file)
                                : std::string("the system's store (SSL_CERT_FILE, SSL_CERT_DIR)");
  return "idpwatch trusts by " + store +
         ". If the provider uses an authority of its own, name its file in ca_file; if not, see "
         "whether the provider sends its intermediate certificates and whether something "
         "intercepts TLS on the way. Services use their own trust store and may judge otherwise.";
}

void describe(model::Finding& finding, const Part& part) {
  const std::string url = final_url(*part.fetch);
  add_evidence(finding, "host", host_port_of(url), url);
  if (!part.failure->message.empty()) {
    add_evidence(finding, "error", base::printable(part.failure->message), url);
  }
  if (part.tls == nullptr) return;
  const model::TlsFacts& tls = *part.tls;
  add_evidence(finding, "certificate", base::printable(tls.subject), url);
  add_evidence(finding, "issued by", base::printable(tls.issuer), url);
  add_evidence(finding, "names", names(tls), url);
  add_evidence(finding, "valid", shown_time(tls.not_before) + " to " + shown_time(tls.not_after),
               url);
}

bool https(std::string_view url) { return url.starts_with("https:"); }

// The handshake is known to be in order: an answer came over TLS, or there is no TLS to judge.
bool handshake_fine(const Part& part) {
  if (part.outcome == Outcome::kNotAsked || !https(final_url(*part.fetch))) return true;
  return part.outcome == Outcome::kAnswered || part.fetch->status != 0;
}

// The certificate that ends first.
const Part* first_to_end(const std::array<Part, 2>& both) {
  const Part* first = nullptr;
  for (const Part& part : both) {
    // One that is refused already is tls-invalid's.
    if (part.tls == nullptr || part.outcome == Outcome::kCertificate) continue;
    if (first == nullptr || part.tls->not_after < first->tls->not_after) {
      first = &part;
    }
  }
  return first;
}

std::optional<model::Severity> expiry_severity(base::Duration left,
                                               const model::TlsThresholds& tls) {
  if (left < tls.error) return model::Severity::kError;
  if (left < tls.warning) return model::Severity::kWarning;
  if (left < tls.info) return model::Severity::kInfo;
  return std::nullopt;
}

}  // namespace

model::CheckResult check_tls_invalid(const AuthorityView& view, base::Instant now) {
  const std::array<Part, 2> both = parts(view);
  for (const Part& part : both) {
    const bool untrusted = part.outcome == Outcome::kCertificate &&
                           part.failure->detail == model::FailureDetail::kCertificateUntrusted;
    const model::Intermediate* missing = missing_of(part);
    if (missing != nullptr && (untrusted || part.outcome == Outcome::kAnswered)) {
      return model::CheckResult::bad(incomplete(view, part, *missing, now));
    }
  }
  if (std::ranges::find(both, Outcome::kCertificate, &Part::outcome) == both.end()) {
    return handshake_fine(both[0]) && handshake_fine(both[1])
               ? model::CheckResult::good(kInvalid, about(view))
               : model::CheckResult::unknown(kInvalid, about(view));
  }
  model::Finding finding = begin_finding(view, kInvalid, model::Severity::kError, now);
  std::string last_host;
  for (const Part& part : both) {
    if (part.outcome != Outcome::kCertificate) continue;
    const std::string host = host_port_of(final_url(*part.fetch));
    if (finding.summary.empty()) {
      finding.summary = shown_name(view) + ": the TLS certificate of " +
                        host_of(final_url(*part.fetch)) + " " + fault(part);
      finding.remedy = remedy(view, part.failure->detail);
    }
    if (host != last_host) describe(finding, part);
    last_host = host;
  }
  return model::CheckResult::bad(std::move(finding));
}

model::CheckResult check_tls_expiring(const AuthorityView& view, base::Instant now) {
  const std::array<Part, 2> both = parts(view);
  const Part* part = first_to_end(both);
  if (part == nullptr) return model::CheckResult::unknown(kExpiring, about(view));
  const model::TlsFacts& tls = *part->tls;
  const std::optional<model::Severity> severity = expiry_severity(tls.not_after - now, view.tls);
  if (!severity) return model::CheckResult::good(kExpiring, about(view));
  const std::string url = final_url(*part->fetch);
  model::Finding finding = begin_finding(view, kExpiring, *severity, now);
  finding.summary = shown_name(view) + ": the TLS certificate of " + host_of(url) +
                    (tls.not_after > now ? " expires on " : " expired on ") +
                    shown_time(tls.not_after);
  const base::Duration left = std::max(tls.not_after - now, base::Duration(0));
  add_evidence(finding, "time left", base::describe_duration(left), url);
  add_evidence(finding, "certificate", base::printable(tls.subject), url);
  add_evidence(finding, "issued by", base::printable(tls.issuer), url);
  add_evidence(finding, "SHA-256", tls.leaf_sha256, url);
  finding.remedy =
      "Renew it, and check why automatic renewal did not; if it did, check whether the "
      "server "
      "has loaded it. From that instant on no service can fetch keys from there.";
  return model::CheckResult::bad(std::move(finding));
}

}  // namespace idpwatch::checks
