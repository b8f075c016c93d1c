// How long one turn of the loop takes to judge all deployments of one authority: each a validator
// of its own, in a steady world, and while a new key is published. One core, no input or output.
#include "base/encoding.hpp"
#include "forecast/forecaster.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

using namespace idpwatch;

namespace {

constexpr std::string_view kUrl = "https://id.example.com/.well-known/openid-configuration";
constexpr std::string_view kKeys = "https://id.example.com/keys";
constexpr std::array kVersions{"6.10.0", "7.7.1", "8.0.1", "8.23.0"};

validators::Served body(std::string text) {
  validators::Served served;
  served.body = std::make_shared<const std::string>(std::move(text));
  return served;
}

std::string jwk(const std::string& kid) {
  std::string modulus(256, '\x5a');
  std::copy(kid.begin(), kid.end(), modulus.begin());
  return R"({"kty":"RSA","use":"sig","alg":"RS256","e":"AQAB","kid":")" + kid + R"(","n":")" +
         base::base64url_encode(modulus) + "\"}";
}

struct Deployment {
  std::string name;
  model::ValidatorSettings settings;
  std::shared_ptr<const validators::Validator> validator;
};

std::vector<Deployment> deployments(std::size_t count, bool alike) {
  auto store = std::make_shared<validators::DocumentStore>();
  std::vector<Deployment> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    model::ValidatorSettings& settings = made[i].settings;
    made[i].name = "service-" + std::to_string(i);
    settings.profile = "aspnetcore-jwtbearer";
    settings.version = kVersions[i % kVersions.size()];
    settings.authority = model::TextSetting("https://id.example.com");
    settings.audiences = model::ListSetting({alike ? "api" : made[i].name});
    made[i].validator = *validators::Validator::compile(settings, store);
  }
  return made;
}

double turn_ms(const std::vector<Deployment>& all, const forecast::AuthorityFacts& facts,
               base::Instant now, std::size_t& bad) {
  const auto begin = std::chrono::steady_clock::now();
  forecast::Forecaster judge;
  bad = 0;
  for (const Deployment& one : all) {
    const forecast::DeploymentView view{.name = one.name,
                                        .settings = one.settings,
                                        .validator = one.validator,
                                        .started_at = std::nullopt,
                                        .tokens = {},
                                        .authority = &facts,
                                        .clock = std::nullopt,
                                        .vantage = "bench",
                                        .restarted_only = false};
    for (const model::CheckResult& result : judge.judge(view, now).results) {
      bad += result.health == model::Health::kFailing ? 1U : 0U;
    }
  }
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  return took.count();
}

void run(std::size_t count, bool alike, bool rotating, const forecast::AuthorityFacts& facts,
         base::Instant now) {
  const auto all = deployments(count, alike);
  std::size_t bad = 0;
  turn_ms(all, facts, now, bad);  // documents parsed, as in every turn but the first
  std::vector<double> turns;
  for (int i = 0; i < 9; ++i) turns.push_back(turn_ms(all, facts, now, bad));
  std::sort(turns.begin(), turns.end());
  fmt::print("{} deployments, {}, {}: best {:.1f} ms, median {:.1f} ms ({} bad)\n", all.size(),
             alike ? "of four versions" : "all different",
             rotating ? "a key just published" : "steady", turns.front(), turns[turns.size() / 2],
             bad);
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t count = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 1000;
  const base::Instant now = base::from_unix_seconds(1'795'000'000);
  forecast::AuthorityHistory history;
  const base::Instant first = now - base::hours(100);
  history.add(kUrl, {first, first,
                     body(R"({"issuer":"https://id.example.com","jwks_uri":")" +
                          std::string(kKeys) + "\"}")});
  history.add(kKeys, {first, first, body("{\"keys\":[" + jwk("old") + "]}")});
  forecast::AuthorityFacts facts;
  facts.name = "id";
  facts.history = &history;
  for (const bool rotating : {false, true}) {
    if (rotating) {
      history.add(kKeys, {now - base::minutes(2), now - base::minutes(1),
                          body("{\"keys\":[" + jwk("old") + "," + jwk("new") + "]}")});
    }
    for (const bool alike : {false, true}) run(count, alike, rotating, facts, now);
  }
}
