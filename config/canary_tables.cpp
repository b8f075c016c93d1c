// The fields of `canary`: how a real token is fetched.
#include "config/row.hpp"
#include "model/canary.hpp"

namespace idpwatch::config {
namespace {

using C = model::ClientCredentials;

void add_proof_rows(Table& table) {
  table.push_back(
      leaf("client_secret", Form::kSecret, &C::client_secret,
           {.help = "Its secret.", .example = "/run/credentials/idpwatch.service/canary"}));
  table.push_back(leaf(
      "secret_place", Form::kChoice, &C::secret_place,
      {.fallback = "auto",
       .choices = {"auto", "header", "body"},
       .help = "Where the secret is sent: `Authorization: Basic`, or the form. `auto`: the header, "
               "and after `invalid_client` the form."}));
  table.push_back(leaf("private_key_file", Form::kReadableFile, &C::private_key_file,
                       {.help = "Instead of a secret: the PEM private key that signs its assertion "
                                "(private_key_jwt). Read for each token.",
                        .example = "canary.key"}));
  table.push_back(leaf("certificate_file", Form::kReadableFile, &C::certificate_file,
                       {.help = "The PEM certificate of that key: its thumbprint goes into the "
                                "assertion, as Microsoft Entra ID asks.",
                        .example = "canary.pem"}));
  table.push_back(leaf("kid", Form::kText, &C::kid,
                       {.help = "The assertion's `kid`: what the authority calls that key."}));
  table.push_back(leaf("alg", Form::kText, &C::alg,
                       {.help = "The assertion's `alg`. Absent: RS256, or what the key's curve "
                                "asks for.",
                        .example = "ES256"}));
  table.push_back(leaf("client_cert", Form::kReadableFile, &C::client_cert,
                       {.help = "Instead of a secret: the PEM certificate shown to the token "
                                "endpoint (mutual TLS, RFC 8705).",
                        .example = "canary.pem"}));
  table.push_back(
      leaf("client_key_file", Form::kReadableFile, &C::client_key_file,
           {.help = "Its private key (PEM). Needed with `client_cert`.", .example = "canary.key"}));
  table.push_back(leaf(
      "assertion_file", Form::kPath, &C::assertion_file,
      {.help = "Instead of a secret: a file with a token of the platform (Kubernetes, GitHub) that "
               "the authority trusts for this client. Read for each token.",
       .example = "/var/run/secrets/tokens/federated"}));
}

std::shared_ptr<const Table> client_credentials_rows() {
  Table table{leaf("client_id", Form::kText, &C::client_id,
                   {.help = "The client.", .example = "idpwatch-canary", .required = true})};
  add_proof_rows(table);
  table.push_back(leaf("scope", Form::kText, &C::scope,
                       {.help = "What to ask for.", .example = "api://orders/.default"}));
  table.push_back(leaf("audience", Form::kText, &C::audience,
                       {.help = "`audience` of the request, as Auth0 wants it.",
                        .example = "https://orders.example.com"}));
  table.push_back(leaf(
      "resource", Form::kText, &C::resource,
      {.help = "`resource` of the request (RFC 8707).", .example = "https://orders.example.com"}));
  table.push_back(leaf("token_url", Form::kUrl, &C::token_url,
                       {.help = "Absent: the `token_endpoint` of discovery."}));
  return rows(std::move(table));
}

std::shared_ptr<const Table> managed_identity_rows() {
  using M = model::ManagedIdentity;
  return rows({
      leaf("resource", Form::kText, &M::resource,
           {.help = "The API that the token is for.",
            .example = "https://vault.azure.net",
            .required = true}),
      leaf("client_id", Form::kText, &M::client_id,
           {.help = "Which user-assigned identity, by its client id."}),
      leaf("object_id", Form::kText, &M::object_id, {.help = "Or by its object (principal) id."}),
      leaf("resource_id", Form::kText, &M::resource_id, {.help = "Or by its Azure resource id."}),
      leaf("endpoint", Form::kUrl, &M::endpoint,
           {.help = "Absent: `IDENTITY_ENDPOINT` of the process that `unit` or `pid_file` names "
                    "(App Service), else the instance metadata service."}),
  });
}

std::shared_ptr<const Table> google_identity_rows() {
  using G = model::GoogleIdentity;
  return rows({
      leaf("audience", Form::kText, &G::audience,
           {.help = "The `aud` of the token.",
            .example = "https://orders.example.com",
            .required = true}),
      leaf("service_account", Form::kText, &G::service_account,
           {.fallback = "default", .help = "Which attached service account."}),
      leaf("endpoint", Form::kUrl, &G::endpoint, {.help = "Absent: the metadata server."}),
  });
}

}  // namespace

std::shared_ptr<const Table> canary_rows() {
  using S = model::CanarySpec;
  return rows({
      section("client_credentials", &S::client_credentials, client_credentials_rows(),
              "OAuth 2.0 client credentials, with one proof of who the client is."),
      section("managed_identity", &S::managed_identity, managed_identity_rows(),
              "A managed identity of Azure."),
      section("google_identity", &S::google_identity, google_identity_rows(),
              "An ID token of Google Cloud's metadata server."),
      leaf("token_file", Form::kPath, &S::token_file,
           {.help = "A file with a fresh token, such as a projected service account token. Read "
                    "ahead of its expiry.",
            .example = "/var/run/secrets/tokens/orders"}),
  });
}

}  // namespace idpwatch::config
