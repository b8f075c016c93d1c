#include "soundness_story.hpp"

#include "base/text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using base::milliseconds;
using base::minutes;
using base::seconds;

constexpr Duration kFollowed = base::hours(4);

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
