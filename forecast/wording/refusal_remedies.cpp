#include "forecast/wording/refusal_remedies.hpp"

#include "base/text.hpp"
#include "forecast/claims/attribution.hpp"
#include "forecast/claims/fetched_address.hpp"
#include "forecast/claims/synthetic_token.hpp"
#include "forecast/wording/headline.hpp"
#include "forecast/wording/rotation_advice.hpp"
#include "forecast/wording/rotation_forecast_texts.hpp"

#include <cstdint>
#include <string_view>

namespace idpwatch::forecast {

namespace {

// "the setting NAME" or where it stands.
std::string setting(const Problem& problem, std::string_view name) {
  const std::string place = place_of(problem.origin);
  return place.empty() ? std::string(name) : std::string(name) + " at " + place;
}

constexpr std::string_view kKeepRunning =
    " Until then do not restart or scale out the service: running instances still use their cached "
    "keys.";

// The outage is over.
std::string recovered(const Problem& problem, base::Instant now) {
  std::string text = "No action needed: such an instance asks again";
  if (problem.window.until) text += " by " + instant_for_people(*problem.window.until, now);
  // Whom a restart would help is told so; whom it would harm needs none.
  return restart_warning(problem, now).empty()
             ? text + ". If one still refuses tokens then, restart it."
             : text + ".";
}

std::string fetching(const Problem& problem, const DeploymentView& view, base::Instant now) {
  if (problem.well_since) return recovered(problem, now);
  const std::string where = problem.url.empty() ? "the authority" : base::printable(problem.url);
  std::string text;
  if (problem.meeting && !problem.meeting->remedy.empty()) {
    text = problem.meeting->remedy;
  } else if (problem.rule == "refusal-slow") {
    const std::string place = place_of(view.settings.fetch_timeout.origin());
    text = "Raise " + view.validator->words().fetch_timeout +
           (place.empty() ? "" : " at " + place) + " above what the authority needs, or make " +
           where + " faster.";
  } else if (problem.rule == "refusal-redirect") {
    text = "Name the address that " + where + " redirects to in " +
           setting(problem, "the deployed " + view.validator->words().authority) + ".";
  } else if (problem.rule == "refusal-tls" &&
             problem.answer == validators::describe(validators::Fault::kHandshake)) {
    text = "Compare the TLS versions and cipher suites of " + where +
           " with those that the service offers; a client certificate may be asked for, too.";
  } else if (problem.rule == "refusal-tls") {
    text = "Renew the certificate of " + where + ", or have the service's host trust its issuer.";
  } else if (problem.rule == "refusal-size") {
    const std::uint64_t most = view.validator->cache().fetch.body_bytes / 1024 / 1024;
    text = "Make the document at " + where + " smaller than " + std::to_string(most) + " MiB.";
  } else {
    text = problem.url.empty() ? "Check that the authority runs." : fetch_remedy(problem, view);
  }
  if (problem.condition == model::Condition::kRestarted && !view.restarted_only) {
    text += kKeepRunning;
  }
  return text;
}

std::string content(const Problem& problem, const DeploymentView& view, base::Instant now) {
  if (problem.well_since) return recovered(problem, now);
  if (problem.meeting && !problem.meeting->remedy.empty()) return problem.meeting->remedy;
  const std::string where = problem.url.empty() ? "the authority" : base::printable(problem.url);
  if (problem.answer != kNoKeys && problem.answer != kNoUsableKey) {
    return "Have the provider fix what it serves at " + where +
           ", or update the library: other versions may accept it.";
  }
  const std::string text = "Have the authority publish its signing keys at " + where +
                           ": without them no version accepts any token.";
  if (view.restarted_only) return text;
  return text + std::string(kKeepRunning);
}

std::string https(const Problem& problem, const DeploymentView& view) {
  const validators::Vocabulary& words = view.validator->words();
  const std::string or_not = words.require_https.empty() ? std::string(".")
                                                         : ", or set " + words.require_https +
                                                               " to false (for development only).";
  if (problem.url.empty() || problem.url == view.validator->addresses().metadata) {
    const bool metadata = view.settings.metadata_url.has_value();
    const std::string place = place_of_authority(view.settings);
    return "Write https in the deployed " + (metadata ? words.metadata_url : words.authority) +
           (place.empty() ? "" : " at " + place) + or_not;
  }
  return "Have the provider name https in `jwks_uri` of its document (behind a proxy: by "
         "X-Forwarded-Proto or its external address)" +
         or_not;
}

std::string algorithm(const Problem& problem, const DeploymentView& view) {
  if (problem.accepts.empty()) {
    return "Have the authority sign with an algorithm that the library knows (RS256, PS256, ES256),"
           " or update the library.";
  }
  return "Allow " + base::printable(problem.brought) + " in " +
         setting(problem, view.validator->words().algorithms) + ".";
}

// Where another valid issuer can be written.
std::string issuer_list(const DeploymentView& view) {
  const model::ValidatorSettings& settings = view.settings;
  if (settings.issuers.origin().known()) {
    const std::string place = place_of(settings.issuers.origin());
    // Our configuration repeats what stands in code.
    const bool repeated = view.validator->cache().holds == validators::CachePolicy::Holds::kKeys;
    return (repeated ? view.validator->words().issuers : "the valid issuers") + " at " + place;
  }
  const validators::Vocabulary& words = view.validator->words();
  const std::string place = place_of(settings.authority.origin());
  return words.issuers_in_code || place.empty() ? words.issuers
                                                : words.issuers + " beside " + place;
}

std::string wrong_issuer(const Problem& problem, const DeploymentView& view) {
  const std::string brought = base::printable(problem.brought);
  const std::string place = place_of(problem.origin);
  std::string text =
      problem.certainty == model::Certainty::kLikely
          ? "Add " + brought + " to " + issuer_list(view)
          : "If callers bring tokens of " + brought + ", name it in " + issuer_list(view);
  if (problem.another_authority) {
    text += ", or make it the " + view.validator->words().authority +
            (place.empty() ? "" : " at " + place);
  } else if (problem.another_host) {
    text +=
        ", or give the provider one public address, so that its document and its tokens name the "
        "same issuer (Keycloak: KC_HOSTNAME; Duende IdentityServer: IssuerUri; behind a proxy: "
        "forwarded headers)" +
        (place.empty() ? "" : "; the host is set at " + place);
  }
  return text + (problem.certainty == model::Certainty::kLikely
                     ? "."
                     : "; if they do not, say so: tokens: {issuer: ...} of this deployment.");
}

// The authority calls itself otherwise than it did.
std::string moved_issuer(const Problem& problem, const DeploymentView& view, base::Instant now) {
  if (problem.issuer_move == Problem::IssuerMove::kFormerRefused) {
    std::string text = "Have callers that are refused fetch a new token: it has the issuer '" +
                       base::printable(problem.accepts) + "'";
    if (problem.window.until) {
      text += ". The last token with the former one expires by " +
              instant_for_people(*problem.window.until, now);
    }
    return text + ".";
  }
  const std::string warning = restart_warning(problem, now);
  std::string text = "If the change was not meant, have the provider restore the issuer '" +
                     base::printable(problem.accepts) +
                     "' (Keycloak: KC_HOSTNAME, or the realm's frontend URL).";
  const std::string list =
      view.settings.issuers.has_value()
          ? "add '" + base::printable(problem.brought) + "' to " + issuer_list(view)
          : std::string();
  const std::string restart =
      warning.empty() ? "restart the service: it fetches the document at start" : "";
  if (!list.empty() || !restart.empty()) {
    text +=
        " If it was, " + list + (list.empty() || restart.empty() ? "" : " and ") + restart + ".";
  }
  if (problem.window.until) {
    text += " Otherwise each instance fetches it by itself by " +
            instant_for_people(*problem.window.until, now) + ".";
  }
  return warning.empty() ? text : text + " " + warning;
}

std::string issuer(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const bool of_template =
      (problem.brought + problem.answer).find(kTenantTemplate) != std::string::npos;
  if (!problem.answer.empty()) {
    const std::string where = setting(problem, "the deployed " + view.validator->words().authority);
    return of_template ? "Name the tenant itself in " + where + ": a template is nobody's issuer."
                       : "Write the issuer in " + where + " as the document at " +
                             base::printable(problem.url) +
                             " does, letter by letter, or have the provider fix its `issuer`.";
  }
  if (of_template) {
    const validators::Vocabulary& words = view.validator->words();
    return "Name the tenant whose tokens you take, instead of common or organizations, in " +
           setting(problem, "the " + words.authority) + ", or the issuers of the tenants in " +
           words.issuer_list + words.about_templates +
           ". If callers bring others, say so: tokens: {issuer: ...} of this deployment.";
  }
  if (problem.issuer_move != Problem::IssuerMove::kNone) return moved_issuer(problem, view, now);
  if (problem.brought.empty()) {
    return "Have the provider fix `issuer` in its document, or add the issuer of its tokens to the "
           "valid issuers.";
  }
  return wrong_issuer(problem, view);
}

std::string audience(const Problem& problem, const DeploymentView& view) {
  const validators::Vocabulary& words = view.validator->words();
  const std::string where = setting(problem, words.audiences);
  if (lacks_scope(problem, view)) {
    return "Have callers ask for a scope of this API, or give them an app role of it; or let the "
           "service authorize callers by a list of its own.";
  }
  if (is_audience_unread(problem, view)) {
    return "Rename \"" + words.unread_audience + "\" at " + place_of(problem.origin) + " to \"" +
           words.audience + "\": the framework reads " + words.read_audiences + " alone.";
  }
  if (view.tokens.audience && view.tokens.audience->empty() && !problem.accepts.empty()) {
    return "Access tokens of some providers carry client_id instead of aud (Amazon Cognito): check "
           "client_id in code and switch the audience check off" +
           (words.no_audience_check.empty() ? "" : " (" + words.no_audience_check + ")") +
           ", or have callers send ID tokens, whose aud is the client id. If their tokens do have "
           "an "
           "audience, say so: tokens: {audience: ...} of this deployment.";
  }
  if (problem.accepts.empty()) {
    return "Name the audience that callers bring in " + where +
           (words.audience.empty() ? "." : ", as \"" + words.audience + "\": \"...\".");
  }
  if (view.tokens.shown) {
    return "If callers bring tokens for " + base::printable(problem.brought) +
           " as the canary does, name it in " + where +
           "; if they do not, have the canary ask for what callers ask for.";
  }
  const bool asked = view.tokens.audience && view.tokens.audience_source != kOurTokens;
  return "If callers bring tokens for " + base::printable(problem.brought) + ", name it in " +
         where + "; if they do not, " +
         (asked ? "ask with the audience that they bring."
                : "say so: tokens: {audience: ...} of this deployment.");
}

std::string packages(const DeploymentView& view) {
  const std::string place = place_of(view.settings.protocols_origin);
  return view.validator->words().fit_packages +
         (place.empty() ? "" : "; the deployed value is at " + place) + ".";
}

std::string other_keys(const Problem& problem, const DeploymentView& view) {
  const std::string& authority = view.validator->words().authority;
  return "If callers bring tokens of " + base::printable(problem.key_of) +
         ", add a second scheme whose " + authority +
         " is that address; if they do not, stop watching it for this service or have them ask " +
         setting(problem, "the " + authority) + ".";
}

std::string clock_text(const Problem& problem, const DeploymentView& view) {
  const std::string place = place_of(view.settings.clock_skew.origin());
  std::string text =
      "Find out which clock is wrong: compare this host with NTP (chronyc tracking, timedatectl "
      "timesync-status) and with other authorities. If it is this host's, set it (chronyc "
      "makestep, or systemctl restart systemd-timesyncd); if it is the provider's, ask them to "
      "set theirs.";
  if (!place.empty()) text += " The tolerance is set at " + place + ".";
  if (problem.without_not_before) {
    text +=
        " Tokens without nbf are accepted, and this provider usually writes none: say so with "
        "tokens: {claims: {nbf: false}} of this deployment, or true where they have it.";
  }
  return text;
}

std::string lifetime(const Problem& problem) {
  if (problem.accepts.empty()) {
    return "Have the provider write nbf no later than iat, or let the service tolerate " +
           problem.brought + " of clock skew.";
  }
  return "Have callers fetch the next token before this one ends, after less than " +
         problem.brought + "; or have the authority issue tokens that live longer.";
}

}  // namespace

bool is_for_want_of_refresh(const Problem& problem, const DeploymentView& view) {
  const auto& refresh = view.settings.refresh_on_unknown_kid;
  if (problem.rule != "refusal-rotation" || !refresh.has_value() || refresh.value()) return false;
  const auto& longest = problem.window.longest_s;
  return !longest || base::seconds(*longest) > 2 * view.validator->cache().throttle.gap;
}

bool is_audience_unread(const Problem& problem, const DeploymentView& view) {
  return problem.rule == "refusal-audience" && problem.accepts.empty() &&
         !view.validator->words().unread_audience.empty() &&
         base::to_lower(problem.origin.key)
             .ends_with(":" + base::to_lower(view.validator->words().unread_audience));
}

bool lacks_scope(const Problem& problem, const DeploymentView& view) {
  return problem.rule == "refusal-audience" && view.tokens.scope == false &&
         problem.brought.empty() && problem.accepts.empty();
}

bool is_certificate_out_of_date(const Problem& problem) {
  return problem.detail == validators::CauseDetail::kCertificateDates;
}

std::string instant_for_people(base::Instant at, base::Instant now) {
  const base::Instant whole = std::chrono::floor<base::seconds>(at);
  const std::string text = base::format_rfc3339(whole);
  const base::Duration away =
      std::chrono::floor<base::seconds>(whole > now ? whole - now : now - whole);
  if (away < base::seconds(1)) return text + " (now)";
  if (whole > now) return text + " (in " + base::describe_duration(away) + ")";
  return text + " (" + base::describe_duration(away) + " ago)";
}

std::string place_of(const model::Origin& origin) {
  if (!origin.known()) return {};
  std::string text = base::printable(origin.file);
  if (!origin.file.empty() && origin.line > 0) text += ":" + std::to_string(origin.line);
  if (origin.key.empty()) return text;
  return text.empty() ? base::printable(origin.key)
                      : text + " (" + base::printable(origin.key) + ")";
}

std::string remedy_for(const Problem& problem, const DeploymentView& view, base::Instant now) {
  const std::string& rule = problem.rule;
  if (problem.foreseen) return foreseen_remedy(problem, view, now);
  if (rule == "refusal-rotation") return rotation_advice(problem, view, now);
  if (rule == "refusal-withdrawn-key") return withdrawal_advice(problem, view, now);
  if (rule == "refusal-pinned-key") {
    const std::string pinned = setting(problem, "the pinned keys");
    return (problem.certainty == model::Certainty::kPossible
                ? "Add " + key_text(problem) + " to " + pinned
                : "Replace the keys in " + pinned + " with those that the authority publishes") +
           ", or name its " + view.validator->words().authority + " so that keys are fetched.";
  }
  if (!problem.key_of.empty()) return other_keys(problem, view);
  if (rule == "refusal-keys" && problem.detail == validators::CauseDetail::kUnfitPackages) {
    return packages(view);
  }
  if (rule == "refusal-https") return https(problem, view);
  if (is_certificate_out_of_date(problem)) {
    return "Ask the authority to renew the certificate beside its key, or to leave x5c out; or, "
           "where its dates mean nothing to you, set " +
           view.validator->words().validate_signing_key + " to false in code.";
  }
  if (rule == "refusal-algorithm") return algorithm(problem, view);
  if (rule == "refusal-issuer") return issuer(problem, view, now);
  if (rule == "refusal-audience") return audience(problem, view);
  if (rule == "refusal-clock") return clock_text(problem, view);
  if (rule == "refusal-lifetime") return lifetime(problem);
  if (rule == "refusal-start") return "Fix " + setting(problem, "the deployed file") + ".";
  if (rule == "refusal-keys" && view.tokens.kid == false) {
    return "Have the provider write a kid into its tokens, or let the service try every key.";
  }
  if (rule == "refusal-keys" && !problem.brought.empty()) return algorithm(problem, view);
  if (rule == "refusal-document" || rule == "refusal-keys") return content(problem, view, now);
  return fetching(problem, view, now);
}

}  // namespace idpwatch::forecast
