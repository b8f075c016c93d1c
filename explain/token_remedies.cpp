#include "explain/token_remedies.hpp"

#include "base/text.hpp"
#include "explain/check_facts.hpp"
#include "explain/token_times.hpp"
#include "model/authority_family.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::explain {
namespace {

using checks::Issuer;
using checks::Surrounding;
using checks::TokenKind;
using Is = SignatureFact::Is;

const CheckLine* logged_line(const ValidatorExplanation& found) {
  for (const CheckLine& line : found.checks) {
    if (line.logged) return &line;
  }
  return nullptr;
}

std::string quoted(const std::string& value) { return '"' + base::printable(value, 160) + '"'; }

std::string place(const model::SourceRef& source) {
  if (source.file.empty()) return {};
  return " (" + base::printable(source.file, 200) +
         (source.line > 0 ? ":" + std::to_string(source.line) : "") + ")";
}

class Remedy {
 public:
  Remedy(const ExplainedValidator& asked, const Explanation& explanation, const SignatureFact& fact)
      : asked_(asked),
        explanation_(explanation),
        form_(explanation.form),
        owner_(explanation.owner),
        fact_(fact) {
    const auto accepted = accepted_audiences(asked.settings);
    // api://ID is what a v1 client asks for, and a scope's beginning.
    const auto named = std::find_if(accepted.begin(), accepted.end(),
                                    [](const auto& one) { return one.starts_with("api://"); });
    audience_ = named != accepted.end() ? *named : accepted.empty() ? "this API" : accepted.front();
  }

  [[nodiscard]] std::string of(const CheckLine& line) const {
    switch (line.name) {
      case CheckName::kForm:
        return of_form();
      case CheckName::kAlgorithm:
        return of_algorithm();
      case CheckName::kKey:
        return of_key();
      case CheckName::kSignature:
        return of_signature();
      case CheckName::kType:
        return "Send a token of the type that " + line.config + " names: the access token, not " +
               "another one of the same login.";
      case CheckName::kIssuer:
        return of_issuer(line);
      case CheckName::kAudience:
        return of_audience(line);
      case CheckName::kLifetime:
        return of_lifetime();
      case CheckName::kScope:
        return of_scope();
    }
    return {};
  }

 private:
  [[nodiscard]] std::string setting(const std::string& name, const char* otherwise) const {
    return name.empty() ? otherwise : name;
  }
  [[nodiscard]] std::string ask() const {
    return "Get a token for this API: " + checks::how_to_ask(owner_, form_, audience_) + ".";
  }

  [[nodiscard]] std::string of_form() const {
    if (form_.kind == TokenKind::kJwe && owner_.issuer == Issuer::kAuth0) {
      return "Register this API in Auth0, let the client pass the API's identifier as audience "
             "when "
             "it asks for the token, and set " +
             setting(asked_.validator->words().audience, "the audience") +
             " of this service to the same.";
    }
    if (form_.kind == TokenKind::kJwe) {
      return "Ask the issuer for a signed access token for this API: it encrypts tokens for the "
             "resource that it knows them to be for.";
    }
    if (form_.kind == TokenKind::kOpaque) {
      return "This service reads JWTs alone. Ask the issuer for a JWT access token for this API (" +
             checks::how_to_ask(owner_, form_, audience_) + "), or let the service introspect it.";
    }
    if (form_.kind == TokenKind::kDamaged) {
      return "Take the token whole where the client gets it, and compare it with what arrives "
             "here: "
             "whatever carries it in between changes it.";
    }
    return "The token can be read, and this library refuses its form: see the message above.";
  }

  [[nodiscard]] std::string of_algorithm() const {
    const std::string alg = form_.token ? form_.token->alg.value_or("") : "";
    if (alg.starts_with("HS")) {
      return "Move the issuer to asymmetric signing keys (ES256 or RS256) and take a fresh token: "
             "then "
             "the key set shows its key. Until then tokens can be verified only where the shared "
             "secret lives, at the issuer.";
    }
    if (alg.empty() || alg == "none" || fact_.is == Is::kNotSigned) {
      return "An unsigned token proves nothing: take one that the issuer signed.";
    }
    const std::string where = asked_.validator->words().algorithms;
    if (!where.empty() && asked_.settings.algorithms.has_value()) {
      return "If this API is to accept " + base::printable(alg, 32) + ", add it to " + where +
             "; else let the issuer sign with " +
             quoted_values(asked_.settings.algorithms.value()) + ".";
    }
    return "Let the issuer sign with an algorithm that this library verifies (RS256, ES256).";
  }

