// The law of `check`: of drawn deployments, those are ok whose library takes the tokens that the
// provider issues, and those refuse whose library refuses them.
#include "drawn_service.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>

namespace idpwatch::setups {

namespace {

using model::RefusalState;

constexpr int kDrawn = 60;  // of each provider

forecast::TokenFacts facts_of(const Issued& token) {
  forecast::TokenFacts facts;
  facts.issuer = token.issuer;
  facts.audience = token.audience.value_or("");
  return facts;
}

// Whose callers are not described: each kind of token, for each audience that the file names.
std::vector<Issued> plausible(const ReadDeployment& deployment, const Provider& provider) {
  std::vector<Issued> all;
  for (const Issued& token : provider.tokens) {
    all.push_back(token);
    for (const std::string& audience : deployment.settings.audiences.value()) {
      if (audience.empty()) continue;
      all.push_back(token);
      all.back().audience = audience;
    }
  }
  return all;
}

struct Tally {
  int drawn = 0, ok = 0, refuses = 0, at_risk = 0;
  std::string wrong;
};

std::string described(const Provider& provider, const DrawnService& service) {
  return "\n" + provider.name + ", slip: " + service.slip + "\n" +
         service.deployment.settings.dump() + " " + [&] {
           std::string all;
           for (const auto& [name, version] : service.deployment.packages) {
             if (name.ends_with(".Tokens") || name.ends_with("JwtBearer") ||
                 name.ends_with(".Web")) {
               all += name.substr(name.rfind('.') + 1) + " " + version + " ";
             }
           }
           return all;
         }();
}

void count(Tally& tally, RefusalState state) {
  ++tally.drawn;
  if (state == RefusalState::kOk) ++tally.ok;
  if (state == RefusalState::kRefuses) ++tally.refuses;
  if (state == RefusalState::kAtRisk) ++tally.at_risk;
}

}  // namespace

TEST_CASE("What is said of drawn deployments whose callers are described is what happens",
          "[setups]") {
  Tally tally;
  std::mt19937 random(20261130);
  for (const Provider& provider : providers()) {
    for (int i = 0; i < kDrawn; ++i) {
      const DrawnService service = drawn_service(provider, random);
      const ReadDeployment deployment = read(service.deployment);
      INFO(described(provider, service));
      REQUIRE(deployment.validator);
      for (const Issued& token : provider.tokens) {
        const validators::Answer answer = ask(deployment, provider, token);
        const Checked checked = check(deployment, provider, facts_of(token));
        count(tally, checked.state);
        const RefusalState right = answer.accepted() ? RefusalState::kOk : RefusalState::kRefuses;
        if (checked.state == right) continue;
        tally.wrong += described(provider, service) + "\n  token of " + token.issuer + " for " +
                       token.audience.value_or("(none)") + ": " + std::to_string(answer.status) +
                       " " + answer.error + ", said " + checked.text();
      }
    }
  }
  INFO("ok " << tally.ok << ", refuses " << tally.refuses << ", at risk " << tally.at_risk);
  INFO(tally.wrong);
  CHECK(tally.ok > 200);
  CHECK(tally.refuses > 200);
  CHECK(tally.wrong.empty());
}

TEST_CASE("Of drawn deployments whose callers are not described none is accused that can work",
          "[setups]") {
  Tally tally;
  std::mt19937 random(11302026);
  for (const Provider& provider : providers()) {
    for (int i = 0; i < kDrawn; ++i) {
      const DrawnService service = drawn_service(provider, random);
      const ReadDeployment deployment = read(service.deployment);
      INFO(described(provider, service));
      REQUIRE(deployment.validator);
      const std::vector<Issued> tokens = plausible(deployment, provider);
      const auto taken = std::count_if(tokens.begin(), tokens.end(), [&](const Issued& token) {
        return ask(deployment, provider, token).accepted();
      });
      const Checked checked = check(deployment, provider, {});
      count(tally, checked.state);
      const bool accused = checked.state == RefusalState::kRefuses && taken > 0;
      const bool silent = checked.state == RefusalState::kOk && taken == 0;
      if (!accused && !silent) continue;
      tally.wrong += described(provider, service) + "\n  " + std::to_string(taken) + " of " +
                     std::to_string(tokens.size()) + " taken, said " + checked.text();
    }
  }
  INFO("ok " << tally.ok << ", refuses " << tally.refuses << ", at risk " << tally.at_risk);
  INFO(tally.wrong);
  CHECK(tally.ok > 200);
  CHECK(tally.refuses > 100);
  CHECK(tally.wrong.empty());
}

TEST_CASE("An issuer that may be the service itself accuses nobody where no provider answers",
          "[setups]") {
  const Provider& provider = providers().front();
  const auto state = [&](const std::string& section, const std::string& issuer) {
    const ReadDeployment deployment =
        read({{{section, {{"Issuer", issuer}, {"Audience", "orders"}}}}, {}});
    REQUIRE(deployment.validator);
    return check(deployment, provider, {}).state;
  };
  for (const std::string issuer :
       {"https://shop.contoso.com", "http://localhost:5000", "https://id.contoso.com/shop"}) {
    CAPTURE(issuer);
    CHECK(state("JwtSettings", issuer) == RefusalState::kUndetermined);
    CHECK(state("TokenOptions", issuer) == RefusalState::kUndetermined);
    CHECK(state("Oidc", issuer) == RefusalState::kRefuses);
  }
  CHECK(state("JwtSettings", provider.authority) == RefusalState::kOk);
}

}  // namespace idpwatch::setups
