// What one judgement of one deployment costs, by what its authority did in the last two days: CPU
// time as a curve over the number of changes, for several kinds of histories, of the validator that
// costs most. One core, no input or output.
//
//   bench_judgement [MOST-CHANGES [PART-OF-A-NAME]]
#include "base/encoding.hpp"
#include "forecast/forecaster.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

using namespace idpwatch;

namespace {

constexpr std::string_view kUrl = "https://id.example.com/.well-known/openid-configuration";
constexpr std::string_view kKeys = "https://id.example.com/keys";
constexpr std::array<std::size_t, 6> kCurve{10, 30, 100, 300, 1000, 3000};
constexpr base::Duration kPause = base::minutes(1);
constexpr double kEnough = 20'000;  // ms: the rest of the curve is left out

validators::Served body(std::string text) {
  validators::Served served;
  served.body = std::make_shared<const std::string>(std::move(text));
  return served;
}

std::string jwk(std::size_t number, std::size_t padding) {
  const std::string kid = "key-" + std::to_string(number);
  std::string modulus(256, '\x5a');
  std::copy(kid.begin(), kid.end(), modulus.begin() + 1);
  return R"({"kty":"RSA","use":"sig","alg":"RS256","e":"AQAB","kid":")" + kid + R"(","n":")" +
         base::base64url_encode(modulus) + R"(","note":")" + std::string(padding, 'x') + "\"}";
}

// Keys `first` to `first + count - 1`.
validators::Served keys(std::size_t first, std::size_t count, std::size_t padding = 0) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    text += (i == 0 ? "" : ",") + jwk(first + i, padding);
  }
  return body("{\"keys\":[" + text + "]}");
}

validators::Served document(base::Duration delay = base::Duration(0)) {
  validators::Served served =
      body(R"({"issuer":"https://id.example.com","jwks_uri":")" + std::string(kKeys) + "\"}");
  served.delay = delay;
  return served;
}

validators::Served outage(std::size_t number) {
  validators::Served served;
  served.status = number % 3 == 0 ? 503 : 502;
  if (number % 5 == 0) served.fault = validators::Fault::kRefused;
  return served;
}

struct Change {
  std::string_view url;
  validators::Served served;
};

struct Kind {
  const char* name;
  std::function<Change(std::size_t)> change;  // the one of that number, from 1 on
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"a key a minute, the former stays one more",
       [](auto i) -> Change { return {kKeys, keys(i, 2)}; }},
      {"swapped at once every minute", [](auto i) -> Change { return {kKeys, keys(i, 1)}; }},
      {"two nodes that disagree", [](auto i) -> Change { return {kKeys, keys(i % 2, 1)}; }},
      {"20 keys, one leaves and one comes", [](auto i) -> Change { return {kKeys, keys(i, 20)}; }},
      {"documents of 100 kB", [](auto i) -> Change { return {kKeys, keys(i, 20, 4600)}; }},
      {"a delay that wanders",
       [](auto i) -> Change {
         return {kUrl, document(base::milliseconds(500 * (1 + i * 7 % 40)))};
       }},
      {"down and up again",
       [](auto i) -> Change { return {kUrl, i % 2 == 0 ? document() : outage(i)}; }},
      {"keys that change while it goes down and up",
       [](auto i) -> Change {
         if (i % 3 == 0) return {kKeys, keys(i, 2)};
         return {kUrl, i % 3 == 1 ? outage(i) : document()};
       }},
  };
  return all;
}

struct Service {
  const char *profile, *version, *variant;
};
constexpr std::array kServices{Service{"aspnetcore-jwtbearer", "5.6.0", ""},
                               Service{"aspnetcore-jwtbearer", "6.10.0", ""},
                               Service{"aspnetcore-jwtbearer", "7.1.2", ""},
                               Service{"aspnetcore-jwtbearer", "8.0.1", ""},
                               Service{"aspnetcore-jwtbearer", "8.23.0", ""},
                               Service{"aspnetcore-jwtbearer", "8.23.0", "blocking"},
                               Service{"aspnetcore-jwtbearer", "8.23.0", "legacy-handler"},
                               Service{"microsoft-identity-web", "4.18.0", ""},
                               Service{"openiddict-validation", "7.8.0", ""}};