  [[nodiscard]] std::string of_key() const {
    if (asked_.elsewhere && !asked_.elsewhere->metadata_url.empty()) {
      return of_elsewhere(*asked_.elsewhere);
    }
    if (asked_.elsewhere && asked_.elsewhere->former) {
      return "Take a fresh token: it will be signed with a key that is published now.";
    }
    if (owner_.issuer == Issuer::kAwsAlb || owner_.issuer == Issuer::kGoogleIap ||
        owner_.issuer == Issuer::kGoogleServiceAccount) {
      return "Verify this header against the keys of the proxy that signed it (see above), or have "
             "the caller's own token passed on.";
    }
    const std::vector<std::string> issuers = accepted_issuers(asked_);
    const std::string own = form_.token->issuer.value_or("");
    if (!own.empty() && !issuers.empty() &&
        std::find(issuers.begin(), issuers.end(), own) == issuers.end()) {
      return "The token comes from " + quoted(own) +
             ", and this service asks another authority for "
             "its keys: send a token of " +
             quoted_values(issuers) + ".";
    }
    if (fact_.is == Is::kNoKeys) {
      return "The authority publishes no key that can verify a token: nothing that it signs can be "
             "accepted.";
    }
    return "The authority does not publish this key where this service looks. Check that the token "
           "comes from it (iss, tenant, environment); if it does, ask the provider for the key set "
           "that holds kid " +
           quoted(form_.token->kid.value_or("(none)")) + ".";
  }

  [[nodiscard]] std::string of_elsewhere(const KeyElsewhere& elsewhere) const {
    if (elsewhere.nowhere) {
      return "The key is in neither set, so this token is not one that this tenant's published "
             "keys "
             "can verify: compare the token's tid and iss with the deployed authority.";
    }
    return "Set " + setting(asked_.validator->words().metadata_url, "MetadataAddress") + " to " +
           elsewhere.metadata_url + ": there Entra shows the application's own signing key.";
  }

  [[nodiscard]] std::string of_signature() const {
    if (!owner_.verified_by_resource_only.empty()) return ask();
    if (form_.removed_by_google) {
      return "Let the caller put the identity token for Cloud Run into X-Serverless-Authorization "
             "and the application's own token into Authorization: the first is checked and "
             "removed, "
             "the second arrives whole. Or rely on IAM, which has checked this caller already.";
    }
    return "Take a fresh token straight from the issuer and send that. If it is accepted, what "
           "carries the first one changes it on its way.";
  }

  [[nodiscard]] std::string of_issuer(const CheckLine& line) const {
    const std::string own = form_.token->issuer.value_or("");
    const auto entra = model::entra_issuer(own);
    const std::vector<std::string> issuers = accepted_issuers(asked_);
    const auto theirs = issuers.empty() ? std::nullopt : model::entra_issuer(issuers.front());
    if (entra && theirs && base::iequals(entra->tenant, theirs->tenant) &&
        entra->version != theirs->version) {
      return "Set requestedAccessTokenVersion to " + theirs->version.substr(0, 1) +
             " (1: leave it out) in the manifest of this API's app registration, or list " +
             quoted(own) + " in " +
             setting(asked_.validator->words().issuers, "the valid issuers") + place(line.source) +
             ".";
    }
    if (entra && theirs) {
      return "The token is from another tenant: send one of tenant " + quoted(theirs->tenant) +
             ", or name the tenants that this API serves.";
    }
    if (!line.difference.empty()) {
      return "Write the issuer exactly as the authority does: " + quoted(own) + " in " +
             setting(asked_.validator->words().issuers, "the valid issuers") + place(line.source) +
             ", if both are the same authority.";
    }
    return "Send a token of the authority that this service trusts (" + line.config + ").";
  }

  [[nodiscard]] std::string of_audience(const CheckLine& line) const {
    if (owner_.is_id_token()) {
      return "Send the access token, not the ID token, and get it for this API: " +
             checks::how_to_ask(owner_, form_, audience_) + ".";
    }
    if (owner_.default_audience || !owner_.made_for.empty() || line.difference.empty() ||
        form_.token->audiences.empty()) {
      return ask();
    }
    return "If both mean this API, write " + quoted_values(form_.token->audiences) + " in " +
           setting(asked_.validator->words().audience, "its audience") + place(line.source) +
           ", exactly as callers bring it; else " + checks::how_to_ask(owner_, form_, audience_) +
           ".";
  }

  [[nodiscard]] std::string of_lifetime() const {
    if (has_wrong_unit(form_)) {
      return "The issuer must write exp, nbf and iat in seconds since 1970 (RFC 7519 section 2, "
             "NumericDate); nothing in this service can put that right.";
    }
    const auto begins = instant_of(form_.token->not_before);
    if (begins && *begins > explanation_.now) {
      return "Compare the clocks (chronyc tracking, timedatectl) of the issuer and of this host: a "
             "token that was just issued begins now. `idpwatch check --clock` measures the offset.";
    }
    if (!form_.token->expires) return "Let the issuer give its tokens an end (exp).";
    return "Let the client get a fresh token before this one ends, and use it: a cache of tokens "
           "has "
           "to leave some minutes to spare.";
  }

  [[nodiscard]] std::string of_scope() const {
    std::string text =
        "Grant the caller an app role or a delegated scope of this API, and take a "
        "token issued after that.";
    const auto issued = instant_of(form_.token->issued_at);
    const auto ends = instant_of(form_.token->expires);
    constexpr base::Duration kManaged = base::hours(20);
    if (issued && ends && *ends - *issued >= kManaged) {
      text +=
          " This token has neither scp nor roles and was issued " +
          base::describe_duration(explanation_.now - *issued) +
          " ago. Azure caches the token of a "
          "managed identity per resource for about 24 h, and nobody can force a new one: a grant "
          "made since then shows when this one is replaced, until " +
          base::format_rfc3339(*ends) + ".";
    }
    return text;
  }

