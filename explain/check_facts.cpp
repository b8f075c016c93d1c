#include "explain/check_facts.hpp"

#include "base/text.hpp"
#include "explain/token_times.hpp"
#include "explain/value_difference.hpp"
#include "forecast/history/body_reading.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace idpwatch::explain {
namespace {

using checks::TokenForm;
using Is = SignatureFact::Is;

constexpr std::size_t kShown = 160;

std::string quoted(const std::string& value) { return '"' + base::printable(value, kShown) + '"'; }

model::SourceRef source_of(const model::Origin& origin) {
  return {origin.file, static_cast<std::size_t>(std::max(origin.line, 0)), origin.key};
}

void audience(CheckLine& line, const ExplainedValidator& asked, const TokenForm& form) {
  const std::vector<std::string> accepted = accepted_audiences(asked.settings);
  line.token = form.has_claim("aud") ? quoted_values(form.token->audiences) : "(no aud)";
  line.config = quoted_values(accepted);
  const auto& setting = asked.settings.audiences;
  line.source =
      source_of(setting.has_value() ? setting.origin() : asked.settings.client_id.origin());
  if (line.outcome != CheckOutcome::kRefused) return;
  for (const std::string& brought : form.token->audiences) {
    line.difference = value_difference(brought, accepted);
    if (!line.difference.empty()) return;
  }
}

void issuer(CheckLine& line, const ExplainedValidator& asked, const TokenForm& form) {
  const std::vector<std::string> accepted = accepted_issuers(asked);
  line.token = form.token->issuer ? quoted(*form.token->issuer) : "(no iss)";
  line.config = quoted_values(accepted);
  const auto& setting = asked.settings.issuers;
  line.source =
      source_of(setting.has_value() ? setting.origin() : asked.settings.authority.origin());
  if (line.outcome != CheckOutcome::kRefused || !form.token->issuer) return;
  line.difference = value_difference(*form.token->issuer, accepted);
}

void key(CheckLine& line, const ExplainedValidator& asked, const Explanation& explanation,
         const SignatureFact& signature) {
  const TokenForm& form = explanation.form;
  line.token = form.token->kid ? "kid " + quoted(*form.token->kid) : "(no kid)";
  if (signature.keys > 0) {
    line.config = std::to_string(signature.keys) + (signature.keys == 1 ? " key: " : " keys: ") +
                  quoted_values(signature.kids);
    if (signature.keys > signature.kids.size()) line.config += ", ...";
  } else if (asked.authority != nullptr) {
    line.config = asked.authority->why_unknown.empty() ? "the key set is empty"
                                                       : asked.authority->why_unknown;
  }
  const auto& settings = asked.settings;
  line.source = source_of(settings.pinned_keys.has_value()    ? settings.pinned_keys.origin()
                          : settings.metadata_url.has_value() ? settings.metadata_url.origin()
                          : settings.jwks_url.has_value()     ? settings.jwks_url.origin()
                                                              : settings.authority.origin());
  if (line.outcome == CheckOutcome::kRefused && asked.elsewhere) {
    line.difference = asked.elsewhere->text;
  }
}

void signature_line(CheckLine& line, const Explanation& explanation, const SignatureFact& fact) {
  line.difference = signature_text(fact, explanation.form);
  if (line.outcome != CheckOutcome::kRefused) return;
  if (!explanation.owner.verified_by_resource_only.empty()) {
    line.difference = explanation.owner.verified_by_resource_only;
    if (fact.nonce_proved) line.difference += " With the nonce hashed, it does fit that key.";
  }
}

void lifetime(CheckLine& line, const ExplainedValidator& asked, const Explanation& explanation) {
  const model::Token& token = *explanation.form.token;
  const auto expires = instant_of(token.expires);
  const auto begins = instant_of(token.not_before);
  const auto time = [](const std::optional<std::int64_t>& value) {
    const auto at = instant_of(value);
    return !value ? std::string("absent")
                  : std::to_string(*value) + (at ? " (" + base::format_rfc3339(*at) + ")" : "");
  };
  line.token = (token.not_before ? "nbf " + time(token.not_before) + ", " : "") + "exp " +
               time(token.expires);
  line.config = "now " + base::format_rfc3339(std::chrono::floor<base::seconds>(explanation.now)) +
                ", tolerance " + base::describe_duration(asked.validator->clock_skew());
  line.source = source_of(asked.settings.clock_skew.origin());
  if (line.outcome != CheckOutcome::kRefused) return;
  if (has_wrong_unit(explanation.form)) {
    line.difference = "the numbers are too large for seconds: they are milliseconds or finer";
  } else if (expires && *expires <= explanation.now) {
    line.difference = "it ended " + base::describe_duration(explanation.now - *expires) + " ago";
  } else if (begins && *begins > explanation.now) {
    line.difference = "it begins in " + base::describe_duration(*begins - explanation.now);
  }
}

void algorithm(CheckLine& line, const ExplainedValidator& asked, const TokenForm& form) {
  line.token = form.token->alg ? "alg " + quoted(*form.token->alg) : "(no alg)";
  const auto& allowed = asked.settings.algorithms;
  line.config =
      allowed.has_value() ? quoted_values(allowed.value()) : "what the published keys allow";
  line.source = source_of(allowed.origin());
  if (line.outcome != CheckOutcome::kRefused) return;
  const std::string alg = form.token->alg.value_or("");
  if (alg.starts_with("HS")) {
    line.difference =
        alg + " signs with a shared secret (a symmetric key): no key set can or may publish it";
  } else if (alg == "none" || alg.empty()) {
    line.difference = "the token is not signed";
  }
}

void scope(CheckLine& line, const TokenForm& form) {
  std::vector<std::string> there;
  for (const char* name : {"scp", "roles", "scope"}) {
    if (form.has_claim(name)) there.emplace_back(name);
  }
  line.token = there.empty() ? "neither scp nor roles" : base::join(there, ", ");
  line.config = "scp or roles";
}

}  // namespace

