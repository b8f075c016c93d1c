#include "tests/unit/validators/served_documents.hpp"

#include "base/encoding.hpp"
#include "model/jwk.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace idpwatch::test {
namespace {

const std::string kDiscovery = std::string(kAuthority) + "/.well-known/openid-configuration";
const std::string kKeys = std::string(kAuthority) + "/jwks";

validators::Served served(const nlohmann::json& body) {
  validators::Served made;
  made.body = std::make_shared<const std::string>(body.dump());
  return made;
}

nlohmann::json jwk(const TestKey& key) {
  nlohmann::json made{{"kty", "EC"}, {"crv", "P-256"}, {"x", key.x}, {"y", key.y}};
  if (!key.kid.empty()) {
    made["kid"] = key.kid;
  }
  return made;
}

}  // namespace

std::string TestKey::thumbprint() const { return model::parse_jwk(jwk(*this)).thumbprint; }

TestKey key_one() {
  return {"k1", "MmT3m6QJe8QUmQeazhwicR13nXVK0UZkr5IubmiGH-A",
          "t4TGVRZ7FTY6NjFxnBWTelBFxBLYvGauJYUIUD6SxjQ"};
}
TestKey key_two() {
  return {"k2", "Fun3jPXt2K-FnS2V6bXZKyAurfCF6Gm9Y6mVaeYMV6I",
          "RLMhR-g_6DKFTl009_L3NHuNim2xzSFahVNPRLFo1jw"};
}

TestWorld::TestWorld() {
  served_[kDiscovery] = served({{"issuer", kAuthority}, {"jwks_uri", kKeys}});
  serve_keys({key_one()});
}

void TestWorld::serve_keys(const std::vector<TestKey>& keys) {
  nlohmann::json list = nlohmann::json::array();
  for (const TestKey& key : keys) {
    list.push_back(jwk(key));
  }
  served_[kKeys] = served({{"keys", list}});
}

void TestWorld::fail(validators::Fault fault) { broken_.fault = fault; }

const validators::Served& TestWorld::fetch(std::string_view url, base::Instant) const {
  static const validators::Served kNotFound{validators::Fault::kNone, 404, {}, {}, {}, {}, {}, {}};
  if (broken_.fault != validators::Fault::kNone) {
    return broken_;
  }
  const auto found = served_.find(url);
  return found == served_.end() ? kNotFound : found->second;
}

std::shared_ptr<const validators::Validator> validator(
    const std::string& version, const std::string& variant,
    std::shared_ptr<validators::DocumentStore> store) {
  model::ValidatorSettings settings;
  settings.profile = "aspnetcore-jwtbearer";
  settings.version = version;
  settings.variant = variant;
  settings.authority = model::TextSetting(std::string(kAuthority));
  settings.audiences = model::ListSetting({"api://orders"});
  auto compiled = validators::Validator::compile(settings, std::move(store));
  REQUIRE(compiled);
  return *compiled;
}

validators::Credentials token(const TestKey& key, base::Instant issued) {
  auto view = std::make_shared<validators::TokenView>();
  view->alg = "ES256";
  view->kid = key.kid.empty() ? std::nullopt : std::optional(key.kid);
  view->typ = "JWT";
  view->issuer = std::string(kAuthority);
  view->audiences = {"api://orders"};
  view->not_before = base::to_unix_seconds(issued);
  view->expires = base::to_unix_seconds(issued) + 3600;
  view->parts.signed_by = key.thumbprint();
  return validators::Credentials::synthetic(std::move(view));
}

}  // namespace idpwatch::test
