// Whose token it is and what it is for, by what its claims look like: the issuers that people meet,
// with the tokens that each of them makes. Says also what a key set cannot show of it. Pure.
//
// Sources: Microsoft Learn "Access token claims reference", "ID token claims reference", "Azure AD
// B2C token overview"; Auth0 "Access Tokens", "Opaque"; Okta "Access token payload"; Keycloak
// server administration "Audience support"; Amazon Cognito "Using the access token", "Using the ID
// token"; Google "OpenID Connect", Cloud Run "Authenticating service-to-service", IAP "Signed
// headers"; AWS "Authenticate users using an Application Load Balancer"; AD FS "OpenID
// Connect/OAuth concepts"; Kubernetes "Managing Service Accounts"; RFC 9068; OpenID Connect Core 2,
// Back-Channel Logout 2.4.
#pragma once

#include "checks/token/token_form.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace idpwatch::checks {

enum class Issuer {
  kOther,
  kEntra,
  kB2c,
  kExternalId,
  kAdfs,
  kAuth0,
  kOkta,
  kKeycloak,
  kCognito,
  kGoogle,
  kGoogleIap,
  kGoogleServiceAccount,
  kAwsAlb,
  kKubernetes,
  kGithubActions,
  kGitlab,
  kSupabase,
  kFirebase,
};

struct TokenOwner {
  Issuer issuer = Issuer::kOther;
  std::string issued_by;  // "Microsoft Entra ID (v2.0)"
  std::string
      purpose;  // access, id, refresh, logout, service-account, userinfo, assertion, unknown
  std::string made_for;  // whom it is meant for, where that is not the service: "Microsoft Graph"
  std::vector<std::string> about;   // sentences: what it is for
  std::vector<std::string> limits;  // sentences: what it does not show
  // Only the resource that it is made for can verify it: why, in a sentence. Empty otherwise.
  std::string verified_by_resource_only;
  bool default_audience =
      false;  // aud is what the issuer puts there where the client asked for none

  [[nodiscard]] bool is_id_token() const { return purpose == "id"; }
};

// `shown`: the values that texts may quote; the claims themselves, or a redacted copy of them.
TokenOwner owner_of(const TokenForm& form, const base::Json& shown);

// How a client asks that issuer for a token for `audience`: one sentence.
std::string how_to_ask(const TokenOwner& owner, const TokenForm& form, const std::string& audience);

// Microsoft's own resources by application id or URL; empty for any other audience.
std::string_view microsoft_resource(std::string_view audience);

}  // namespace idpwatch::checks
