#include "forecast/remedies.hpp"

#include "base/text.hpp"
#include "forecast/attribution.hpp"
#include "forecast/fetched_address.hpp"
#include "forecast/foresight_texts.hpp"
#include "forecast/imagined.hpp"
#include "forecast/package_mix.hpp"

namespace idpwatch::forecast {

namespace {

// "the setting NAME" or where it stands.
std::string setting(const Problem& problem, std::string_view name) {
  const std::string place = place_of(problem.origin);
  return place.empty() ? std::string(name) : std::string(name) + " at " + place;
}

std::string not_now(const Problem& problem) {
  return "Do not restart the service now: a restarted one " + problem.restart_meets + ".";
}

std::string rotation(const Problem& problem, const DeploymentView& view, base::Instant now) {
  if (problem.condition == model::Condition::kRestarted) {
    return "Do not restart the service now: a restarted one refuses what the running one takes.";
  }
  std::string text =
      problem.restart_meets.empty()
          ? "Restart the service once the new key is published: it then fetches the key set afresh."
          : not_now(problem) + " Restart it when the authority is well again.";
  if (problem.document_gone) {
    text += " Running instances cannot fetch the new key until the discovery document is back.";
  }
  if (problem.window.until) {
    text += " Waiting helps, too: it ends by itself at the latest at " +
            instant_for_people(*problem.window.until, now) + ".";
  }
  if (is_for_want_of_refresh(problem, view)) {
    const std::string place = place_of(view.settings.refresh_on_unknown_kid.origin());
    text += " Set RefreshOnIssuerKeyNotFound to true" + (place.empty() ? "" : " at " + place) +
            ", so that it fetches again by itself.";
  }
  return text + " The authority should publish a key at least " +
         base::describe_duration(view.validator->refresh_after_most()) + " before it signs.";
}

std::string withdrawn(const Problem& problem, base::Instant now) {
  std::string text =
      "Ask the authority to keep the former key published until its last token has ended";
  text += problem.restart_meets.empty() ? "; callers that fetch a new token are served."
                                        : ". " + not_now(problem);
  if (problem.window.until) {
    text += " Waiting helps: the last such token ends before " +
            instant_for_people(*problem.window.until, now) + ".";
  }
  return text;
}

std::string fetching(const Problem& problem, const DeploymentView& view) {
  const std::string where = problem.url.empty() ? "the authority" : base::printable(problem.url);
  std::string text;
  if (problem.rule == "refusal-slow") {
    const std::string place = place_of(view.settings.fetch_timeout.origin());
    text = "Raise BackchannelTimeout" + (place.empty() ? "" : " at " + place) +
           " above what the authority needs, or make " + where + " faster.";
  } else if (problem.rule == "refusal-redirect") {
    text = "Name the address that " + where + " redirects to in " +
           setting(problem, "the deployed Authority") + ".";
  } else if (problem.rule == "refusal-tls") {
    text = "Renew the certificate of " + where + ", or have the service's host trust its issuer.";
  } else if (problem.rule == "refusal-size") {
    text = "Make the document at " + where + " smaller than 10 MiB.";
  } else {
    text = problem.url.empty() ? "Check that the authority runs." : fetch_remedy(problem, view);
  }
  if (problem.condition == model::Condition::kRestarted && !view.restarted_only) {
    text += " Do not restart or scale out the service before: what runs lives on its cache.";
  }
  return text;
}

std::string content(const Problem& problem, const DeploymentView& view) {
  const std::string where = problem.url.empty() ? "the authority" : base::printable(problem.url);
  if (problem.answer != kNoKeys && problem.answer != kNoUsableKey) {
    return "Mend what " + where + " serves, or update the library: other versions may take it.";
  }
  const std::string text = "Have the authority publish its signing keys at " + where +
                           ": without, no version takes any "
                           "token.";
  if (view.restarted_only) return text;
  return text + " Do not restart or scale out the service before: what runs lives on its cache.";
}

std::string https(const Problem& problem, const DeploymentView& view) {
  const std::string or_not = ", or set RequireHttpsMetadata to false (for development only).";
  const auto urls = view.validator->metadata_urls();
  if (problem.url.empty() || (!urls.empty() && problem.url == urls.front())) {
    const bool metadata = view.settings.metadata_url.has_value();
    const std::string place = place_of_authority(view.settings);
    return std::string("Write https in the deployed ") +
           (metadata ? "MetadataAddress" : "Authority") + (place.empty() ? "" : " at " + place) +
           or_not;
  }
  return "Have the provider name https in `jwks_uri` of its document (behind a proxy: by "
         "X-Forwarded-Proto or its external address)" +
         or_not;
}

std::string algorithm(const Problem& problem) {
  if (problem.accepts.empty()) {
    return "Have the authority sign with an algorithm that the library knows (RS256, PS256, ES256),"
           " or update the library.";
  }
  return "Allow " + base::printable(problem.brought) + " in " +
         setting(problem, "ValidAlgorithms") + ".";
}

// Where another valid issuer can be written.
std::string issuer_list(const DeploymentView& view) {
  const model::ValidatorSettings& settings = view.settings;
  if (settings.issuers.origin().known()) {
    return "the valid issuers at " + place_of(settings.issuers.origin());
  }
  const std::string place = place_of(settings.authority.origin());
  if (settings.binding == model::Binding::kFrameworkBinder) {
    return "ValidIssuers" + (place.empty() ? "" : " beside " + place);
  }
  if (view.validator->profile() == "microsoft-identity-web") {
    return "TokenValidationParameters:ValidIssuers" + (place.empty() ? "" : " beside " + place);
  }
  return "TokenValidationParameters.ValidIssuers in code";
}

std::string wrong_issuer(const Problem& problem, const DeploymentView& view) {
  const std::string brought = base::printable(problem.brought);
  const std::string place = place_of(problem.origin);
  std::string text =
      problem.certainty == model::Certainty::kLikely
          ? "Add " + brought + " to " + issuer_list(view)
          : "If callers bring tokens of " + brought + ", name it in " + issuer_list(view);
  if (problem.another_authority) {
    text += ", or make it the Authority" + (place.empty() ? "" : " at " + place);
  } else if (problem.another_host) {
    text +=
        ", or give the provider one public address, so that its document and its tokens name the "
        "same issuer (Keycloak: KC_HOSTNAME; Duende IdentityServer: IssuerUri; behind a proxy: "
        "forwarded headers)" +
        (place.empty() ? "" : "; the host stands at " + place);
  }
  return text + (problem.certainty == model::Certainty::kLikely
                     ? "."
                     : "; if they do not, say so: tokens: {issuer: ...} of this deployment.");
}

std::string issuer(const Problem& problem, const DeploymentView& view) {
  const bool of_template =
      (problem.brought + problem.answer).find(kTenantTemplate) != std::string::npos;
  if (!problem.answer.empty()) {
    const std::string where = setting(problem, "the deployed Issuer");
    return of_template ? "Name the tenant itself in " + where + ": a template is nobody's issuer."
                       : "Write the issuer in " + where + " as the document at " +
                             base::printable(problem.url) +
                             " does, letter by letter, or have the authority mend its `issuer`.";
  }
  if (of_template) {
    return "Name the tenant whose tokens you take, instead of common or organizations, in " +
           setting(problem, "the Authority") +
           ", or the issuers of the tenants in ValidIssuers; Microsoft.Identity.Web fills in "
           "{tenantid} itself. If callers bring others, say so: tokens: {issuer: ...} of this "
           "deployment.";
  }
  if (problem.brought.empty()) {
    const std::string mend =
        "Mend `issuer` in the authority's document, or name the issuer of its tokens in the valid "
        "issuers.";
    if (view.restarted_only) return mend;
    if (!problem.restart_meets.empty()) return mend + " " + not_now(problem);
    return problem.window.until ? "Wait, or restart: the service then fetches the document."
                                : "Restart the service: it then fetches the document.";
  }
  return wrong_issuer(problem, view);
}

std::string audience(const Problem& problem, const DeploymentView& view) {
  const std::string where = setting(problem, "the valid audiences");
  if (is_audience_unread(problem, view)) {
    return "Rename \"Audience\" at " + place_of(problem.origin) +
           " to \"ValidAudience\": the framework reads ValidAudience and ValidAudiences alone.";
  }
  if (view.tokens.audience && view.tokens.audience->empty() && !problem.accepts.empty()) {
    return "Access tokens of some providers carry client_id instead of aud (Amazon Cognito): check "
           "client_id in code and switch the audience check off (ValidateAudience: false), or have "
           "callers send ID tokens, whose aud is the client id. If their tokens do have an "
           "audience, say so: tokens: {audience: ...} of this deployment.";
  }
  if (problem.accepts.empty()) {
    const bool scheme = view.settings.binding == model::Binding::kFrameworkBinder;
    return "Name the audience that callers bring in " + where +
           (scheme ? ", as \"ValidAudience\": \"...\"." : ".");
  }
  const bool asked = view.tokens.audience && view.tokens.audience_source != kOurTokens;
  return "If callers bring tokens for " + base::printable(problem.brought) + ", name it in " +
         where + "; if they do not, " +
         (asked ? "ask with the audience that they bring."
                : "say so: tokens: {audience: ...} of this deployment.");
}

std::string packages(const DeploymentView& view) {
  const model::ValidatorSettings& settings = view.settings;
  const std::string& tokens = settings.library.empty() ? settings.version : settings.library;
  const std::string place = place_of(settings.protocols_origin);
  return "Reference Microsoft.IdentityModel.Protocols.OpenIdConnect " + tokens +
         " in the project, so that all Microsoft.IdentityModel packages have one version" +
         (place.empty() ? "" : "; the deployed one stands at " + place) + ".";
}

std::string other_keys(const Problem& problem) {
  return "If callers bring tokens of " + base::printable(problem.key_of) +
         ", add a second scheme whose Authority is that address; if they do not, stop watching it "
         "for this service or have them ask " +
         setting(problem, "the Authority") + ".";
}

std::string clock_text(const Problem& problem, const DeploymentView& view) {
  const std::string place = place_of(view.settings.clock_skew.origin());
  return "Find out which clock is wrong: compare this host with NTP (chronyc tracking, timedatectl "
         "timesync-status) and with other authorities. If it is this host's, set it (chronyc "
         "makestep, or systemctl restart systemd-timesyncd); if it is the provider's, ask them to "
         "set theirs. They are " +
         problem.brought + " apart, tolerated are " + problem.accepts +
         (place.empty() ? std::string() : " (" + place + ")") + ".";
}

}  // namespace

bool is_for_want_of_refresh(const Problem& problem, const DeploymentView& view) {
  const auto& refresh = view.settings.refresh_on_unknown_kid;
  if (problem.rule != "refusal-rotation" || !refresh.has_value() || refresh.value()) return false;
  const auto& longest = problem.window.longest_s;
  return !longest || base::seconds(*longest) > 2 * view.validator->forced_refresh_gap();
}

bool is_audience_unread(const Problem& problem, const DeploymentView& view) {
  return problem.rule == "refusal-audience" && problem.accepts.empty() &&
         view.settings.binding == model::Binding::kFrameworkBinder &&
         base::to_lower(problem.origin.key).ends_with(":audience");
}

bool is_certificate_out_of_date(const Problem& problem) {
  return problem.error == "IDX10249" || problem.error == "IDX10248";
}

std::string instant_for_people(base::Instant at, base::Instant now) {
  const base::Instant whole = std::chrono::floor<base::seconds>(at);
  std::string text = base::format_rfc3339(whole);
  if (whole > now) return text + " (in " + base::describe_duration(whole - now) + ")";
  return text + " (" + base::describe_duration(now - whole) + " ago)";
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
  if (rule == "refusal-rotation") return rotation(problem, view, now);
  if (rule == "refusal-withdrawn-key") return withdrawn(problem, now);
  if (rule == "refusal-pinned-key") {
    return "Replace the key in " + setting(problem, "the pinned keys") +
           " by the authority's present ones, or name its Authority so that keys are fetched.";
  }
  if (!problem.key_of.empty()) return other_keys(problem);
  if (rule == "refusal-keys" && keys_lost_to_packages(view.settings, problem.error)) {
    return packages(view);
  }
  if (rule == "refusal-https") return https(problem, view);
  if (is_certificate_out_of_date(problem)) {
    return "Ask the authority to renew the certificate beside its key, or to leave x5c out; or, "
           "where its dates mean nothing to you, set "
           "TokenValidationParameters.ValidateIssuerSigningKey to false in code.";
  }
  if (rule == "refusal-algorithm") return algorithm(problem);
  if (rule == "refusal-issuer") return issuer(problem, view);
  if (rule == "refusal-audience") return audience(problem, view);
  if (rule == "refusal-clock") return clock_text(problem, view);
  if (rule == "refusal-start") return "Mend " + setting(problem, "the deployed file") + ".";
  if (rule == "refusal-keys" && !problem.brought.empty()) return algorithm(problem);
  if (rule == "refusal-document" || rule == "refusal-keys") return content(problem, view);
  return fetching(problem, view);
}

}  // namespace idpwatch::forecast
