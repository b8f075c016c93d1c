// Which product an authority is, as far as it changes what its tokens look like: the clouds and
// editions of Microsoft Entra ID, Azure AD B2C, AD FS. Decided by what the discovery document says,
// and only then by what the host is called: own domains, gateways and test servers serve the same
// documents. An unknown host is kOther, and nothing may be refused because of that.
//
// Pure. Sources: Microsoft Learn, "National clouds" (endpoints), "Access token claims reference"
// (iss, ver, tid), "Azure AD B2C: request an access token", "AD FS OpenID Connect/OAuth concepts";
// the instance aliases of MSAL (KnownMetadataProvider.cs).
#pragma once

#include "model/discovery.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace idpwatch::model {

enum class AuthorityFamily { kOther, kEntra, kExternalId, kB2c, kAdfs };

// By the document alone; kOther when it says nothing.
[[nodiscard]] AuthorityFamily family_of(const Discovery& document);
// By the host of an issuer, an authority or a metadata address.
[[nodiscard]] AuthorityFamily family_of_url(std::string_view url);

// Tenant and token version of an issuer of Entra ID, whatever its cloud.
struct EntraIssuer {
  std::string tenant;   // a GUID, a domain, or "{tenantid}"
  std::string version;  // "1.0", "2.0"
};
// nullopt: none of Entra's (by its host, or by the family that its document showed).
[[nodiscard]] std::optional<EntraIssuer> entra_issuer(
    std::string_view issuer, AuthorityFamily family = AuthorityFamily::kOther);
// The issuer of the same tenant's tokens of the other version, in the same cloud; empty where there
// is none. `beside`: another address of the same authority, which tells the cloud of a
// https://sts.windows.net/ issuer.
[[nodiscard]] std::string other_entra_issuer(std::string_view issuer, std::string_view beside = {});

// What access tokens bear in `iss` where that is not the document's issuer (AD FS:
// access_token_issuer).
[[nodiscard]] std::optional<std::string> access_token_issuer(const Discovery& document);

[[nodiscard]] bool is_guid(std::string_view text);

// https://NAME.ciamlogin.com/ of External ID: NAME; empty for any other host.
[[nodiscard]] std::string external_id_name(std::string_view host);

}  // namespace idpwatch::model