model::ValidatorSettings settings_of(const Service& service) {
  model::ValidatorSettings settings;
  settings.profile = service.profile;
  settings.version = service.version;
  settings.variant = service.variant;
  settings.authority = model::TextSetting("https://id.example.com");
  settings.metadata_url = model::TextSetting(std::string(kUrl));
  settings.audiences = model::ListSetting({"api"});
  return settings;
}

// Its first judgement, with all that there is to read, and the mean of the next ones.
struct Cost {
  double first_ms = 0, next_ms = 0;
};

double cpu_ms() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

Cost cost_of(const Service& service, const forecast::AuthorityFacts& facts, base::Instant now) {
  const model::ValidatorSettings settings = settings_of(service);
  const auto validator = *validators::Validator::compile(settings);
  const forecast::DeploymentView view{.name = "service",
                                      .settings = settings,
                                      .validator = validator,
                                      .started_at = std::nullopt,
                                      .tokens = {},
                                      .authority = &facts,
                                      .clock = std::nullopt,
                                      .vantage = "bench",
                                      .restarted_only = false};
  const auto judge_ms = [&] {
    const double begin = cpu_ms();
    forecast::Forecaster judge;
    const std::size_t told = judge.judge(view, now).results.size();
    return told == 0 ? 0 : cpu_ms() - begin;
  };
  Cost cost;
  cost.first_ms = judge_ms();
  if (cost.first_ms > kEnough) return cost;
  int times = 0;
  double sum = 0;
  while (times < 3 || (sum < 50 && times < 100)) {
    sum += judge_ms();
    ++times;
    if (sum > kEnough) break;
  }
  cost.next_ms = sum / times;
  return cost;
}

Cost worst_cost(const Kind& kind, std::size_t changes, const char*& whose) {
  const base::Instant begin = base::from_unix_seconds(1'795'000'000);
  const base::Instant first = begin - base::hours(24 * 7);
  base::Instant now = begin;
  forecast::AuthorityHistory history;
  history.add(kUrl, {first, first, document()});
  history.add(kKeys, {first, first, keys(0, 1)});
  for (std::size_t i = 1; i <= changes; ++i) {
    Change change = kind.change(i);
    history.add(change.url, {now, now + kPause, std::move(change.served)});
    now += kPause;
  }
  history.trim(now - base::hours(48));
  forecast::AuthorityFacts facts;
  facts.name = "id";
  facts.history = &history;
  Cost worst;
  for (const Service& service : kServices) {
    const Cost cost = cost_of(service, facts, now);
    worst.first_ms = std::max(worst.first_ms, cost.first_ms);
    if (cost.next_ms >= worst.next_ms) whose = service.version;
    worst.next_ms = std::max(worst.next_ms, cost.next_ms);
    if (cost.first_ms > kEnough) break;
  }
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t most = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : kCurve.back();
  fmt::print(
      "CPU ms of one judgement, of the costliest of {} validators: the next one (the first)\n",
      kServices.size());
  for (const Kind& kind : kinds()) {
    if (argc > 2 && std::string_view(kind.name).find(argv[2]) == std::string_view::npos) continue;
    fmt::print("{}:", kind.name);
    const char* whose = "";
    for (const std::size_t changes : kCurve) {
      if (changes > most) break;
      const Cost cost = worst_cost(kind, changes, whose);
      fmt::print("  {}: {:.1f} ({:.1f})", changes, cost.next_ms, cost.first_ms);
      std::fflush(stdout);
      if (cost.first_ms > kEnough) break;
    }
    fmt::print("  [{}]\n", whose);
    std::fflush(stdout);
  }
}
