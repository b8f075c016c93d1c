#include "soundness_story.hpp"

#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using base::milliseconds;
using base::minutes;
using base::seconds;

constexpr Duration kLook = minutes(1);
constexpr Duration kFollowed = base::hours(4);
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

template <class T>
const T& state_at(const std::vector<T>& states, Instant at) {
  const T* found = &states.front();
  for (const T& one : states) {
    if (one.at <= at) found = &one;
  }
  return *found;
}

// 6.10 to 6.27 word an unknown key otherwise when the issuer, too, is not the present one.
bool one_error(const std::string& told, const std::string& met) {
  return told == met || (told == "IDX10501" && met == "IDX10516") ||
         (told == "IDX10516" && met == "IDX10501");
}

bool tells_other(const model::Finding& finding, bool restarted) {
  return std::any_of(finding.evidence.begin(), finding.evidence.end(), [&](const auto& row) {
    return row.fact == (restarted ? "if it is restarted now" : "as it runs");
  });
}

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

}  // namespace

const Truth::Keys& Truth::keys_at(Instant at) const { return state_at(keys, at); }
const Truth::Document& Truth::document_at(Instant at) const { return state_at(documents, at); }

const validators::Served& Truth::fetch(std::string_view url, Instant at) const {
  return url == kKeys ? keys_at(at).served : document_at(at).served;
}

std::map<std::string, int>& Story::seen() {
  static std::map<std::string, int> counts;
  return counts;
}

std::map<model::Certainty, Story::Promise>& Story::promises() {
  static std::map<model::Certainty, Promise> counts;
  return counts;
}

void Story::count_promises(const std::vector<Refusal>& refusals) const {
  for (const model::Finding& finding : findings_) {
    if (finding.condition != model::Condition::kRunning) continue;
    Promise& promise = promises()[*finding.certainty];
    ++promise.told;
    const bool came = std::any_of(refusals.begin(), refusals.end(), [&](const Refusal& one) {
      return !one.restarted && has(one.rules, finding.rule);
    });
    promise.came += came ? 1 : 0;
    if (!came && finding.certainty == model::Certainty::kCertain) {
      promise.spared.push_back(finding.summary + about());
    }
  }
}

Story::Story(unsigned seed, Pace pace, const char* profile) : random_(seed), pace_(pace) {
  if (profile == nullptr) {
    draw_service();
  } else {
    draw_jose();
  }
  begin_ = kNoon - minutes(5);
  draw_truth();
  look();
  draw_unknowns();
  auto compiled = validators::Validator::compile(fixture_->settings);
  REQUIRE(compiled);
  validator_ = *compiled;
  for (const model::CheckResult& result : fixture_->judge(now_).results) {
    if (result.health == model::Health::kFailing) findings_.push_back(result.finding);
  }
}

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

std::string Story::issuer(Instant issued) const {
  std::string found;
  for (const Truth::Document& one : truth_.documents) {
    if (one.at <= issued && !one.issuer.empty()) found = one.issuer;
  }
  return found;
}

// Valid at that instant: issued then, by a key that was published then.
std::string Story::signer(Instant issued) const {
  const Truth::Keys* found = nullptr;
  for (const Truth::Keys& one : truth_.keys) {
    if (one.at <= issued && !one.kids.empty()) found = &one;
  }
  if (found == nullptr) return {};
  const bool switched = issued >= found->at + switch_after_.at(found->at);
  return switched ? found->kids.back() : found->kids.front();
}

std::vector<std::pair<std::string, std::string>> Story::tokens_at(Instant at) const {
  const Instant oldest = at - fixture_->tokens.lifetime + milliseconds(1);
  std::vector<Instant> issued{at, oldest};
  const auto add = [&](Instant from) {
    for (const Instant one : {from, from - milliseconds(1)}) {
      if (one > oldest && one < at) issued.push_back(one);
    }
  };
  for (const Truth::Keys& one : truth_.keys) {
    if (one.at == Instant::min()) continue;
    add(one.at);
    add(one.at + switch_after_.at(one.at));
  }
  for (const Truth::Document& one : truth_.documents) {
    if (one.at != Instant::min()) add(one.at);
  }
  std::sort(issued.rbegin(), issued.rend());
  std::vector<std::pair<std::string, std::string>> tokens;
  for (const Instant one : issued) {
    std::pair token{signer(one), issuer(one)};
    if (token.first.empty() || std::find(tokens.begin(), tokens.end(), token) != tokens.end()) {
      continue;
    }
    tokens.push_back(std::move(token));
  }
  return tokens;
}

