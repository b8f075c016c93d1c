#include "checks/canary/canary_request.hpp"

#include "base/encoding.hpp"

#include <catch2/catch.hpp>

namespace idpwatch::checks {
namespace {

std::string header_of(const CanaryRequest& request, const std::string& name) {
  for (const auto& [known, value] : request.headers) {
    if (known == name) return value;
  }
  return {};
}

model::CanarySpec client(const std::string& secret = {}) {
  model::ClientCredentials credentials;
  credentials.client_id = "canary";
  credentials.client_secret = secret;
  credentials.scope = "api://orders/.default";
  model::CanarySpec spec;
  spec.client_credentials = std::move(credentials);
  return spec;
}

const std::string kEndpoint = "https://idp.example.com/token";

}  // namespace

TEST_CASE("a secret goes into the Authorization header, form-encoded, or into the body",
          "[canary]") {
  const auto header = canary_request(client("a b:c+d"), kEndpoint, std::nullopt, {});
  REQUIRE(header);
  CHECK(header->post);
  CHECK(header->url == kEndpoint);
  CHECK(header_of(*header, "Authorization") ==
        "Basic " + base::base64_encode("canary:a+b%3Ac%2Bd"));
  CHECK(header->body == "grant_type=client_credentials&scope=api%3A%2F%2Forders%2F.default");
  const auto body = canary_request(client("a b"), kEndpoint, std::nullopt, {{}, true});
  REQUIRE(body);
  CHECK(header_of(*body, "Authorization").empty());
  CHECK(body->body ==
        "grant_type=client_credentials&client_id=canary&client_secret=a+b&"
        "scope=api%3A%2F%2Forders%2F.default");
}

TEST_CASE("an assertion takes the place of a secret, a certificate needs neither", "[canary]") {
  const auto signed_one = canary_request(client(), kEndpoint, std::nullopt, {"a.b.c", false});
  REQUIRE(signed_one);
  CHECK(signed_one->body.find("client_id=canary") != std::string::npos);
  CHECK(signed_one->body.find("client_assertion=a.b.c") != std::string::npos);
  CHECK(signed_one->body.find("client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                              "client-assertion-type%3Ajwt-bearer") != std::string::npos);
  const auto certificate = canary_request(client(), kEndpoint, std::nullopt, {});
  REQUIRE(certificate);
  CHECK(certificate->body.find("client_assertion") == std::string::npos);
  CHECK(certificate->body.find("client_id=canary") != std::string::npos);
}

TEST_CASE("without a known token endpoint nothing is sent", "[canary]") {
  CHECK_FALSE(canary_request(client("s"), "", std::nullopt, {}));
  model::CanarySpec own = client("s");
  own.client_credentials->token_url = "https://other.example.com/token";
  const auto request = canary_request(own, kEndpoint, std::nullopt, {});
  REQUIRE(request);
  CHECK(request->url == "https://other.example.com/token");
}

TEST_CASE("a managed identity is asked for as the platform documents it", "[canary]") {
  model::CanarySpec spec;
  spec.managed_identity = model::ManagedIdentity{};
  spec.managed_identity->resource = "https://vault.azure.net";
  spec.managed_identity->object_id = "o-1";
  const auto machine = canary_request(spec, "", std::nullopt, {});
  REQUIRE(machine);
  CHECK(machine->metadata);
  CHECK_FALSE(machine->post);
  CHECK(machine->url ==
        "http://169.254.169.254/metadata/identity/oauth2/token?api-version=2018-02-01&"
        "resource=https%3A%2F%2Fvault.azure.net&object_id=o-1");
  CHECK(header_of(*machine, "Metadata") == "true");
  const auto app = canary_request(
      spec, "", PlatformEndpoint{"http://127.0.0.1:41741/msi/token", "header-value"}, {});
  REQUIRE(app);
  CHECK(app->url ==
        "http://127.0.0.1:41741/msi/token?api-version=2019-08-01&"
        "resource=https%3A%2F%2Fvault.azure.net&principal_id=o-1");
  CHECK(header_of(*app, "X-IDENTITY-HEADER") == "header-value");
  CHECK(header_of(*app, "Metadata").empty());
}

TEST_CASE("Google's metadata server answers with the bare token", "[canary]") {
  model::CanarySpec spec;
  spec.google_identity = model::GoogleIdentity{};
  spec.google_identity->audience = "https://orders.example.com";
  const auto request = canary_request(spec, "", std::nullopt, {});
  REQUIRE(request);
  CHECK(request->bare_token);
  CHECK(request->metadata);
  CHECK(request->url ==
        "http://metadata.google.internal/computeMetadata/v1/instance/service-accounts/default/"
        "identity?audience=https%3A%2F%2Forders.example.com&format=full");
  CHECK(header_of(*request, "Metadata-Flavor") == "Google");
}

TEST_CASE("an assertion names the client, the endpoint and a short time", "[canary]") {
  const std::string input =
      assertion_signing_input({"ES256", "k1", "", "x"}, {"canary", kEndpoint, "id-1", 1000});
  const std::size_t dot = input.find('.');
  CHECK(base::base64url_decode(input.substr(0, dot)) ==
        R"({"alg":"ES256","kid":"k1","typ":"JWT","x5t#S256":"x"})");
  CHECK(base::base64url_decode(input.substr(dot + 1)) ==
        R"({"aud":"https://idp.example.com/token","exp":1300,"iat":1000,"iss":"canary",)"
        R"("jti":"id-1","nbf":1000,"sub":"canary"})");
}

}  // namespace idpwatch::checks
