// How a real token is fetched now and then, as resolved from our configuration
// (docs/configuration.md): one of four forms is given. Files that are named here are read anew for
// each token: what a platform rotates is never held.
#pragma once

#include <optional>
#include <string>

namespace idpwatch::model {

// How the secret is sent (RFC 6749, section 2.3.1). kAuto: in the header, and after invalid_client
// in the body the next time.
enum class SecretPlace { kAuto, kHeader, kBody };

// OAuth 2.0 client credentials (RFC 6749, section 4.4). The client proves who it is by its secret,
// by a signed assertion (private_key_jwt, RFC 7523), by a certificate (RFC 8705), or by a token of
// its platform (RFC 7523, federated).
struct ClientCredentials {
  std::string client_id;
  std::string client_secret;
  SecretPlace secret_place = SecretPlace::kAuto;
  std::optional<std::string> private_key_file, certificate_file, kid, alg;
  std::optional<std::string> client_cert, client_key_file;
  std::optional<std::string> assertion_file;
  std::optional<std::string> scope, audience, resource;
  std::optional<std::string> token_url;  // else the authority's token_endpoint

  bool operator==(const ClientCredentials&) const = default;
};

// Azure: the instance metadata service, or the App Service endpoint of the process that is told.
struct ManagedIdentity {
  std::string resource;
  std::optional<std::string> client_id, object_id, resource_id;
  std::optional<std::string> endpoint;  // else the instance metadata service

  bool operator==(const ManagedIdentity&) const = default;
};

// Google Cloud: an ID token of an attached service account.
struct GoogleIdentity {
  std::string audience;
  std::string service_account = "default";
  std::optional<std::string> endpoint;  // else the metadata server

  bool operator==(const GoogleIdentity&) const = default;
};

struct CanarySpec {
  std::optional<ClientCredentials> client_credentials;
  std::optional<ManagedIdentity> managed_identity;
  std::optional<GoogleIdentity> google_identity;
  std::optional<std::string> token_file;

  bool operator==(const CanarySpec&) const = default;
};

}  // namespace idpwatch::model
