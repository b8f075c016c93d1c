#include "forecast/claims/published_entries.hpp"

#include <algorithm>

namespace idpwatch::forecast {

namespace {

template <class T>
bool contains(const std::vector<T>& list, const T& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

Problem problem_of(const DeploymentView& view, const Signer& signer,
                   const validators::Answer& answer, base::Instant now) {
  Problem problem;
  problem.rule = "refusal-keys";
  problem.certainty = model::Certainty::kPossible;
  problem.slight = true;
  problem.window.earliest = now;
  problem.status = answer.status;
  problem.error = answer.error;
  problem.detail = answer.detail;
  problem.message = answer.message;
  problem.because = answer.because;
  problem.key = signer.thumbprint;
  problem.kid = signer.kid.value_or("");
  problem.origin = view.settings.authority.origin();
  return problem;
}

}  // namespace

void tell_apart(const std::vector<Signer>& refused, const std::vector<std::string>& taken,
                StaticAnswer& answer) {
  for (const Signer& signer : refused) {
    if (contains(taken, signer.thumbprint)) {
      answer.unusable_labels.push_back({signer.thumbprint, signer.kid});
    } else {
      answer.unusable.push_back(signer.thumbprint);
    }
  }
}

std::optional<Problem> entry_out_of_date(const DeploymentView& view,
                                         const validators::World& healthy,
                                         const KeySetVersion& published, const StaticAnswer& told,
                                         base::Instant now) {
  if (!view.validator->fetches() || !told.accepted) return std::nullopt;
  for (const model::Jwk& key : published.keys) {
    const Signer signer = signer_of(key, view.tokens.algorithm);
    if (!contains(told.unusable, key.thumbprint) &&
        !contains(told.unusable_labels, Label{key.thumbprint, key.kid})) {
      continue;
    }
    validators::Simulation service(view.validator);
    const auto token =
        synthetic_token(*told.accepted, signer, {now - base::minutes(1), now + base::hours(1)});
    const validators::Answer answer =
        service.request(healthy, {now, now, validators::Credentials::synthetic(token)}, true);
    if (answer.detail == validators::CauseDetail::kCertificateDates) {
      return problem_of(view, signer, answer, now);
    }
  }
  return std::nullopt;
}

}  // namespace idpwatch::forecast
