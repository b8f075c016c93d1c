// The two errors that can be made, over the recordings: an alarm about a service that took the
// token, and silence about one that refused it. Asked at the last request of each story, with what
// a watch would have seen until then, and with what that token looks like.
#include "base/url.hpp"
#include "forecast/forecaster.hpp"
#include "forecast/history/body_reading.hpp"
#include "model/authority_family.hpp"
#include "model/token.hpp"
#include "tests/stories/scenarios.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>

using namespace idpwatch;
using base::Instant;

namespace {

struct Seen {
  forecast::AuthorityHistory history;
  std::set<std::string> bodies;  // served now, of any address
  Instant started, now;
  const validators::StoryStep::Asking* asked = nullptr;
  bool simple = true;  // no set clock, no host that is down as a whole
};

// Everything until the last request.
Seen watch(const validators::Story& story) {
  Seen seen;
  std::map<std::string, std::string> bodies;
  seen.started = seen.now = story.epoch;
  const auto last = std::find_if(story.steps.rbegin(), story.steps.rend(), [](const auto& step) {
    return std::holds_alternative<validators::StoryStep::Asking>(step.what);
  });
  if (last == story.steps.rend()) return seen;
  bool fetched = false;
  for (const validators::StoryStep& step : story.steps) {
    const Instant at = story.epoch + step.at;
    if (const auto* serving = std::get_if<validators::StoryStep::Serving>(&step.what)) {
      for (const validators::Serve& serve : serving->serves) {
        seen.simple = seen.simple && !serve.whole_host && serve.answer;
        if (!serve.answer) continue;
        seen.history.add(serve.url, {at, at, *serve.answer});
        bodies[serve.url] = serve.answer->body ? *serve.answer->body : "";
      }
    } else if (std::holds_alternative<validators::StoryStep::Starting>(step.what)) {
      fetched = false;
    } else if (std::holds_alternative<validators::StoryStep::ClockOff>(step.what)) {
      seen.simple = false;
    }
    // It fetches at its first request; services are taken to get requests all the time.
    if (!fetched && std::holds_alternative<validators::StoryStep::Asking>(step.what)) {
      seen.started = at;
      fetched = true;
    }
    if (&step == &*last) {
      seen.asked = &std::get<validators::StoryStep::Asking>(step.what);
      seen.now = at;
      break;
    }
  }
  for (auto& [url, body] : bodies) seen.bodies.insert(body);
  return seen;
}

// A token as its authority issues them, at that time: of a kid that is published, within its times,
// of Entra ID with its tenant.
bool is_issued_now(const model::Token& token, const Seen& seen) {
  const std::int64_t now = base::to_unix_seconds(seen.now);
  if (!token.kid || !token.expires || *token.expires <= now || token.encrypted) return false;
  if (token.not_before && *token.not_before > now) return false;
  if (model::entra_issuer(token.issuer.value_or("")) && !token.tenant_id) return false;
  return std::any_of(seen.bodies.begin(), seen.bodies.end(), [&](const std::string& body) {
    return body.find("\"" + *token.kid + "\"") != std::string::npos;
  });
}

// A validator that asks for no document has been told the issuer of its authority's first one.
void take_issuer(model::ValidatorSettings& settings, const Seen& seen) {
  if (settings.profile != "jose" || !settings.issuers.value().empty()) return;
  const auto* changes = seen.history.changes(base::discovery_url(settings.authority.value()));
  if (changes == nullptr) return;
  for (const auto& change : *changes) {
    const std::string issuer = forecast::read_body(change.served.body).document.issuer;
    if (issuer.empty()) continue;
    settings.issuers = model::ListSetting({issuer});
    return;
  }
}

forecast::TokenFacts facts_of(const model::Token& token) {
  forecast::TokenFacts facts;
  facts.issuer = token.issuer;
  facts.audience = token.audiences.empty() ? "" : token.audiences.front();
  facts.algorithm = token.alg;
  facts.not_before = token.not_before.has_value();
  return facts;
}

// Of another key than the token's: what it says of other tokens may be true.
bool is_about_another_key(const model::Finding& finding, const model::Token& token) {
  const std::string about = "tokens signed with key ";
  return finding.summary.find(about) != std::string::npos &&
         finding.summary.find(about + "'" + token.kid.value_or("") + "'") == std::string::npos;
}

struct Rates {
  int working = 0, refusing = 0;  // took the token, refused it
  std::set<std::string> alarmed;  // took it; error or critical of the running process: the stories
  std::set<std::string> silent;   // refused it, and there is no finding
  std::string which;
};

void judge(const test::NamedRecording& named, Rates& rates) {
  const validators::Recording& recording = named.recording;
  for (const auto& [id, answers] : recording.answers) {
    const validators::Story story = test::story(test::story_texts().at(id));
    const Seen seen = watch(story);
    if (story.deployed || !seen.simple || seen.asked == nullptr || !seen.asked->authorization) {
      continue;
    }
    const auto token = model::parse_token(*seen.asked->authorization);
    const auto answer = answers.find(seen.asked->name);
    if (!token || answer == answers.end() || token->audiences.size() > 1) continue;
    const bool taken = answer->second.status == 200;
    // What callers write in `typ` is not known to the forecast, nor that an `aud` is an empty list.
    if (answer->second.error == "IDX10257" || answer->second.error == "wrong-type") continue;
    if (token->audiences.empty() && id == "audience-none-blank") continue;
    if (!taken && !is_issued_now(*token, seen)) continue;

    model::ValidatorSettings settings = story.settings;
    settings.profile = recording.profile;
    settings.version = recording.version;
    settings.variant = recording.variant;
    take_issuer(settings, seen);
    const auto validator = validators::Validator::compile(settings);
    if (!validator) continue;
    forecast::AuthorityFacts facts;
    facts.name = "id";
    facts.history = &seen.history;
    facts.observed_at = seen.now;
    const forecast::DeploymentView view{.name = "service",
                                        .settings = settings,
                                        .validator = *validator,
                                        .started_at = seen.started,
                                        .tokens = facts_of(*token),
                                        .authority = &facts,
                                        .clock = std::nullopt,
                                        .vantage = "here"};
    const forecast::Forecast forecast = forecast::Forecaster().judge(view, seen.now);
    const auto told = [&](auto fits) {
      return std::any_of(forecast.results.begin(), forecast.results.end(), fits);
    };
    if (taken) {
      ++rates.working;
      const bool alarm = told([&token](const model::CheckResult& one) {
        return one.health == model::Health::kFailing &&
               !is_about_another_key(one.finding, *token) &&
               one.finding.condition == model::Condition::kRunning &&
               (one.finding.severity == model::Severity::kError ||
                one.finding.severity == model::Severity::kCritical);
      });
      if (!alarm) continue;
      rates.alarmed.insert(id);
      rates.which += "\nalarm: " + named.name + " " + id;
      for (const model::CheckResult& one : forecast.results) {
        if (one.health == model::Health::kFailing) rates.which += "\n    " + one.finding.summary;
      }
    } else {
      ++rates.refusing;
      const bool nothing =
          !told([](const auto& one) { return one.health != model::Health::kPassing; });
      if (!nothing) continue;
      rates.silent.insert(id);
      rates.which += "\nsilent: " + named.name + " " + id + ": " +
                     std::to_string(answer->second.status) + " " + answer->second.error;
    }
  }
}

}  // namespace

