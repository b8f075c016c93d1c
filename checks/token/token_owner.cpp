#include "checks/token/token_owner.hpp"

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/url.hpp"
#include "checks/token/entra_texts.hpp"
#include "model/authority_family.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace idpwatch::checks {
namespace {

using base::Json;
using model::AuthorityFamily;

std::string text(const Json& object, const char* name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Outside text in a sentence.
std::string quoted(const std::string& value) {
  constexpr std::size_t kShown = 120;
  return '"' + base::printable(value, kShown) + '"';
}

std::string host_of(const std::string& url) {
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->host : std::string();
}

std::string path_of(const std::string& url) {
  const auto parsed = base::parse_url(url);
  return parsed ? parsed->path : std::string();
}

class Reader {
 public:
  Reader(const TokenForm& form, const Json& shown)
      : form_(form),
        shown_(shown),
        iss_(form.claim_text("iss")),
        host_(host_of(iss_)),
        path_(path_of(iss_)) {
    if (form.token) audiences_ = form.token->audiences;
  }

  TokenOwner run() {
    if (form_.kind == TokenKind::kJwe) {
      encrypted();
    } else if (form_.readable()) {
      by_marks() || by_family() || by_host() || by_path();
      if (out_.issued_by.empty()) unknown();
      if (out_.purpose.empty()) out_.purpose = common_purpose();
      describe_purpose();
    }
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string claim(const char* name) const { return form_.claim_text(name); }
  [[nodiscard]] bool has(const char* name) const { return form_.has_claim(name); }

  bool is(Issuer issuer, std::string name) {
    out_.issuer = issuer;
    out_.issued_by = std::move(name);
    return true;
  }

  void encrypted() {
    std::string issuer = form_.header_text("iss");
    const std::string host = host_of(issuer);
    if (host.ends_with(".auth0.com") || form_.header_text("alg") == "dir") {
      is(Issuer::kAuth0,
         "Auth0" + (issuer.empty() ? "" : " (" + base::printable(issuer, 120) + ")"));
      out_.purpose = "userinfo";
      out_.about.push_back(
          "This token is encrypted (JWE): only Auth0 can open it, and it is meant for Auth0's "
          "/userinfo. Auth0 issues it when the client names no audience, so it is for no API.");
      return;
    }
    out_.issued_by = issuer.empty() ? "an issuer that its header does not name" : issuer;
    out_.purpose = "unknown";
    out_.about.push_back(
        "This token is encrypted (JWE): only the party that it was encrypted for can "
        "read it, so its claims cannot be judged here.");
  }

  // What no other issuer writes, whatever its host is called.
  bool by_marks() {
    if (has("kubernetes.io")) return kubernetes_bound();
    if (has("kubernetes.io/serviceaccount/namespace")) return kubernetes_legacy();
    if (form_.header_text("signer").starts_with("arn:aws")) return load_balancer();
    if (iss_ == "https://cloud.google.com/iap") return iap();
    if (claim("token_use") == "access" || claim("token_use") == "id") return cognito();
    return false;
  }

  bool kubernetes_bound() {
    is(Issuer::kKubernetes, "Kubernetes");
    out_.purpose = "service-account";
    const Json none = Json::object();
    const Json& node = shown_.is_object() && shown_.contains("kubernetes.io") &&
                               shown_["kubernetes.io"].is_object()
                           ? shown_["kubernetes.io"]
                           : none;
    const Json& account = node.contains("serviceaccount") ? node["serviceaccount"] : none;
    out_.about.push_back("A projected token of the service account " +
                         quoted(text(node, "namespace") + "/" + text(account, "name")) + ".");
    bound_to(node);
    rotated(node);
    return true;
  }

  void bound_to(const Json& node) {
    for (const char* kind : {"pod", "secret", "node"}) {
      if (!node.contains(kind)) continue;
      const std::string name = quoted(text(node[kind], "name"));
      out_.limits.push_back(
          "It is bound to the " + std::string(kind) + ' ' + name +
          ". The API server (TokenReview) "
          "refuses it as soon as that " +
          kind +
          " is gone; a service that checks it against the key "
          "set goes on accepting it until exp. If that matters, ask TokenReview.");
      return;
    }
  }

  void rotated(const Json& node) {
    const auto warn = node.find("warnafter");
    const auto& token = *form_.token;
    if (warn == node.end() || !warn->is_number_integer() || !token.issued_at) return;
    constexpr std::int64_t kDay = 86'400;
    const std::int64_t asked = warn->get<std::int64_t>() - *token.issued_at;
    if (asked <= 0 || asked > 10 * kDay) return;
    out_.limits.push_back(
        "Its pod asked for " + base::describe_duration(base::seconds(asked)) + " (warnafter is " +
        std::to_string(asked) +
        " s after iat); Kubernetes extends such tokens to a year so that "
        "clients that never read the file again go on working. The file is replaced within that "
        "time: read it again for each use, and do not count on the year.");
  }

  bool kubernetes_legacy() {
    is(Issuer::kKubernetes, "Kubernetes");
    out_.purpose = "service-account";
    out_.about.emplace_back(
        "A service account token from a Secret (the old form): it has no end and no audience of "
        "its "
        "own, and is valid until its Secret is deleted.");
    out_.limits.emplace_back(
        "Only the API server (TokenReview) knows whether its Secret still exists.");
    return true;
  }

  bool load_balancer() {
    is(Issuer::kAwsAlb, "AWS Application Load Balancer");
    out_.purpose = "assertion";
    out_.made_for = "the target behind the load balancer";
    out_.about.emplace_back(
        "The load balancer signs the user's claims itself (x-amzn-oidc-data), with a key of its "
        "own "
        "that is in no key set of the provider: fetch it by kid from "
        "https://public-keys.auth.elb.REGION.amazonaws.com/KID, and compare the header's signer "
        "with the ARN of the load balancer. The provider's own token is in "
        "x-amzn-oidc-accesstoken.");
    return true;
  }

  bool iap() {
    is(Issuer::kGoogleIap, "Google Identity-Aware Proxy");
    out_.purpose = "assertion";
    out_.made_for = "the backend behind IAP";
    out_.about.emplace_back(
        "IAP signs who called (X-Goog-IAP-JWT-Assertion) with keys of its own, published at "
        "https://www.gstatic.com/iap/verify/public_key-jwk; aud is the backend's resource path "
        "(/projects/NUMBER/...). It is not the caller's token.");
    return true;
  }

  bool cognito() {
    is(Issuer::kCognito, "Amazon Cognito");
    out_.purpose = claim("token_use");
    if (out_.purpose == "access" && !has("aud")) {
      out_.about.emplace_back(
          "Cognito's access tokens carry client_id and no aud (unless the client asked for a "
          "resource): compare client_id, or ask for a resource server's audience by resource=.");
    }
    return true;
  }

  bool by_family() {
    const AuthorityFamily family = model::family_of_url(iss_);
    if (family == AuthorityFamily::kB2c) return b2c();
    if (family == AuthorityFamily::kExternalId) {
      return entra(Issuer::kExternalId, "Microsoft Entra External ID");
    }
    if (family == AuthorityFamily::kAdfs || path_.starts_with("/adfs")) return adfs();
    if (family == AuthorityFamily::kEntra || host_ == "sts.windows.net") {
      return entra(Issuer::kEntra, "Microsoft Entra ID");
    }
    return false;
  }

  bool b2c() {
    is(Issuer::kB2c, "Azure AD B2C");
    out_.purpose = has("scp") ? "access" : has("nonce") || !has("azp") ? "id" : "access";
    const std::string flow =
        text(shown_, "tfp").empty() ? text(shown_, "acr") : text(shown_, "tfp");
    if (!flow.empty()) {
      out_.about.push_back("Issued by the user flow " + quoted(flow) +
                           ": every user flow has key sets and metadata of its own.");
    }
    return true;
  }

  bool adfs() {
    is(Issuer::kAdfs, "AD FS");
    const bool for_client = !audiences_.empty() && audiences_.front() == claim("appid");
    out_.purpose = for_client || (has("nonce") && !has("scp")) ? "id" : "access";
    if (!audiences_.empty() && audiences_.front().starts_with("urn:microsoft:userinfo")) {
      out_.default_audience = true;
      out_.made_for = "AD FS's own userinfo endpoint";
    }
    return true;
  }

  bool entra(Issuer issuer, const std::string& name) {
    const std::string version =
        claim("ver").empty() ? (host_ == "sts.windows.net" ? "1.0" : "2.0") : claim("ver");
    is(issuer, name + " (v" + base::printable(version, 8) + ")");
    const bool delegated = has("scp");
    const bool application = has("roles") || claim("idtyp") == "app" || has("appid") || has("azp");
    const std::string audience = audiences_.empty() ? "" : audiences_.front();
    const bool for_client = audience.find(':') == std::string::npos;
    out_.purpose = delegated || application || !for_client ? "access" : "id";
    if (!delegated && !application) tell_bare_token_apart(for_client, audience);
    out_.made_for = microsoft_resource(audience);
    if (!out_.made_for.empty()) {
      out_.about.push_back("It is a token for " + out_.made_for + " (aud " + quoted(audience) +
                           "), not for this service.");
    }
    if (form_.header != nullptr && form_.header->contains("nonce")) nonce();
    if (claim("idtyp") == "user" || has("xms_cc")) {
      out_.limits.emplace_back(
          "Entra may revoke it early by continuous access evaluation (xms_cc): a service that "
          "checks the key set alone does not notice.");
    }
    if (claim("idtyp") == "app" && !has("roles")) {
      out_.about.emplace_back("An application's own token without any app role.");
    }
    return true;
  }

  void tell_bare_token_apart(bool for_client, const std::string& audience) {
    if (!for_client) {
      out_.about.push_back(api_without_permissions(quoted(audience)));
    } else if (!has("nonce")) {
      unproven_ = true;
      out_.about.push_back(marks_of_id_tokens());
    }
  }

  void nonce() {
    out_.verified_by_resource_only = signed_over_hashed_nonce(
        out_.made_for.empty() ? "the resource that it names" : out_.made_for);
  }

  bool by_host() {
    if (iss_ == "https://accounts.google.com" || iss_ == "accounts.google.com") return google();
    if (iss_.starts_with("https://securetoken.google.com/")) {
      is(Issuer::kFirebase, "Firebase Authentication");
      out_.purpose = "id";
      out_.about.emplace_back(
          "Firebase gives apps this token to send to their own backend; aud is the project id.");
      return true;
    }
    if (iss_.ends_with(".gserviceaccount.com")) return service_account();
    if (host_ == "token.actions.githubusercontent.com") {
      out_.purpose = "assertion";
      return is(Issuer::kGithubActions, "GitHub Actions");
    }
    if (host_ == "gitlab.com" && has("project_path")) {
      out_.purpose = "assertion";
      return is(Issuer::kGitlab, "GitLab CI");
    }
    if (host_.ends_with(".supabase.co") || claim("role") == "anon" ||
        claim("role") == "service_role") {
      out_.purpose = "access";
      return is(Issuer::kSupabase, "Supabase");
    }
    if (host_.ends_with(".auth0.com") || claim("sub").starts_with("auth0|")) return auth0();
    if (host_.ends_with(".okta.com") || host_.ends_with(".oktapreview.com") ||
        host_.ends_with(".okta-emea.com") || path_.starts_with("/oauth2/aus")) {
      return okta();
    }
    return false;
  }

  bool google() {
    is(Issuer::kGoogle, "Google");
    out_.purpose = "id";
    const std::string audience = audiences_.empty() ? "" : audiences_.front();
    if (audience.ends_with(".apps.googleusercontent.com")) {
      out_.about.emplace_back(
          "aud is an OAuth client id: the token proves a login to that client.");
    } else {
      out_.about.emplace_back(
          "An identity token of a Google service account for the service that aud names, as Cloud "
          "Run, Cloud Functions and API Gateway ask for. It is what such a service is to be sent.");
      out_.purpose = "access";
    }
    return true;
  }

  bool service_account() {
    is(Issuer::kGoogleServiceAccount, "a Google service account (self-signed)");
    out_.purpose = "assertion";
    out_.about.push_back(
        "Signed by the service account itself, or by API Gateway for the backend; its keys are at "
        "https://www.googleapis.com/service_accounts/v1/jwk/" +
        base::printable(text(shown_, "iss"), 120) +
        ". Behind API Gateway the caller's own token is in X-Forwarded-Authorization.");
    return true;
  }

  bool auth0() {
    is(Issuer::kAuth0, "Auth0");
    const bool userinfo =
        std::any_of(audiences_.begin(), audiences_.end(),
                    [](const std::string& one) { return one.ends_with("/userinfo"); });
    const bool id = (has("nonce") || has("sid") || has("name") || has("email")) && !has("scope") &&
                    !has("gty") && !has("permissions");
    out_.purpose = id ? "id" : "access";
    if (userinfo && audiences_.size() == 1) {
      out_.purpose = "userinfo";
      out_.default_audience = true;
      out_.made_for = "Auth0's /userinfo";
    }
    if (!audiences_.empty() && audiences_.front().ends_with(".auth0.com/api/v2/")) {
      out_.made_for = "Auth0's Management API";
    }
    return true;
  }

  bool okta() {
    const bool custom = path_.find("/oauth2/") != std::string::npos;
    is(Issuer::kOkta,
       custom ? "Okta (custom authorization server)" : "Okta (org authorization server)");
    out_.purpose = has("cid") || has("scp") ? "access" : "id";
    if (!custom && out_.purpose == "access") {
      out_.made_for = "Okta's own APIs";
      out_.default_audience = true;
      out_.verified_by_resource_only =
          "Access tokens of the org authorization server are for Okta's own APIs, and Okta does "
          "not "
          "publish what others would need to verify them: use a custom authorization server "
          "(issuer .../oauth2/default or .../oauth2/aus...).";
    }
    return true;
  }

  // Servers that people run under hosts of their own.
  bool by_path() {
    if (path_.find("/realms/") != std::string::npos) return keycloak();
    if (host_.starts_with("cognito-idp.")) return cognito();
    return false;
  }

  bool keycloak() {
    is(Issuer::kKeycloak, "Keycloak");
    const std::string type = claim("typ");
    out_.purpose = type == "ID"                             ? "id"
                   : type == "Refresh" || type == "Offline" ? "refresh"
                   : type == "Logout"                       ? "logout"
                                                            : "access";
    out_.default_audience =
        !audiences_.empty() &&
        std::all_of(audiences_.begin(), audiences_.end(), [](const std::string& one) {
          return one == "account" || one == "realm-management" || one == "broker";
        });
    return true;
  }

  void unknown() {
    out_.issued_by =
        iss_.empty() ? "an issuer that it does not name (no iss)" : base::printable(iss_, 200);
  }

  // RFC 9068, OpenID Connect Core and Logout, for issuers that we know nothing else of.
  [[nodiscard]] std::string common_purpose() const {
    const std::string type = base::to_lower(form_.header_text("typ"));
    if (type == "at+jwt" || type == "application/at+jwt") return "access";
    if (type == "logout+jwt" || has("events")) return "logout";
    if (type.ends_with("dpop+jwt")) return "dpop-proof";
    if (has("scope") || has("scp") || has("client_id") || has("roles")) return "access";
    if (has("at_hash") || has("c_hash") || has("nonce")) return "id";
    return iss_ == claim("sub") && !iss_.empty() ? "assertion" : "unknown";
  }

  void describe_purpose() {
    if (out_.purpose == "id") {
      out_.about.push_back(
          std::string(unproven_ ? "This looks like an ID token" : "This is an ID token") +
          ": it proves a login to the client that aud names (" +
          quoted(base::join(audiences_, ", ")) + "), and carries no permission for an API.");
    }
    if (out_.purpose == "refresh") {
      out_.about.emplace_back(
          "This is a refresh token: it is for the issuer's token endpoint alone.");
    }
    if (out_.purpose == "logout") {
      out_.about.emplace_back("This is a logout token: it tells a client that a session ended.");
    }
    if (out_.purpose == "dpop-proof") {
      out_.about.emplace_back(
          "This is a DPoP proof (RFC 9449): it belongs into the DPoP header, beside the access "
          "token.");
    }
    if (has("cnf")) {
      out_.limits.emplace_back(
          "It is bound to a key of its client (cnf): without that client's certificate or DPoP "
          "proof it is refused by services that check the binding.");
    }
    if (form_.removed_by_google) {
      out_.about.emplace_back(
          "Its third part is the text SIGNATURE_REMOVED_BY_GOOGLE: Cloud Run (or another service "
          "behind IAM) checked the token and took the signature away before it reached the "
          "container, so nobody behind it can verify the token again.");
    }
  }

  const TokenForm& form_;
  const Json& shown_;
  std::string iss_, host_, path_;
  std::vector<std::string> audiences_;
  bool unproven_ = false;  // that it is an ID token
  TokenOwner out_;
};

}  // namespace

TokenOwner owner_of(const TokenForm& form, const Json& shown) { return Reader(form, shown).run(); }

}  // namespace idpwatch::checks
