// What is drawn of a story: the service, what its authority serves, and what is not known.
#include "soundness_story.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using base::minutes;
using base::seconds;

const std::string kTenant = "11111111-2222-3333-4444-555555555555";
const std::string kClient = "99999999-2222-3333-4444-555555555555";
const std::string kEntra = "https://login.microsoftonline.com/" + kTenant + "/v2.0";

struct Service {
  const char* profile;
  const char* version;
  const char* variant;
};
constexpr std::array kServices{Service{"aspnetcore-jwtbearer", "5.6.0", ""},
                               Service{"aspnetcore-jwtbearer", "6.10.0", ""},
                               Service{"aspnetcore-jwtbearer", "6.12.1", ""},
                               Service{"aspnetcore-jwtbearer", "6.27.0", ""},
                               Service{"aspnetcore-jwtbearer", "6.33.0", ""},
                               Service{"aspnetcore-jwtbearer", "7.7.1", ""},
                               Service{"aspnetcore-jwtbearer", "8.0.1", ""},
                               Service{"aspnetcore-jwtbearer", "8.0.2", ""},
                               Service{"aspnetcore-jwtbearer", "8.16.0", ""},
                               Service{"aspnetcore-jwtbearer", "8.23.0", ""},
                               Service{"aspnetcore-jwtbearer", "8.23.0", "blocking"},
                               Service{"aspnetcore-jwtbearer", "8.23.0", "legacy-handler"},
                               Service{"microsoft-identity-web", "4.15.0", ""},
                               Service{"microsoft-identity-web", "4.18.0", ""},
                               Service{"openiddict-validation", "7.8.0", ""}};

}  // namespace

std::int64_t Story::pick(std::int64_t lo, std::int64_t hi) {
  return std::uniform_int_distribution<std::int64_t>(lo, hi)(random_);
}

// Its keys alone are cached, nothing of a document is, and no set that is too old is used.
void Story::draw_jose() {
  constexpr std::array kVersions{"4.6.0", "4.15.9", "5.10.0", "6.2.18"};
  fixture_ = std::make_unique<Fixture>(kVersions[static_cast<std::size_t>(pick(0, 3))]);
  model::ValidatorSettings& settings = fixture_->settings;
  settings.profile = "jose";
  settings.jwks_url = model::TextSetting(std::string(kKeys));
  settings.issuers = model::ListSetting({std::string(kIssuer)});
  settings.automatic_refresh = model::DurationSetting(seconds(pick(60, 1800)));
  settings.min_refresh = model::DurationSetting(seconds(pick(5, 300)));
  truth_.metadata_url = kMetadata;
  claims_.issuer = kIssuer;
  claims_.audiences = {"orders"};
  begin_history();
}

void Story::draw_service() {
  const Service& service = kServices[static_cast<std::size_t>(pick(0, kServices.size() - 1))];
  const bool web = std::string_view(service.profile) == "microsoft-identity-web";
  fixture_ = std::make_unique<Fixture>(service.version, web ? kEntra : std::string(kIssuer));
  model::ValidatorSettings& settings = fixture_->settings;
  settings.profile = service.profile;
  settings.variant = service.variant;
  truth_.metadata_url = kMetadata;
  claims_.issuer = kIssuer;
  claims_.audiences = {"orders"};
  if (web) {
    settings.client_id = model::TextSetting(kClient);
    settings.tenant_id = model::TextSetting(kTenant);
    settings.audiences = {};
    settings.authority = model::TextSetting(std::string(kIssuer) + "/v2.0");
    truth_.metadata_url = std::string(kIssuer) + "/v2.0/.well-known/openid-configuration";
    claims_.issuer = kEntra;
    claims_.audiences = {kClient};
  } else if (settings.profile == "openiddict-validation") {
    claims_.typ = "at+jwt";
  } else {
    if (one_in(4)) settings.refresh_on_unknown_kid = model::FlagSetting(false);
    settings.automatic_refresh = model::DurationSetting(minutes(pick(30, 90)));
  }
  begin_history();
}

void Story::begin_history() {
  // Some outlive the hour in which last-known-good configurations help.
  fixture_->tokens.lifetime = minutes(one_in(6) ? pick(61, 150) : pick(5, 40));
  fixture_->history = AuthorityHistory();
  const Instant first = kNoon - base::hours(24 * 7);
  fixture_->history.add(truth_.metadata_url, {first, first, body(document(claims_.issuer))});
  fixture_->history.add(kKeys, {first, first, body(key_set({"old"}))});
}