TEST_CASE("of recorded services, those that work are let alone, and none that refuses is ok",
          "[stories]") {
  // The ends of the table of versions and the commonest of each kind between.
  constexpr std::array<std::string_view, 12> kAsked{"aspnetcore-jwtbearer@5.5.0",
                                                    "aspnetcore-jwtbearer@6.10.0",
                                                    "aspnetcore-jwtbearer@6.35.0+host7",
                                                    "aspnetcore-jwtbearer@7.1.2",
                                                    "aspnetcore-jwtbearer@7.7.3+legacy-handler",
                                                    "aspnetcore-jwtbearer@8.0.1",
                                                    "aspnetcore-jwtbearer@8.23.0",
                                                    "aspnetcore-jwtbearer@8.23.0+blocking",
                                                    "microsoft-identity-web@4.18.0",
                                                    "openiddict-validation@7.8.0",
                                                    "jose@4.15.9",
                                                    "jose@6.2.18"};
  Rates rates;
  for (const test::NamedRecording& named : test::recordings()) {
    if (std::find(kAsked.begin(), kAsked.end(), named.name) != kAsked.end()) judge(named, rates);
  }
  INFO("alarms at " << rates.alarmed.size() << " of " << rates.working << " that work, silence at "
                    << rates.silent.size() << " of " << rates.refusing << " that refuse"
                    << rates.which);
  REQUIRE(rates.working > 2000);
  REQUIRE(rates.refusing > 250);
  // Alarms that are true of the next requests: tokens of a key that left, or of the former issuer,
  // are taken until the cache of this one service is renewed, and no request came to renew it. Of
  // one kid the former key is meant, whose token the request before was refused with.
  CHECK(rates.alarmed == std::set<std::string>{"cache-startup-foreign", "issuer-mixup-cured",
                                               "rotation-samekid-keep0"});
  CHECK(rates.silent.empty());
}
