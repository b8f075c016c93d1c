#include "setup.hpp"

#include "base/encoding.hpp"
#include "base/url.hpp"
#include "deployed/core/reading.hpp"
#include "forecast/forecaster.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

namespace idpwatch::setups {

namespace {

using base::Instant;
using nlohmann::json;
using validators::Served;

const Instant kNow = *base::parse_rfc3339("2026-11-24T12:00:00Z");
constexpr auto kWellKnown = "/.well-known/openid-configuration";

json key() {
  std::string modulus(256, '\x5a');
  modulus[0] = '\xdf';
  return {{"kty", "RSA"}, {"use", "sig"}, {"alg", "RS256"},
          {"kid", "k1"},  {"e", "AQAB"},  {"n", base::base64url_encode(modulus)}};
}

Served served(const json& document) {
  Served made;
  made.body = std::make_shared<const std::string>(document.dump());
  return made;
}

class World final : public validators::World {
 public:
  explicit World(const Provider& provider) {
    for (const auto& [base, document] : provider.documents) {
      answers_[base + kWellKnown] = served(document);
      answers_[document["jwks_uri"].get<std::string>()] = served({{"keys", json::array({key()})}});
      hosts_.push_back(base::parse_url(base)->host);
    }
    not_found_.status = 404;
    no_such_name_.fault = validators::Fault::kDns;
  }

  [[nodiscard]] const Served& fetch(std::string_view url, Instant) const override {
    const auto found = answers_.find(std::string(url));
    if (found != answers_.end()) return found->second;
    const auto parsed = base::parse_url(url);
    const bool known =
        parsed && std::find(hosts_.begin(), hosts_.end(), parsed->host) != hosts_.end();
    return known ? not_found_ : no_such_name_;
  }

 private:
  std::map<std::string, Served> answers_;
  std::vector<std::string> hosts_;
  Served not_found_, no_such_name_;
};

std::string deps(const Packages& packages) {
  json libraries = json::object();
  for (const auto& [name, version] : packages) {
    libraries[name + "/" + version] = {{"type", "package"}};
  }
  return json{{"runtimeTarget", {{"name", ".NETCoreApp,Version=v8.0"}}}, {"libraries", libraries}}
      .dump(1);
}

}  // namespace

ReadDeployment read(const Deployment& deployment) {
  std::vector<deployed::DeployedFile> files{
      {"appsettings.json", deployment.settings.dump(1), true}};
  if (!deployment.packages.empty()) {
    files.push_back({"App.deps.json", deps(deployment.packages), true});
  }
  auto reading = deployed::read_deployed(files, {}, {});
  REQUIRE(reading);
  ReadDeployment made;
  if (reading->validators.size() != 1) return made;
  made.settings = reading->validators.front().settings;
  auto validator = validators::Validator::compile(made.settings);
  REQUIRE(validator);
  made.validator = *validator;
  return made;
}

std::string Checked::text() const {
  std::string lines(model::to_text(state));
  for (const model::Finding& one : findings) {
    lines += "\n  " + one.rule + " " + one.error_id + " " +
             std::string(model::to_text(one.severity)) + ": " + one.summary;
  }
  return lines;
}

Checked check(const ReadDeployment& deployment, const Provider& provider,
              const forecast::TokenFacts& tokens) {
  const World world(provider);
  forecast::AuthorityHistory history;
  const std::string& url = deployment.validator->addresses().metadata;
  history.add(url, {kNow, kNow, world.fetch(url, kNow)});
  if (const auto& body = history.changes(url)->back().served.body) {
    const auto keys = json::parse(*body)["jwks_uri"].get<std::string>();
    history.add(keys, {kNow, kNow, world.fetch(keys, kNow)});
  }
  forecast::AuthorityFacts facts;
  facts.name = "id";
  facts.history = &history;
  facts.observed_at = kNow;
  const forecast::DeploymentView view{.name = "orders",
                                      .settings = deployment.settings,
                                      .validator = deployment.validator,
                                      .started_at = kNow,
                                      .tokens = tokens,
                                      .authority = &facts,
                                      .clock = std::nullopt,
                                      .vantage = "vm-17",
                                      .restarted_only = true};
  forecast::Forecaster forecaster;
  const forecast::Forecast forecast = forecaster.judge(view, kNow);
  Checked checked;
  if (!forecast.undetermined.empty()) checked.state = model::RefusalState::kUndetermined;
  for (const model::CheckResult& one : forecast.results) {
    if (one.health != model::Health::kFailing) continue;
    checked.state =
        worse(checked.state, refusal_state(one.finding, kNow, model::Instances::kStartingNow));
    checked.findings.push_back(one.finding);
  }
  return checked;
}

validators::Answer ask(const ReadDeployment& deployment, const Provider& provider,
                       const Issued& issued) {
  const World world(provider);
  const model::Jwk signer = model::parse_jwk(key());
  auto token = std::make_shared<validators::TokenView>();
  token->alg = "RS256";
  token->kid = signer.kid;
  token->typ = "JWT";
  token->issuer = issued.issuer;
  if (issued.audience) token->audiences = {*issued.audience};
  token->not_before = base::to_unix_seconds(kNow - base::minutes(1));
  token->expires = base::to_unix_seconds(kNow + base::hours(1));
  if (!issued.tenant.empty()) token->tenant_id = issued.tenant;
  if (!issued.version.empty()) token->version = issued.version;
  token->parts.signed_by = signer.thumbprint;
  validators::Simulation service(deployment.validator);
  return service.request(world, {kNow, kNow, validators::Credentials::synthetic(token)});
}

}  // namespace idpwatch::setups