  const ExplainedValidator& asked_;
  const Explanation& explanation_;
  const checks::TokenForm& form_;
  const checks::TokenOwner& owner_;
  const SignatureFact& fact_;
  std::string audience_;
};

std::string logs(const validators::Answer& answer) {
  if (answer.error == "no-credentials") return " as to a request without a token.";
  const std::string& said = answer.message.empty() ? answer.logged() : answer.message;
  return " and logs " + said + (said.ends_with('.') ? "" : ".");
}

struct Effect {
  Surrounding around;
  const char* what;
  const char* fix;
};

constexpr Effect kEffects[] = {
    {Surrounding::kSchemeTwice, "The header says Bearer twice (\"Bearer Bearer ...\")",
     "The library reads the second Bearer as the token; the token itself is whole. Write Bearer "
     "once: "
     "some clients add it by themselves."},
    {Surrounding::kSchemeColon, "A colon follows the scheme (\"Bearer: ...\")",
     "That is not the Bearer scheme, so the request counts as one without credentials. Write "
     "Authorization: Bearer TOKEN, with a blank and no colon."},
    {Surrounding::kOtherScheme, "The scheme is not Bearer",
     "The request counts as one without credentials. Write Authorization: Bearer TOKEN."},
    {Surrounding::kQuotes, "The token is in quotes",
     "The quotes are taken for a part of the token. Send it without quotes (jq -r)."},
    {Surrounding::kPercentEncoded, "The header is percent-encoded (%20 in place of a blank)",
     "Headers are not decoded, so this is not the Bearer scheme. Send a blank."},
    {Surrounding::kEscapedBreak, "An escaped line break (\\n, two characters) follows the token",
     "It is taken for a part of the token. Trim what the client reads from its file or variable."},
    {Surrounding::kInvisible, "Invisible characters surround the token",
     "They are taken for a part of the header. Copy the token again from its source as plain "
     "text."},
    {Surrounding::kTrailing, "A comma or semicolon follows the token",
     "It is taken for a part of the token. Send the token alone."},
};

}  // namespace

std::string remedy_for(const ValidatorExplanation& found, const ExplainedValidator& asked,
                       const Explanation& explanation, const SignatureFact& signature) {
  if (found.status == 0 && found.accepted == false) {
    return "The service does not start with this configuration: `idpwatch check` says why.";
  }
  const CheckLine* line = logged_line(found);
  return line == nullptr ? std::string() : Remedy(asked, explanation, signature).of(*line);
}

std::vector<std::string> warnings_for(const ValidatorExplanation& found,
                                      const ExplainedValidator& asked,
                                      const Explanation& explanation,
                                      const SignatureFact& signature) {
  std::vector<std::string> warnings;
  const bool accepted = found.accepted.value_or(false);
  const auto& owner = explanation.owner;
  if (accepted && owner.is_id_token()) {
    std::string name = asked.validator->words().audience;
    if (name.empty()) name = "the audience";
    warnings.push_back(
        "Accepted, yet it is an ID token: anyone who has logged in to that client "
        "gets in here. " +
        name +
        " should name the API and not the client, and callers "
        "should send an access token for this API (" +
        checks::how_to_ask(owner, explanation.form, "the API's identifier") + ").");
  }
  if (accepted &&
      (owner.purpose == "refresh" || owner.purpose == "logout" || owner.purpose == "dpop-proof")) {
    warnings.push_back("Accepted, yet it is a " + owner.purpose +
                       " token, which is not made for an API: "
                       "let the service check typ.");
  }
  if (accepted && explanation.form.token->expires && has_wrong_unit(explanation.form)) {
    warnings.emplace_back(
        "It is accepted, and will be in any reader's lifetime: the issuer must write exp in "
        "seconds.");
  }
  const auto ends =
      explanation.form.token ? instant_of(explanation.form.token->expires) : std::nullopt;
  if (accepted && ends && *ends <= explanation.now) {
    warnings.push_back("It has ended, and is accepted within the tolerance of " +
                       base::describe_duration(asked.validator->clock_skew()) + " until " +
                       base::format_rfc3339(*ends + asked.validator->clock_skew()) + ".");
  }
  if (signature.is == Is::kOtherKey) {
    warnings.emplace_back("The token names another kid than that of the key that signed it.");
  }
  return warnings;
}

std::string surroundings_text(const checks::PastedToken& pasted, const validators::Answer& answer,
                              const std::string& service) {
  std::string text;
  for (const Effect& effect : kEffects) {
    if (!pasted.has(effect.around)) continue;
    if (text.empty()) {
      text = std::string(effect.what) + ". Sent like this, " + service + " answers " +
             std::to_string(answer.status) + logs(answer) + " " + effect.fix;
    } else {
      text += std::string(" ") + effect.what + ", too. " + effect.fix;
    }
  }
  return text;
}

}  // namespace idpwatch::explain