validators::Answer Story::ask(validators::Simulation& service, const std::string& kid,
                              const std::string& issuer, Instant at) {
  auto& token = tokens_[kid + "\n" + issuer];
  if (!token) {
    Claims claims = claims_;
    claims.issuer = issuer;
    const Signer by{kid == "junk" ? "none" : thumbprint_of(kid), "RS256", kid};
    token = synthetic_token(claims, by,
                            {base::from_unix_seconds(0), base::from_unix_seconds(1LL << 34)});
  }
  return service.request(truth_, {at, at, validators::Credentials::synthetic(token)});
}

// Close together where things happen, wide apart elsewhere.
Duration Story::step_after(Instant at) const {
  const auto near = [&](Instant event) {
    return at >= event - seconds(10) && at < event + minutes(6);
  };
  const auto any = [&](const auto& states) {
    return std::any_of(states.begin(), states.end(),
                       [&](const auto& one) { return one.at != Instant::min() && near(one.at); });
  };
  const bool happens = refused_ || near(now_) || any(truth_.keys) || any(truth_.documents);
  if (happens) return seconds(7);
  // That hour begins with the last token that was taken.
  const Duration good = validator_->cache().last_known_good;
  return good > Duration(0) && fixture_->tokens.lifetime > good ? seconds(9) : seconds(61);
}

void Story::run(Instant start, bool restarted, std::vector<Refusal>& refusals) {
  validators::Simulation service(validator_, {jitter_, jitter_});
  bool unknown_kid_sent = false;
  for (Instant at = start; at < now_ + kFollowed; at += step_after(at)) {
    if (unknown_kid_ && !restarted && !unknown_kid_sent && at >= *unknown_kid_) {
      unknown_kid_sent = true;
      ask(service, "junk", issuer(at), at);
    }
    refused_ = false;
    for (const auto& [kid, issuer] : tokens_at(at)) {
      const validators::Answer answer = ask(service, kid, issuer, at);
      refused_ = refused_ || !answer.accepted();
      if (answer.accepted() || at < now_) continue;
      refusals.push_back({at, kid, answer.status, answer.logged(), answer.because,
                          right_rules(service, answer, kid, at), restarted});
    }
  }
}

// What nodes that disagree publish is told of as a key that is not cached.
bool Story::comes_and_goes(const std::string& kid) const {
  int returns = 0;
  bool seen = false, there = false;
  for (const Truth::Keys& one : truth_.keys) {
    if (one.kids.empty()) continue;
    const bool now = has(one.kids, kid);
    returns += now && seen && !there ? 1 : 0;
    seen = seen || now;
    there = now;
  }
  return returns >= 2;
}

std::vector<std::string> Story::right_rules(const validators::Simulation& service,
                                            const validators::Answer& answer,
                                            const std::string& kid, Instant at) const {
  const bool fetching =
      answer.cause == validators::Cause::kTransport || answer.cause == validators::Cause::kDocument;
  if (!service.has_configuration() || fetching) {
    // What the world answered when it asked last: that is not longer ago than its back-off.
    std::set<std::string> rules;
    for (Duration back{0}; back <= minutes(5) + seconds(2); back += seconds(1)) {
      for (const validators::Served* served :
           {&truth_.document_at(at - back).served, &truth_.keys_at(at - back).served}) {
        if (served->fault == validators::Fault::kTlsExpired) {
          rules.insert("refusal-tls");
        } else if (served->fault != validators::Fault::kNone || served->status != 200) {
          rules.insert("refusal-unreachable");
        }
      }
      if (!rules.empty()) break;
    }
    return {rules.begin(), rules.end()};
  }
  if (answer.cause == validators::Cause::kIssuer) return {"refusal-issuer"};
  const auto published = [&](Instant when) {
    std::vector<std::string> kids;
    for (const Truth::Keys& one : truth_.keys) {
      if (one.at <= when && !one.kids.empty()) kids = one.kids;
    }
    return has(kids, kid);
  };
  // The instant of a change is known to a look: within one, either is right.
  std::vector<std::string> rules;
  if (published(at) || published(at - kLook)) rules.emplace_back("refusal-rotation");
  if (!published(at) || !published(at - kLook)) rules.emplace_back("refusal-withdrawn-key");
  if (rules.size() == 1 && comes_and_goes(kid)) rules.emplace_back("refusal-rotation");
  return rules;
}

