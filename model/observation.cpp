#include "model/observation.hpp"

#include <array>
#include <utility>

namespace idpwatch::model {

namespace {

constexpr std::array<std::string_view, 6> kKinds = {"timeout", "dns",  "connect",
                                                    "tls",     "http", "body"};

template <class Enum, std::size_t N>
std::optional<Enum> find_text(const std::array<std::string_view, N>& texts, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (texts[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// Where another client may fare better, or worse.
bool depends_on_who_asks(FailureDetail detail) {
  switch (detail) {
    case FailureDetail::kCertificateUntrusted:
    case FailureDetail::kLegacyRenegotiation:
    case FailureDetail::kRenegotiation:
    case FailureDetail::kTlsLevel:
    case FailureDetail::kCoding:
    case FailureDetail::kProxy:
    case FailureDetail::kFiltered:
    case FailureDetail::kRateLimited:
      return true;
    case FailureDetail::kNone:
    case FailureDetail::kRedirectLoop:
    case FailureDetail::kRedirectDowngrade:
    case FailureDetail::kAddressRefused:
    case FailureDetail::kTooLarge:
    case FailureDetail::kCertificateExpired:
    case FailureDetail::kCertificateNotYetValid:
    case FailureDetail::kCertificateName:
    case FailureDetail::kOurs:
    case FailureDetail::kTooManyRedirects:
      break;
  }
  return false;
}

// One timeout ends a little later at one look than at the next: told as it is set, so that equal
// looks stay equal.
base::Duration as_set(base::Duration waited) {
  const base::Duration step = waited < base::seconds(2) ? base::Duration(base::milliseconds(100))
                                                        : base::Duration(base::seconds(1));
  return (waited + step / 2) / step * step;
}

}  // namespace

std::shared_ptr<const Circumstances> circumstances_of(const Fetch& fetch) {
  Circumstances all = fetch.circumstances ? *fetch.circumstances : Circumstances();
  if (fetch.failure) {
    if (depends_on_who_asks(fetch.failure->detail)) all.detail = fetch.failure->detail;
    // Where nobody could connect, all wait in vain.
    const bool connected = fetch.phases.connect_us > 0 || fetch.reused_connection;
    const bool silent = fetch.failure->kind == FailureKind::kTimeout && connected;
    if (silent && all.waited == base::Duration(0)) {
      all.waited = as_set(base::Duration(fetch.phases.total_us));
    }
  }
  return all.plain() ? nullptr : std::make_shared<const Circumstances>(std::move(all));
}

const std::string* Fetch::header(std::string_view lower_case_name) const {
  for (const auto& [name, value] : headers) {
    if (name == lower_case_name) return &value;
  }
  return nullptr;
}

std::string_view to_text(FailureKind kind) { return kKinds.at(static_cast<std::size_t>(kind)); }

std::optional<FailureKind> failure_kind(std::string_view text) {
  return find_text<FailureKind>(kKinds, text);
}

}  // namespace idpwatch::model
