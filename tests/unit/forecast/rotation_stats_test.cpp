// Recorded providers, fifteen months of each: whose next rotation is told of, and whose is not.
#include "base/json.hpp"
#include "checks/timeline/key_timeline.hpp"
#include "forecast/forecaster.hpp"
#include "tests/corpus/corpus.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <map>
#include <set>
#include <string>
#include <vector>

namespace idpwatch::forecast {

namespace {

// What the daemon would know of a provider after its observations up to one of them.
struct Known {
  explicit Known(const std::string& name)
      : provider(corpus::load(name)), timeline(name, model::TimelineConfig{}) {
    facts.name = name;
    facts.history = &history;
  }

  bool look() {
    if (next == provider.observations.size()) return false;
    const model::Observation& seen = provider.observations[next++];
    now = seen.at;
    facts.issuer = seen.issuer;
    if (seen.discovery && take(*seen.discovery)) metadata_url = seen.discovery->url;
    if (!seen.jwks || !take(*seen.jwks)) return true;
    const auto parsed = base::parse_json(*seen.jwks->body, {64UL * 1024 * 1024, 64});
    if (!parsed) return true;
    const auto set = model::parse_key_set(*parsed->value);
    if (!set) return true;
    checks::TimelineStep step = timeline.observe_keys(seen.at, &*set, "");
    for (model::KeyRecord& key : step.keys) keys[key.thumbprint] = key;
    const bool learns = !step.events.empty();
    for (model::Event& event : step.events) events.push_back(std::move(event));
    if (learns) learn();
    return true;
  }

  // Findings that a service of that version would be told of.
  std::set<std::string> told(const std::string& version) const {
    model::ValidatorSettings settings;
    settings.profile = "aspnetcore-jwtbearer";
    settings.version = version;
    settings.metadata_url = model::TextSetting(metadata_url);
    settings.audiences = model::ListSetting({"orders"});
    const auto validator = validators::Validator::compile(settings);
    REQUIRE(validator);
    const DeploymentView view{.name = "orders-api",
                              .settings = settings,
                              .validator = *validator,
                              .started_at = std::nullopt,
                              .tokens = {},
                              .authority = &facts,
                              .clock = std::nullopt,
                              .vantage = "vm-17"};
    std::set<std::string> found;
    Forecaster judge;
    for (const model::CheckResult& result : judge.judge(view, now).results) {
      if (result.health != model::Health::kFailing) continue;
      if (result.finding.summary.find("next rotation") == std::string::npos) continue;
      found.insert(result.finding.rule);
    }
    return found;
  }

  corpus::Provider provider;
  checks::KeyTimeline timeline;
  AuthorityHistory history;
  AuthorityFacts facts;
  std::string metadata_url;
  base::Instant now;
  std::size_t next = 0;
  std::vector<model::Event> events;
  std::map<std::string, model::KeyRecord> keys;

 private:
  bool take(const model::Fetch& fetch) {
    if (!fetch.body || fetch.status != 200) return false;
    validators::Served served;
    served.body = fetch.body;
    history.add(fetch.url, {now, now, served});
    return true;
  }

  void learn() {
    std::vector<model::KeyRecord> all;
    for (const auto& [thumbprint, key] : keys) all.push_back(key);
    facts.rotations = checks::rotations(events, all);
    const auto learned = checks::learned(events, all);
    facts.learned.reset();
    if (!learned.empty()) facts.learned = learned.front();
  }
};

}  // namespace

TEST_CASE("Of recorded providers, only the one that swaps at once is told of before",
          "[forecast]") {
  std::map<std::string, int> told;
  int asked = 0;
  for (const std::string& name : corpus::provider_names()) {
    Known known(name);
    for (int looks = 0; known.look(); ++looks) {
      // Once a week: that is how long before a rotation is told.
      if (looks % 7 != 0 || !known.facts.learned || !known.facts.learned->regular) continue;
      ++asked;
      if (!known.told("6.10.0").empty()) told[name] += 1;
    }
  }
  // Cloudflare Access, Okta, Facebook, IdentityServer and others overlap for weeks.
  CHECK(asked > 700);
  CHECK(told.size() == 1);
  CHECK(told.contains("zoho-accounts-eu"));
}

// Exchanged its only key on 26 July, 25 August and 24 September 2025, and did so again on 22 or 23
// November, after a month with two more keys.
TEST_CASE("A recorded provider's next swap is told in the week before it", "[forecast]") {
  const auto time = [](const char* text) { return base::parse_rfc3339(text).value(); };
  Known known("zoho-accounts-eu");
  int told = 0;
  while (known.look() && known.now < time("2025-11-22T00:00:00Z")) {
    const std::set<std::string> rules = known.told("6.10.0");
    INFO(base::format_rfc3339(known.now));
    if (known.now > time("2025-10-25T00:00:00Z") && known.now < time("2025-11-11T00:00:00Z")) {
      CHECK(rules.empty());
    }
    if (known.now > time("2025-11-16T00:00:00Z")) {
      CHECK(rules.contains("refusal-rotation"));
      ++told;
    }
  }
  CHECK(told >= 6);
}

}  // namespace idpwatch::forecast