std::optional<std::string> Story::untold(const Refusal& refusal) const {
  std::string why = "no finding of ";
  for (const std::string& rule : refusal.rules) why += rule + " ";
  for (const model::Finding& finding : findings_) {
    if (!has(refusal.rules, finding.rule)) continue;
    const model::Window& window = *finding.window;
    const bool running = finding.condition == model::Condition::kRunning;
    // One finding tells of both: what it is not about itself stands in its evidence.
    if (running == refusal.restarted && tells_other(finding, refusal.restarted)) {
      return std::nullopt;
    }
    if ((window.earliest && *window.earliest > refusal.at) ||
        (window.until && refusal.at > *window.until)) {
      why = finding.rule + " has a window that does not hold it: " +
            (window.earliest ? base::format_rfc3339(*window.earliest) : "-") + " to " +
            (window.until ? base::format_rfc3339(*window.until) : "-");
      continue;
    }
    // What the settings refuse, a restarted one refuses as well: it is said once.
    const bool by_settings =
        finding.rule == "refusal-issuer" && running && fixture_->settings.issuers.has_value();
    if (running == refusal.restarted && !by_settings) {
      why = finding.rule + " is told for the other condition alone";
      continue;
    }
    if (finding.status != refusal.status) {
      why = finding.rule + " tells status " + std::to_string(finding.status.value_or(-1));
      continue;
    }
    if (!one_error(finding.error_id, refusal.error)) {
      why = finding.rule + " tells " + finding.error_id;
      continue;
    }
    return std::nullopt;
  }
  return why;
}

std::vector<std::string> Story::broken() {
  std::vector<Refusal> refusals;
  run(started_, false, refusals);
  run(now_, true, refusals);
  std::vector<std::string> out;
  seen()[refusals.empty() ? "quiet" : "refusing"] += 1;
  count_promises(refusals);
  std::set<std::string> rules;
  for (const Refusal& refusal : refusals) {
    rules.insert(base::join(refusal.rules, "|"));
    const auto why = untold(refusal);
    if (!why) continue;
    out.push_back(base::format_rfc3339(refusal.at) + " " + refusal.kid + " " +
                  std::to_string(refusal.status) + " " + refusal.error + " " + refusal.because +
                  (refusal.restarted ? " (restarted)" : "") + "\n  " + *why + about());
  }
  for (const std::string& rule : rules) seen()[rule] += 1;
  return out;
}

std::string Story::about() const {
  const model::ValidatorSettings& settings = fixture_->settings;
  std::string text =
      "\n  " + settings.profile + " " + settings.version + " " + settings.variant + ", now " +
      base::format_rfc3339(now_) + ", started " + base::format_rfc3339(started_) +
      (fixture_->started_at ? " (known)" : " (not known)") + ", jitter " + std::to_string(jitter_) +
      ", refresh " + base::format_duration(settings.automatic_refresh.value()) + ", lifetime " +
      base::format_duration(fixture_->tokens.lifetime);
  if (settings.refresh_on_unknown_kid.has_value()) text += ", no refresh on unknown kid";
  for (const model::Finding& one : findings_) {
    text += "\n  told: " + one.rule + " " +
            std::string(one.condition == model::Condition::kRunning ? "running" : "restarted") +
            " " + (one.window->earliest ? base::format_rfc3339(*one.window->earliest) : "-") +
            " to " + (one.window->until ? base::format_rfc3339(*one.window->until) : "-");
  }
  if (unknown_kid_) text += ", junk " + base::format_rfc3339(*unknown_kid_);
  for (const Truth::Keys& state : truth_.keys) {
    if (state.at == Instant::min()) continue;
    text += "\n  " + base::format_rfc3339(state.at) + ":";
    for (const auto& kid : state.kids) text += " " + kid;
    text += " +" + base::format_duration(switch_after_.at(state.at));
  }
  for (const Truth::Document& state : truth_.documents) {
    if (state.at != Instant::min()) {
      text += "\n  " + base::format_rfc3339(state.at) + " document: " + state.issuer;
    }
  }
  return text;
}

}  // namespace idpwatch::forecast
