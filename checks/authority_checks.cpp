#include "checks/authority_view.hpp"
#include "checks/lint/document_checks.hpp"
#include "checks/lint/issuer.hpp"
#include "checks/lint/keyset.hpp"
#include "checks/reachability/redirects.hpp"
#include "checks/reachability/unreachable.hpp"
#include "checks/tls/certificate.hpp"

#include <utility>

namespace idpwatch::checks {

bool AuthorityView::discovery_good() const {
  return observation.discovery && observation.discovery->answered() && !discovery_error &&
         discovery != nullptr;
}

bool AuthorityView::keys_good() const {
  return observation.jwks && observation.jwks->answered() && !jwks_error && key_set != nullptr;
}

std::vector<model::CheckResult> judge(const AuthorityView& view, base::Instant now) {
  std::vector<model::CheckResult> out;
  // Of all that follow, the clock's and the local network's, so that none is moved about.
  constexpr std::size_t kUsualNumber = 18;
  out.reserve(kUsualNumber);
  out.push_back(check_unreachable(view, now));
  for (model::CheckResult& result : check_redirects(view, now)) out.push_back(std::move(result));
  out.push_back(check_tls_invalid(view, now));
  out.push_back(check_tls_expiring(view, now));
  out.push_back(check_discovery_document(view, now));
  out.push_back(check_issuer(view, now));
  out.push_back(check_keys(view, now));
  out.push_back(check_secrets(view, now));
  out.push_back(check_keyset_empty(view, now));
  out.push_back(check_keyset_inconsistent(view, now));
  for (auto check :
       {check_keyset_replaced, check_key_material, check_issuer_changed, check_jwks_uri_changed}) {
    if (std::optional<model::CheckResult> result = check(view, now)) {
      out.push_back(std::move(*result));
    }
  }
  return out;
}

}  // namespace idpwatch::checks
