#include "drawn_service.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace idpwatch::setups {

namespace {

using nlohmann::json;

struct Release {
  const char *library, *host;  // Microsoft.IdentityModel.Tokens, JwtBearer
};
constexpr std::array<Release, 9> kReleases{{{"5.5.0", "3.1.32"},
                                            {"6.7.1", "5.0.17"},
                                            {"6.10.0", "6.0.20"},
                                            {"6.35.0", "7.0.20"},
                                            {"7.0.3", "8.0.0"},
                                            {"7.1.2", "8.0.5"},
                                            {"7.1.2", "8.0.11"},
                                            {"8.0.1", "9.0.5"},
                                            {"8.23.0", "10.0.15"}}};

class Maker {
 public:
  Maker(const Provider& provider, std::mt19937& random) : provider_(provider), random_(random) {}

  DrawnService make() {
    authority_ = provider_.authority;
    audience_ = provider_.tokens[pick(provider_.tokens.size())].audience.value_or("orders");
    if (pick(2) == 0) slip();
    DrawnService made;
    made.deployment.settings = section();
    made.deployment.packages = packages();
    made.slip = slip_;
    return made;
  }

 private:
  std::size_t pick(std::size_t below) {
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_);
  }

  static void change_letter(std::string& text, std::size_t from, std::size_t at) {
    for (std::size_t i = from + at; i < text.size(); ++i) {
      if (std::isalpha(static_cast<unsigned char>(text[i])) == 0) continue;
      text[i] = text[i] == 'x' ? 'y' : 'x';
      return;
    }
    text += 'x';
  }

  void slip() {
    if (pick(2) == 0) {
      slip_of_audience();
    } else {
      slip_of_authority();
    }
  }

  static void turn_slash(std::string& text) {
    if (text.ends_with('/')) {
      text.pop_back();
    } else {
      text += '/';
    }
  }

  static void turn_case(std::string& text) {
    for (char& c : text) {
      const auto letter = static_cast<unsigned char>(c);
      c = static_cast<char>(std::isupper(letter) != 0 ? std::tolower(letter)
                                                      : std::toupper(letter));
    }
  }

  void slip_of_authority() {
    const std::size_t path = std::min(authority_.find('/', 8), authority_.size());
    switch (pick(11)) {
      case 0:
        slip_ = "slash of the authority";
        return turn_slash(authority_);
      case 1:
        slip_ = "letter of the authority's host";
        return change_letter(authority_, 8, pick(4));
      case 2:
        slip_ = "letter of the authority's path";
        return change_letter(authority_, path, 0);
      case 3:
        slip_ = "http in the authority";
        authority_.erase(4, 1);
        return;
      case 4:
        slip_ = "document in the authority";
        if (!authority_.ends_with('/')) authority_ += '/';
        authority_ += ".well-known/openid-configuration";
        return;
      case 5:
        slip_ = "space behind the authority";
        authority_ += ' ';
        return;
      case 6:
        slip_ = "port of the authority";
        authority_.insert(path, ":443");
        return;
      case 7:
        slip_ = "no scheme of the authority";
        authority_.erase(0, 8);
        return;
      case 8:
        slip_ = "two slashes in the authority";
        authority_.insert(path, "/");
        return;
      case 9: {
        slip_ = "version of the authority";
        const std::size_t at = authority_.find("/v2.0");
        if (at == std::string::npos) {
          authority_ += "/v2.0";
        } else {
          authority_.erase(at, 5);
        }
        return;
      }
      default:
        slip_ = "case of the authority's path";
        std::string behind = authority_.substr(path);
        turn_case(behind);
        authority_ = authority_.substr(0, path) + behind;
    }
  }

  void slip_of_audience() {
    switch (pick(6)) {
      case 0:
        slip_ = "letter of the audience";
        return change_letter(audience_, 0, pick(3));
      case 1:
        slip_ = "slash of the audience";
        return turn_slash(audience_);
      case 2:
        slip_ = "api:// of the audience";
        audience_ = audience_.starts_with("api://") ? audience_.substr(6) : "api://" + audience_;
        return;
      case 3:
        slip_ = "space behind the audience";
        audience_ += ' ';
        return;
      case 4:
        slip_ = "no audience";
        audience_.clear();
        return;
      default:
        slip_ = "case of the audience";
        turn_case(audience_);
    }
  }

  Packages packages() {
    const Release& release = kReleases.at(release_);
    Packages all;
    for (const char* name : {"Tokens", "JsonWebTokens", "Protocols", "Protocols.OpenIdConnect"}) {
      all[std::string("Microsoft.IdentityModel.") + name] = release.library;
    }
    all["Microsoft.AspNetCore.Authentication.JwtBearer"] = release.host;
    if (identity_web_) all["Microsoft.Identity.Web"] = release_ < 6 ? "2.15.5" : "4.18.0";
    return all;
  }

  [[nodiscard]] bool is_entra() const { return provider_.host.starts_with("https://log"); }

  json section() {
    release_ = pick(kReleases.size());
    if (is_entra() && pick(2) == 0) return azure_ad();
    switch (pick(4)) {
      case 0:
        if (release_ >= 3) return schemes();
        break;
      case 1:
        return {{"Jwt", options({{"Authority", authority_}})}};
      case 2:
        return {{"Authentication", options({{"Authority", authority_}})}};
      default:
        break;
    }
    return own_section();
  }

