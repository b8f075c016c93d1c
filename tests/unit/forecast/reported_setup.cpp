#include "reported_setup.hpp"

#include "deployed/core/reading.hpp"

#include <catch2/catch.hpp>

#include <utility>

namespace idpwatch::forecast {

using nlohmann::json;

namespace {

std::string deps(const Packages& packages) {
  json libraries;
  for (const auto& [name, version] : packages)
    libraries[name + "/" + version] = {{"type", "package"}};
  return json{{"runtimeTarget", {{"name", ".NETCoreApp,Version=v8.0"}}}, {"libraries", libraries}}
      .dump(1);
}

}  // namespace

Packages identity_model(const std::string& version, Packages more) {
  Packages all{{"Microsoft.IdentityModel.Tokens", version},
               {"Microsoft.IdentityModel.JsonWebTokens", version},
               {"Microsoft.IdentityModel.Protocols", version},
               {"Microsoft.IdentityModel.Protocols.OpenIdConnect", version},
               {"Microsoft.IdentityModel.Validators", version}};
  for (auto& [name, own] : more) all[name] = own;
  return all;
}

std::vector<model::Finding> Setup::findings() const {
  auto reading = deployed::read_deployed(
      {{"appsettings.json", settings.dump(1), true}, {"App.deps.json", deps(packages), true}}, {},
      {});
  REQUIRE(reading);
  REQUIRE(reading->validators.size() == 1);
  const deployed::DeployedValidator& deployed = reading->validators.front();
  auto validator = validators::Validator::compile(deployed.settings);
  REQUIRE(validator);
  AuthorityHistory history;
  json document = document_members;
  document["issuer"] = issuer;
  if (!document.contains("jwks_uri")) document["jwks_uri"] = kKeys;
  const std::string& url = (*validator)->addresses().metadata;
  if (!url.empty()) history.add(url, {kNoon, kNoon, body(document.dump())});
  history.add(document["jwks_uri"].get<std::string>(), {kNoon, kNoon, body(keys.dump())});
  AuthorityFacts facts;
  facts.name = "id";
  facts.history = &history;
  facts.observed_at = kNoon;
  DeploymentView view{.name = "orders",
                      .settings = deployed.settings,
                      .validator = *validator,
                      .started_at = kNoon,
                      .tokens = callers.empty() ? TokenFacts{} : callers.front(),
                      .authority = &facts,
                      .clock = std::nullopt,
                      .vantage = "vm-17",
                      .restarted_only = true};
  for (std::size_t i = 1; i < callers.size(); ++i) view.other_callers.push_back(callers[i]);
  std::vector<model::Finding> found;
  Forecaster judge;
  for (const model::CheckResult& one : judge.judge(view, kNoon).results) {
    if (one.health == model::Health::kFailing) found.push_back(one.finding);
  }
  return found;
}

Lines told(const Setup& setup) {
  Lines lines;
  for (const model::Finding& one : setup.findings()) {
    lines.push_back(one.rule + " " + one.error_id + " " +
                    std::string(model::to_text(one.severity)));
  }
  return lines;
}

TokenFacts tokens(std::optional<std::string> issuer, std::optional<std::string> audience) {
  TokenFacts facts;
  facts.issuer = std::move(issuer);
  facts.audience = std::move(audience);
  return facts;
}

json scheme(json members) {
  return {{"Authentication", {{"Schemes", {{"Bearer", std::move(members)}}}}}};
}

json azure_ad(const std::string& instance) {
  return {{"AzureAd", {{"Instance", instance}, {"TenantId", kTenant}, {"ClientId", kApp}}}};
}

}  // namespace idpwatch::forecast
