#include "checks/canary/canary_request.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <cctype>

namespace idpwatch::checks {
namespace {

using base::Json;

constexpr const char* kInstanceMetadata = "http://169.254.169.254/metadata/identity/oauth2/token";
constexpr const char* kInstanceVersion = "2018-02-01";
constexpr const char* kAppServiceVersion = "2019-08-01";
constexpr const char* kGoogleMetadata = "http://metadata.google.internal/computeMetadata/v1";
constexpr const char* kJwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

class Form {
 public:
  void add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += name;
    text_ += '=';
    text_ += form_encode(value);
  }
  void add(std::string_view name, const std::optional<std::string>& value) {
    if (value) add(name, std::string_view(*value));
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string with_query(std::string url, const std::string& query) {
  return std::move(url) + (url.find('?') == std::string::npos ? '?' : '&') + query;
}

base::Result<CanaryRequest> client_request(const model::ClientCredentials& client,
                                           const std::string& token_endpoint,
                                           const CanaryProof& proof) {
  CanaryRequest request;
  request.post = true;
  request.url = client.token_url.value_or(token_endpoint);
  if (request.url.empty()) {
    return base::fail(base::ErrorKind::kNotFound,
                      "the authority's document names no token_endpoint",
                      "give the canary's token_url");
  }
  Form form;
  form.add("grant_type", std::string_view("client_credentials"));
  const bool in_header = !client.client_secret.empty() && !proof.secret_in_body;
  // RFC 6749, section 2.3.1: both are form-encoded before they are joined.
  if (in_header) {
    request.headers.emplace_back(
        "Authorization", "Basic " + base::base64_encode(form_encode(client.client_id) + ':' +
                                                        form_encode(client.client_secret)));
  } else {
    form.add("client_id", std::string_view(client.client_id));
  }
  if (!client.client_secret.empty() && proof.secret_in_body) {
    form.add("client_secret", std::string_view(client.client_secret));
  }
  if (!proof.assertion.empty()) {
    form.add("client_assertion_type", std::string_view(kJwtBearer));
    form.add("client_assertion", std::string_view(proof.assertion));
  }
  form.add("scope", client.scope);
  form.add("audience", client.audience);
  form.add("resource", client.resource);
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.headers.emplace_back("Accept", "application/json");
  request.body = form.take();
  return request;
}

CanaryRequest azure_request(const model::ManagedIdentity& identity,
                            const std::optional<PlatformEndpoint>& platform) {
  CanaryRequest request;
  request.metadata = true;
  const bool app_service = platform.has_value() && !identity.endpoint;
  Form query;
  query.add("api-version", std::string_view(app_service ? kAppServiceVersion : kInstanceVersion));
  query.add("resource", std::string_view(identity.resource));
  query.add("client_id", identity.client_id);
  // The two endpoints name two of the three differently.
  query.add(app_service ? "principal_id" : "object_id", identity.object_id);
  query.add(app_service ? "mi_res_id" : "msi_res_id", identity.resource_id);
  if (app_service) {
    request.headers.emplace_back("X-IDENTITY-HEADER", platform->header);
    request.url = with_query(platform->url, query.take());
  } else {
    request.headers.emplace_back("Metadata", "true");
    request.url = with_query(identity.endpoint.value_or(kInstanceMetadata), query.take());
  }
  return request;
}

CanaryRequest google_request(const model::GoogleIdentity& identity) {
  CanaryRequest request;
  request.metadata = request.bare_token = true;
  request.headers.emplace_back("Metadata-Flavor", "Google");
  Form query;
  query.add("audience", std::string_view(identity.audience));
  query.add("format", std::string_view("full"));
  request.url =
      with_query(identity.endpoint.value_or(kGoogleMetadata) + "/instance/service-accounts/" +
                     form_encode(identity.service_account) + "/identity",
                 query.take());
  return request;
}

}  // namespace

std::string form_encode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '_' || c == '.' || c == '*') {
      out += c;
    } else if (c == ' ') {
      out += '+';
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

base::Result<CanaryRequest> canary_request(const model::CanarySpec& canary,
                                           const std::string& token_endpoint,
                                           const std::optional<PlatformEndpoint>& platform,
                                           const CanaryProof& proof) {
  if (canary.client_credentials) {
    return client_request(*canary.client_credentials, token_endpoint, proof);
  }
  if (canary.managed_identity) return azure_request(*canary.managed_identity, platform);
  if (canary.google_identity) return google_request(*canary.google_identity);
  return base::fail(base::ErrorKind::kInput, "nothing is requested for a token_file", "");
}

std::string assertion_signing_input(const AssertionHeader& header, const AssertionClaims& claims) {
  Json head = {{"alg", header.alg}, {"typ", "JWT"}};
  if (header.kid) head["kid"] = *header.kid;
  if (!header.x5t.empty()) head["x5t"] = header.x5t;
  if (!header.x5t_s256.empty()) head["x5t#S256"] = header.x5t_s256;
  const Json body = {{"iss", claims.client_id},
                     {"sub", claims.client_id},
                     {"aud", claims.audience},
                     {"jti", claims.id},
                     {"iat", claims.issued_at},
                     {"nbf", claims.issued_at},
                     {"exp", claims.issued_at + kAssertionSeconds}};
  return base::base64url_encode(base::canonical_json(head)) + '.' +
         base::base64url_encode(base::canonical_json(body));
}

}  // namespace idpwatch::checks
