#include "explain/explain_token.hpp"

#include "base/text.hpp"
#include "base/url.hpp"
#include "explain/explanation_json.hpp"
#include "explain/token_signature.hpp"
#include "explain/token_times.hpp"
#include "model/authority_family.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace idpwatch::explain {

void tell_times(Explanation& explanation, const std::optional<forecast::ClockBounds>& clock) {
  TokenTimes times = times_in_words(explanation.form, explanation.now, clock);
  explanation.times = std::move(times.sentences);
  for (std::string& fault : times.faults) explanation.times.push_back(std::move(fault));
}

Explanation explain_token(std::string_view pasted, const TokenQuestion& question) {
  Explanation out;
  out.now = question.now;
  out.redact = question.redact;
  out.pasted = checks::read_pasted_token(pasted);
  out.form = checks::read_token_form(out.pasted.token);
  const nlohmann::json none = nlohmann::json::object();
  const nlohmann::json shown = !out.form.claims  ? none
                               : question.redact ? redacted_claims(*out.form.claims)
                                                 : *out.form.claims;
  out.owner = checks::owner_of(out.form, shown);
  tell_times(out, question.clock);
  for (const std::string& limit : out.owner.limits) out.notes.push_back(limit);
  for (const std::string& oddity : out.form.oddities) out.notes.push_back(oddity);
  if (!out.pasted.member.empty() && out.pasted.member != "access_token") {
    out.notes.push_back("It was taken from the member " + base::printable(out.pasted.member, 40) +
                        " of a JSON document.");
  }
  return out;
}

std::string application_metadata_url(const checks::TokenForm& form, std::string_view metadata_url) {
  if (!form.token || metadata_url.find('?') != std::string_view::npos) return {};
  const std::string issuer = form.token->issuer.value_or("");
  if (!model::entra_issuer(issuer) &&
      model::family_of_url(metadata_url) != model::AuthorityFamily::kEntra) {
    return {};
  }
  for (std::string audience : form.token->audiences) {
    if (audience.starts_with("api://")) audience.erase(0, 6);
    if (model::is_guid(audience)) return std::string(metadata_url) + "?appid=" + audience;
  }
  return {};
}

KeyElsewhere application_key(const checks::TokenForm& form, const std::string& url,
                             const std::vector<model::Jwk>& keys) {
  KeyElsewhere found;
  found.metadata_url = url;
  const std::string kid = '"' + base::printable(form.token->kid.value_or(""), 120) + '"';
  const SignatureFact fact = verify_signature(form, keys);
  const std::string shown = base::printable(url, 400);
  if (fact.is == SignatureFact::Is::kValid) {
    found.text = "the key " + kid + " belongs to one application: Entra shows it at " + shown +
                 ", and it fits this token";
  } else {
    found.nowhere = true;
    found.text = "the key " + kid +
                 " is not in the tenant's key set, and not among those of the application at " +
                 shown + " either";
  }
  return found;
}

}  // namespace idpwatch::explain
