#include "config/canary_checks.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace idpwatch::config {
namespace {

using Names = std::vector<std::string>;

constexpr std::array<std::string_view, 10> kAssertionAlgorithms{
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"};

// One of them, and no more.
void one_of(const Names& given, const Names& known, const std::string& field, std::string_view what,
            std::vector<CanaryProblem>& out) {
  if (given.size() == 1) return;
  if (given.empty()) {
    out.push_back(
        {field, std::string(what) + " is missing", "give one of: " + base::join(known, ", ")});
  } else {
    out.push_back(
        {field, base::join(given, " and ") + " are mutually exclusive", "keep one of them"});
  }
}

void check_key(const model::ClientCredentials& client, const std::string& field,
               std::vector<CanaryProblem>& out) {
  const auto needs_key = [&](bool given, const char* name) {
    if (!given || client.private_key_file) return;
    out.push_back({field + "." + name,
                   std::string(name) + " says something about private_key_file, which is missing",
                   "give private_key_file, or remove it"});
  };
  needs_key(client.kid.has_value(), "kid");
  needs_key(client.alg.has_value(), "alg");
  needs_key(client.certificate_file.has_value(), "certificate_file");
  if (client.alg && std::find(kAssertionAlgorithms.begin(), kAssertionAlgorithms.end(),
                              *client.alg) == kAssertionAlgorithms.end()) {
    const Names known(kAssertionAlgorithms.begin(), kAssertionAlgorithms.end());
    out.push_back(
        {field + ".alg",
         "\"" + base::printable(*client.alg, 40) + "\" is not an algorithm for a signed assertion",
         "known: " + base::join(known, ", ")});
  }
}

void check_client(const model::ClientCredentials& client, std::vector<CanaryProblem>& out) {
  const std::string field = "client_credentials";
  Names given;
  if (!client.client_secret.empty()) given.emplace_back("client_secret");
  if (client.private_key_file) given.emplace_back("private_key_file");
  if (client.client_cert || client.client_key_file) given.emplace_back("client_cert");
  if (client.assertion_file) given.emplace_back("assertion_file");
  one_of(given, {"client_secret_file", "private_key_file", "client_cert", "assertion_file"}, field,
         "a proof of the client's identity", out);
  if (client.client_cert.has_value() != client.client_key_file.has_value()) {
    out.push_back({field + (client.client_cert ? ".client_cert" : ".client_key_file"),
                   "client_cert and client_key_file belong together", "give both"});
  }
  check_key(client, field, out);
  if (client.secret_place != model::SecretPlace::kAuto && client.client_secret.empty()) {
    out.push_back({field + ".secret_place", "there is no client_secret to send",
                   "give client_secret_file, or remove secret_place"});
  }
}

void check_identity(const model::ManagedIdentity& identity, std::vector<CanaryProblem>& out) {
  Names given;
  if (identity.client_id) given.emplace_back("client_id");
  if (identity.object_id) given.emplace_back("object_id");
  if (identity.resource_id) given.emplace_back("resource_id");
  if (given.size() > 1) one_of(given, {}, "managed_identity", "the identity", out);
}

}  // namespace

std::vector<CanaryProblem> canary_problems(const model::CanarySpec& canary) {
  std::vector<CanaryProblem> out;
  Names given;
  if (canary.client_credentials) given.emplace_back("client_credentials");
  if (canary.managed_identity) given.emplace_back("managed_identity");
  if (canary.google_identity) given.emplace_back("google_identity");
  if (canary.token_file) given.emplace_back("token_file");
  one_of(given, {"client_credentials", "managed_identity", "google_identity", "token_file"}, "",
         "the source of the canary's token", out);
  if (canary.client_credentials) check_client(*canary.client_credentials, out);
  if (canary.managed_identity) check_identity(*canary.managed_identity, out);
  return out;
}

}  // namespace idpwatch::config