  // One value, a list of one or of more, or the value in the parameters.
  json options(json section) {
    switch (pick(4)) {
      case 0:
        section["TokenValidationParameters"] = {{"ValidAudience", audience_}};
        break;
      case 1:
        section["TokenValidationParameters"] = {{"ValidAudiences", {"other", audience_}}};
        break;
      default:
        section["Audience"] = audience_;
    }
    if (pick(4) == 0) section["TokenValidationParameters"]["ValidIssuer"] = some_issuer();
    if (pick(8) == 0) {
      section["TokenValidationParameters"]["ValidIssuers"] = {some_issuer(), some_issuer()};
    }
    if (pick(8) == 0) section["RequireHttpsMetadata"] = false;
    if (pick(12) == 0) section["TokenValidationParameters"]["ValidateAudience"] = false;
    if (pick(12) == 0) section["TokenValidationParameters"]["ValidateIssuer"] = false;
    if (pick(12) == 0) {
      section["MetadataAddress"] = authority_ + "/.well-known/openid-configuration";
      if (pick(2) == 0) section.erase("Authority");
    }
    return section;
  }

  json schemes() {
    json section{{"Authority", authority_}};
    if (pick(2) == 0) {
      section["ValidAudience"] = audience_;
    } else {
      section["ValidAudiences"] = {audience_, "other"};
    }
    if (pick(4) == 0) section["ValidIssuer"] = some_issuer();
    if (pick(6) == 0) section["ValidateIssuer"] = false;
    if (pick(8) == 0) section["ValidateAudience"] = false;
    if (pick(8) == 0) section["RequireHttpsMetadata"] = false;
    return {{"Authentication", {{"Schemes", {{"Bearer", section}}}}}};
  }

  std::string some_issuer() {
    std::string issuer = pick(2) == 0 ? provider_.document["issuer"].get<std::string>()
                                      : provider_.tokens[pick(provider_.tokens.size())].issuer;
    if (pick(4) == 0) turn_slash(issuer);
    return issuer;
  }

  json azure_ad() {
    identity_web_ = release_ >= 3 && pick(3) != 0;
    json section{{"Instance", provider_.host}, {"TenantId", provider_.realm}, {"ClientId", kApp}};
    if (pick(2) == 0) section["Audience"] = audience_;
    switch (pick(8)) {
      case 0:
        section.erase("Instance");
        section["Authority"] = authority_;
        break;
      case 1:
        slip_ += ", no slash of the instance";
        section["Instance"] = provider_.host.substr(0, provider_.host.size() - 1);
        break;
      case 2:
        slip_ += ", letter of the tenant";
        section["TenantId"] = "a" + provider_.realm.substr(1);
        break;
      case 3:
        slip_ += ", client id as URI";
        section["ClientId"] = "api://" + kApp;
        break;
      case 4:
        section["TokenValidationParameters"]["ValidAudiences"] = {audience_, kApp};
        break;
      case 5:
        section["TokenValidationParameters"]["ValidIssuers"] = {some_issuer()};
        break;
      default:
        break;
    }
    switch (pick(6)) {
      case 0:
        return {{"Authentication", {{"AzureAd", section}}}};
      case 1:
        if (section.contains("Instance")) return {{"EntraId", section}};
        break;
      default:
        break;
    }
    return {{"AzureAd", section}};
  }

  // On top of the file or below another section.
  json anywhere(const std::string& name, const json& section) {
    if (pick(3) == 0) return {{"Authentication", {{name, section}}}};
    return {{name, section}};
  }

  json own_section() {
    if (provider_.name == "Auth0" && slip_.find("authority") == std::string::npos) {
      return anywhere("Auth0", {{"Domain", provider_.host}, {"Audience", audience_}});
    }
    if (provider_.name == "Okta" && pick(2) == 0) {
      json section{{"OktaDomain", provider_.host}, {"Audience", audience_}};
      if (pick(2) == 0) section["AuthorizationServerId"] = provider_.realm;
      return anywhere("Okta", section);
    }
    if (provider_.name.starts_with("Keycloak")) {
      return anywhere("Keycloak", {{"auth-server-url", provider_.host},
                                   {"realm", provider_.realm},
                                   {"resource", audience_}});
    }
    if (provider_.name == "Azure AD B2C" && pick(2) == 0) {
      identity_web_ = release_ >= 3;
      return {{"AzureAdB2C",
               {{"Instance", provider_.host},
                {"Domain", provider_.realm},
                {"ClientId", kApp},
                {"SignUpSignInPolicyId", "B2C_1_susi"}}}};
    }
    const std::array<const char*, 5> names{"IdentityServer", "Oidc", "AuthServer", "JwtBearer",
                                           "JwtSettings"};
    const std::string name = names.at(pick(names.size()));
    if (name == "IdentityServer")
      return {{name, {{"Authority", authority_}, {"ApiName", audience_}}}};
    // An Issuer that is no URL may be of tokens that the service signs itself.
    if (name == "Oidc" && authority_.find("://") != std::string::npos)
      return {{name, {{"Issuer", authority_}, {"Audience", audience_}}}};
    return {{name, options({{"Authority", authority_}})}};
  }

  const Provider& provider_;
  std::mt19937& random_;
  std::string authority_, audience_, slip_;
  std::size_t release_ = 0;
  bool identity_web_ = false;
};

}  // namespace

DrawnService drawn_service(const Provider& provider, std::mt19937& random) {
  return Maker(provider, random).make();
}

}  // namespace idpwatch::setups