validators::Served Story::outage() {
  switch (pick(0, 4)) {
    case 0:
      return fault(validators::Fault::kTlsExpired);
    case 1:
      return fault(validators::Fault::kTimeout);
    case 2: {
      validators::Served served;
      served.status = 503;
      return served;
    }
    default:
      return fault(validators::Fault::kRefused);
  }
}

int Story::changes() {
  switch (pace_) {
    case Pace::kCalm:
      return static_cast<int>(pick(1, 4));
    case Pace::kBusy:
      return static_cast<int>(pick(9, 16));
    case Pace::kDense:
      break;
  }
  return static_cast<int>(pick(4, 12));
}

// No two of them within one look, or the first is never seen.
Duration Story::pause() {
  switch (pace_) {
    case Pace::kCalm:
      return seconds(pick(61, 3000));
    case Pace::kBusy:
      return seconds(pick(65, 700));
    case Pace::kDense:
      break;
  }
  return seconds(pick(61, 130));
}

void Story::draw_truth() {
  truth_.keys.push_back({Instant::min(), {"old"}, body(key_set({"old"}))});
  truth_.documents.push_back({Instant::min(), claims_.issuer, body(document(claims_.issuer))});
  const std::string& profile = fixture_->settings.profile;
  const bool issuer_moves = (profile == "aspnetcore-jwtbearer" || profile == "jose") && one_in(3);
  Instant at = begin_;
  for (int left = changes(); left > 0; --left) {
    at += pause();
    if (one_in(pace_ == Pace::kCalm ? 4 : 12)) {
      const bool down = truth_.documents.back().issuer.empty();
      std::string issuer = claims_.issuer;
      if (issuer_moves && one_in(2)) issuer = "https://new.example.com";
      if (!down && one_in(2)) issuer.clear();
      truth_.documents.push_back({at, issuer, issuer.empty() ? outage() : body(document(issuer))});
      continue;
    }
    std::vector<std::string> kids = next_set(truth_.keys.back().kids);
    validators::Served served = kids.empty() ? outage() : body(key_set(kids));
    truth_.keys.push_back({at, std::move(kids), std::move(served)});
  }
  now_ = at + seconds(pick(0, 1500));
}

std::vector<std::string> Story::next_set(const std::vector<std::string>& before) {
  if (pace_ != Pace::kCalm) {
    if (!before.empty() && one_in(10)) return {};
    std::vector<std::string> kids{"k" + std::to_string(pick(1, 9))};
    if (!before.empty() && one_in(2)) kids.insert(kids.begin(), before.front());
    if (one_in(3)) kids.push_back("k" + std::to_string(pick(1, 9)));
    std::sort(kids.begin(), kids.end());
    kids.erase(std::unique(kids.begin(), kids.end()), kids.end());
    return kids;
  }
  switch (pick(0, 5)) {
    case 0:
      return {"new"};
    case 1:
      return {"old"};
    case 2:
      return {"old", "new"};
    case 3:
      return {"new", "third"};
    case 4:
      return before.empty() ? std::vector<std::string>{"third"} : std::vector<std::string>{};
    default:
      return {"third"};
  }
}

// Looks each minute, with a phase: what the daemon would have seen.
void Story::look() {
  const Duration phase = seconds(pick(0, 59));
  for (Instant at = begin_ + phase; at <= now_; at += kLook) {
    for (const std::string& url : {truth_.metadata_url, std::string(kKeys)}) {
      fixture_->history.add(url, {at - kLook, at, truth_.fetch(url, at)});
    }
    if (at + kLook > now_) now_ = at;  // judged at a look
  }
  // What comes after the last look is not foreseen.
  while (truth_.keys.back().at > now_) truth_.keys.pop_back();
  while (truth_.documents.back().at > now_) truth_.documents.pop_back();
}

void Story::draw_unknowns() {
  started_ = begin_ - minutes(pick(0, 100));
  if (one_in(4)) started_ = begin_ + seconds(pick(0, (now_ - begin_) / seconds(1)));
  if (one_in(pace_ == Pace::kDense ? 2 : 3)) fixture_->started_at = started_;
  jitter_ = static_cast<double>(pick(0, 999)) / 1000;
  if (one_in(2)) unknown_kid_ = begin_ + seconds(pick(-300, (now_ - begin_) / seconds(1) + 300));
  // A new key begins to sign between its first sight and the end of the former one.
  for (const Truth::Keys& state : truth_.keys) {
    switch_after_[state.at] = seconds(pick(0, one_in(2) ? 200 : 4000));
  }
}

}  // namespace idpwatch::forecast
