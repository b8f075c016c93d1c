// Whose token it is, by the claims of each issuer that people meet.
#include "checks/token/token_owner.hpp"

#include "base/encoding.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::checks {
namespace {

using base::Json;

TokenOwner owner(const std::string& header, const std::string& claims) {
  const TokenForm form = read_token_form(base::base64url_encode(header) + '.' +
                                         base::base64url_encode(claims) + ".c2ln");
  REQUIRE(form.readable());
  return owner_of(form, *form.claims);
}

std::string all(const TokenOwner& owner) {
  std::string text;
  for (const std::string& one : owner.about) text += one + '\n';
  return text;
}

const std::string kHeader = R"({"alg":"RS256","kid":"k"})";
const std::string kTenant = "0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9";
const std::string kApp = "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9";
const std::string kV2 =
    R"("iss":"https://login.microsoftonline.com/)" + kTenant + R"(/v2.0","ver":"2.0")";

struct Row {
  std::string header, claims;
  Issuer issuer;
  std::string purpose;
};

}  // namespace

TEST_CASE("each issuer's token is known for what it is", "[owner]") {
  const std::vector<Row> rows{
      {kHeader, "{" + kV2 + R"(,"aud":")" + kApp + R"(","azp":"c","scp":"read"})", Issuer::kEntra,
       "access"},
      {kHeader,
       R"({"iss":"https://sts.windows.net/)" + kTenant + R"(/","ver":"1.0","aud":"api://)" + kApp +
           R"(","appid":"c","roles":["r"]})",
       Issuer::kEntra, "access"},
      {kHeader, "{" + kV2 + R"(,"aud":")" + kApp + R"(","nonce":"n"})", Issuer::kEntra, "id"},
      {kHeader,
       R"({"iss":"https://contoso.b2clogin.com/)" + kTenant +
           R"(/v2.0/","tfp":"B2C_1_in","aud":"a","azp":"c","scp":"read"})",
       Issuer::kB2c, "access"},
      {kHeader,
       R"({"iss":"https://contoso.ciamlogin.com/)" + kTenant +
           R"(/v2.0","ver":"2.0","aud":"a","azp":"c","scp":"s"})",
       Issuer::kExternalId, "access"},
      {kHeader,
       R"({"iss":"https://fs.example.com/adfs","aud":"urn:microsoft:userinfo","scp":"openid"})",
       Issuer::kAdfs, "access"},
      {kHeader,
       R"({"iss":"https://shop.eu.auth0.com/","aud":["https://api","https://shop.eu.auth0.com/userinfo"],"scope":"s"})",
       Issuer::kAuth0, "access"},
      {kHeader, R"({"iss":"https://shop.eu.auth0.com/","aud":"client","nonce":"n","sid":"s"})",
       Issuer::kAuth0, "id"},
      {kHeader,
       R"({"iss":"https://dev.okta.com","aud":"https://dev.okta.com","cid":"c","scp":["openid"]})",
       Issuer::kOkta, "access"},
      {kHeader,
       R"({"iss":"https://dev.okta.com/oauth2/default","aud":"api://default","cid":"c","scp":["s"]})",
       Issuer::kOkta, "access"},
      {kHeader,
       R"({"iss":"https://sso.example.com/realms/shop","aud":"account","typ":"Bearer","azp":"web"})",
       Issuer::kKeycloak, "access"},
      {kHeader,
       R"({"iss":"https://cognito-idp.eu-west-1.amazonaws.com/p","token_use":"access","client_id":"c"})",
       Issuer::kCognito, "access"},
      {kHeader,
       R"({"iss":"https://cognito-idp.eu-west-1.amazonaws.com/p","token_use":"id","aud":"c"})",
       Issuer::kCognito, "id"},
      {kHeader, R"({"iss":"https://accounts.google.com","aud":"x.apps.googleusercontent.com"})",
       Issuer::kGoogle, "id"},
      {kHeader, R"({"iss":"https://accounts.google.com","aud":"https://orders-ew.a.run.app"})",
       Issuer::kGoogle, "access"},
      {R"({"alg":"ES256","kid":"k"})",
       R"({"iss":"https://cloud.google.com/iap","aud":"/projects/1/x"})", Issuer::kGoogleIap,
       "assertion"},
      {kHeader,
       R"({"iss":"gw@p.iam.gserviceaccount.com","sub":"gw@p.iam.gserviceaccount.com","aud":"https://b"})",
       Issuer::kGoogleServiceAccount, "assertion"},
      {R"({"alg":"ES256","kid":"k","signer":"arn:aws:elasticloadbalancing:x"})",
       R"({"sub":"s","iss":"https://a"})", Issuer::kAwsAlb, "assertion"},
      {kHeader,
       R"({"iss":"https://kubernetes.default.svc","aud":["vault"],"kubernetes.io":{"namespace":"n"}})",
       Issuer::kKubernetes, "service-account"},
      {R"({"alg":"HS256"})",
       R"({"iss":"https://x.supabase.co/auth/v1","role":"authenticated","aud":"authenticated"})",
       Issuer::kSupabase, "access"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.claims);
    const TokenOwner found = owner(row.header, row.claims);
    CHECK(found.issuer == row.issuer);
    CHECK(found.purpose == row.purpose);
    CHECK_FALSE(found.issued_by.empty());
  }
}

TEST_CASE("a token of Entra for an API is no ID token because it lacks scopes and roles",
          "[owner]") {
  const TokenOwner api = owner(kHeader, "{" + kV2 + R"(,"aud":"api://)" + kApp + R"("})");
  CHECK(api.purpose == "access");
  CHECK(all(api).find("not an ID token") != std::string::npos);
  CHECK(all(api).find("neither scp nor roles") != std::string::npos);
  // A bare id and nothing else: told with what would prove it, and without certainty.
  const TokenOwner bare = owner(kHeader, "{" + kV2 + R"(,"aud":")" + kApp + R"("})");
  CHECK(bare.purpose == "id");
  CHECK(all(bare).find("looks like an ID token") != std::string::npos);
  for (const char* mark : {"nonce", "azp", "appid", "idtyp"}) {
    CHECK(all(bare).find(mark) != std::string::npos);
  }
  const TokenOwner proven = owner(kHeader, "{" + kV2 + R"(,"aud":")" + kApp + R"(","nonce":"n"})");
  CHECK(all(proven).find("This is an ID token") != std::string::npos);
}

}  // namespace idpwatch::checks
