#include "checks/reachability/outcome.hpp"

#include "checks/value_or_null.hpp"

#include <algorithm>

namespace idpwatch::checks {

namespace {

Outcome of_failure(const model::Failure& failure) {
  switch (failure.detail) {
    case model::FailureDetail::kRedirectLoop:
      return Outcome::kRedirectLoop;
    case model::FailureDetail::kRedirectDowngrade:
      return Outcome::kRedirectDowngrade;
    case model::FailureDetail::kCertificateExpired:
    case model::FailureDetail::kCertificateNotYetValid:
    case model::FailureDetail::kCertificateName:
    case model::FailureDetail::kCertificateUntrusted:
      return Outcome::kCertificate;
    case model::FailureDetail::kOurs:
      return Outcome::kOurs;
    case model::FailureDetail::kNone:
    case model::FailureDetail::kAddressRefused:
    case model::FailureDetail::kTooLarge:
    case model::FailureDetail::kTooManyRedirects:
    case model::FailureDetail::kLegacyRenegotiation:
    case model::FailureDetail::kRenegotiation:
    case model::FailureDetail::kTlsLevel:
    case model::FailureDetail::kCoding:
    case model::FailureDetail::kProxy:
    case model::FailureDetail::kFiltered:
    case model::FailureDetail::kRateLimited:
      break;
  }
  return Outcome::kSilent;
}

Part part(std::string_view name, const std::optional<model::Fetch>& fetch,
          std::optional<base::Instant> last_good) {
  return {.name = name,
          .fetch = value_or_null(fetch),
          .failure = fetch ? value_or_null(fetch->failure) : nullptr,
          .tls = fetch ? fetch->tls.get() : nullptr,
          .outcome = outcome(fetch),
          .last_good = last_good};
}

}  // namespace

Outcome outcome(const std::optional<model::Fetch>& fetch) {
  if (!fetch) return Outcome::kNotAsked;
  if (fetch->failure) return of_failure(*fetch->failure);
  return fetch->answered() ? Outcome::kAnswered : Outcome::kSilent;
}

std::array<Part, 2> parts(const AuthorityView& view) {
  return {part("discovery document", view.observation.discovery, view.discovery_last_good),
          part("key set", view.observation.jwks, view.jwks_last_good)};
}

bool is_for_us_alone(const model::Fetch& fetch) {
  if (!fetch.failure) return false;
  switch (fetch.failure->detail) {
    case model::FailureDetail::kTooManyRedirects:
    case model::FailureDetail::kRateLimited:
    case model::FailureDetail::kLegacyRenegotiation:
    case model::FailureDetail::kRenegotiation:
    case model::FailureDetail::kTlsLevel:
    case model::FailureDetail::kCoding:
      return true;
    case model::FailureDetail::kNone: {
      // It answers later than we wait.
      const auto met = model::circumstances_of(fetch);
      return met && met->waited > base::Duration(0);
    }
    case model::FailureDetail::kFiltered:
      return fetch.circumstances &&
             std::ranges::any_of(fetch.circumstances->again, [](const model::AskedAgain& one) {
               return one.failure.empty() && one.status / 100 == 2;
             });
    case model::FailureDetail::kRedirectLoop:
    case model::FailureDetail::kRedirectDowngrade:
    case model::FailureDetail::kAddressRefused:
    case model::FailureDetail::kTooLarge:
    case model::FailureDetail::kCertificateExpired:
    case model::FailureDetail::kCertificateNotYetValid:
    case model::FailureDetail::kCertificateName:
    case model::FailureDetail::kCertificateUntrusted:
    case model::FailureDetail::kOurs:
    case model::FailureDetail::kProxy:
      break;
  }
  return false;
}

bool is_dropped(const model::Fetch& fetch) {
  return fetch.failure && fetch.failure->kind == model::FailureKind::kTimeout &&
         fetch.failure->detail == model::FailureDetail::kNone && fetch.phases.connect_us == 0 &&
         !fetch.reused_connection && fetch.status == 0 && fetch.tls == nullptr;
}

bool never_reached(const std::array<Part, 2>& both) {
  bool dropped = false;
  for (const Part& part : both) {
    if (part.last_good) return false;
    if (part.outcome == Outcome::kNotAsked) continue;
    if (part.outcome != Outcome::kSilent || !is_dropped(*part.fetch)) return false;
    dropped = true;
  }
  return dropped;
}

model::FailureKind silent_kind(const model::Fetch& fetch) {
  return fetch.failure ? fetch.failure->kind : model::FailureKind::kHttp;
}

}  // namespace idpwatch::checks