std::string quoted_values(const std::vector<std::string>& values) {
  constexpr std::size_t kMost = 8;
  if (values.empty()) return "(none)";
  if (values.size() == 1) return quoted(values.front());
  std::string out = "[";
  for (std::size_t i = 0; i < values.size() && i < kMost; ++i) {
    out += (i == 0 ? "" : ", ") + quoted(values[i]);
  }
  return out + (values.size() > kMost ? ", ...]" : "]");
}

std::vector<std::string> accepted_audiences(const model::ValidatorSettings& settings) {
  if (settings.audiences.has_value()) return settings.audiences.value();
  if (!settings.client_id.has_value()) return {};
  return {settings.client_id.value(), "api://" + settings.client_id.value()};
}

std::vector<std::string> accepted_issuers(const ExplainedValidator& asked) {
  std::vector<std::string> accepted = asked.settings.issuers.value();
  const bool reads = !asked.validator->addresses().metadata.empty();
  if (asked.authority == nullptr || !reads) return accepted;
  const std::string issuer = forecast::read_body(asked.authority->metadata).document.issuer;
  if (!issuer.empty() && std::find(accepted.begin(), accepted.end(), issuer) == accepted.end()) {
    accepted.push_back(issuer);
  }
  return accepted;
}

std::string signature_text(const SignatureFact& fact, const TokenForm& form) {
  const std::string kid = form.token && form.token->kid ? quoted(*form.token->kid) : "(no kid)";
  switch (fact.is) {
    case Is::kNotSigned:
      return "the token is not signed";
    case Is::kSymmetric:
      return "it is signed with a shared secret, which is not asked for here";
    case Is::kNoKeys:
      return "no key is known to check it with";
    case Is::kUnknownKid:
      return "no key to check it with: none of the set's has kid " + kid +
             ", and none of them fits";
    case Is::kValid:
      return "valid, by the key " + quoted(fact.kid) + " (thumbprint " + fact.thumbprint + ")";
    case Is::kOtherKey:
      return "valid by the key " + quoted(fact.kid) + ", though the token names " + kid;
    case Is::kWrong:
      return form.removed_by_google
                 ? "the third part is the text SIGNATURE_REMOVED_BY_GOOGLE in place of a signature"
                 : "the signature does not fit the key " + kid +
                       ": the token was changed after it was signed, or somebody else signed it "
                       "under that name";
    case Is::kUnsupported:
      return "its algorithm cannot be verified here";
  }
  return {};
}

void describe_check(CheckLine& line, const ExplainedValidator& asked,
                    const Explanation& explanation, const SignatureFact& fact) {
  if (!explanation.form.readable()) return;
  switch (line.name) {
    case CheckName::kForm:
      break;
    case CheckName::kAlgorithm:
      return algorithm(line, asked, explanation.form);
    case CheckName::kKey:
      return key(line, asked, explanation, fact);
    case CheckName::kSignature:
      return signature_line(line, explanation, fact);
    case CheckName::kType:
      line.token =
          explanation.form.token->typ ? "typ " + quoted(*explanation.form.token->typ) : "(no typ)";
      line.config = quoted_values(asked.settings.types.value());
      line.source = source_of(asked.settings.types.origin());
      break;
    case CheckName::kIssuer:
      return issuer(line, asked, explanation.form);
    case CheckName::kAudience:
      return audience(line, asked, explanation.form);
    case CheckName::kLifetime:
      return lifetime(line, asked, explanation);
    case CheckName::kScope:
      return scope(line, explanation.form);
  }
}

}  // namespace idpwatch::explain
