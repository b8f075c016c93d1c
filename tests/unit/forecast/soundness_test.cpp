// The law of the forecast: whatever the unknowns are, a refusal of a valid token lies in a window.
#include "fixture.hpp"
#include "forecast/imagined.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>

namespace idpwatch::forecast {

namespace {

using base::Duration;
using base::Instant;
using base::minutes;
using base::seconds;

constexpr Duration kLook = minutes(1);
constexpr Duration kStep = seconds(5);

struct Change {
  Instant at;
  std::vector<std::string> kids;  // empty: the key set cannot be fetched
};

// What truly happens: sets of keys with the instants of their changes, and who signs when.
struct Truth final : validators::World {
  std::vector<Change> changes;
  std::map<std::size_t, validators::Served> bodies;
  validators::Served metadata = body(document(kIssuer));

  [[nodiscard]] std::size_t state(Instant at) const {
    std::size_t found = 0;
    for (std::size_t i = 0; i < changes.size(); ++i) {
      if (changes[i].at <= at) found = i;
    }
    return found;
  }
  [[nodiscard]] const validators::Served& fetch(std::string_view url, Instant at) const override {
    return url == kMetadata ? metadata : bodies.at(state(at));
  }
};

class Story {
 public:
  explicit Story(unsigned seed) : random_(seed) {
    static constexpr std::array kVersions{"5.6.0", "6.10.0", "6.33.0", "7.7.1", "8.0.1", "8.23.0"};
    fixture_ = std::make_unique<Fixture>(kVersions[static_cast<std::size_t>(pick(0, 5))]);
    if (pick(0, 3) == 0) fixture_->settings.refresh_on_unknown_kid = model::FlagSetting(false);
    fixture_->settings.automatic_refresh = model::DurationSetting(minutes(pick(30, 90)));
    fixture_->tokens.lifetime = minutes(pick(5, 40));
    begin_ = kNoon - minutes(5);
    truth_.changes.push_back({Instant::min(), {"old"}});
    Instant at = begin_;
    for (int i = 0; i < pick(1, 4); ++i) {
      at += seconds(pick(30, 3000));
      truth_.changes.push_back({at, next_set(truth_.changes.back().kids)});
    }
    for (std::size_t i = 0; i < truth_.changes.size(); ++i) {
      truth_.bodies[i] = truth_.changes[i].kids.empty() ? fault(validators::Fault::kRefused)
                                                        : body(key_set(truth_.changes[i].kids));
    }
    now_ = at + seconds(pick(0, 1500));
    look();
    draw_unknowns();
  }

  // Refusals from now on that no window holds, as text.
  std::vector<std::string> broken() {
    std::map<std::string, model::Window> windows;
    for (const model::Verdict& verdict : fixture_->judge(now_).verdicts) {
      if (verdict.health == model::Health::kBad) {
        windows[verdict.finding.rule] = *verdict.finding.window;
      }
    }
    std::vector<std::string> out;
    auto validator = validators::Validator::compile(fixture_->settings);
    validators::Simulation service(*validator, {jitter_, jitter_});
    const Instant end = now_ + base::hours(4);
    for (Instant at = started_; at < end; at += kStep) {
      if (junk_ && at >= *junk_ && at < *junk_ + kStep) ask(service, "junk", at);
      for (const Duration age : ages()) {
        const std::string kid = signer(at - age);
        if (kid.empty()) continue;
        const validators::Answer answer = ask(service, kid, at);
        if (answer.accepted() || at < now_) continue;
        if (!covered(windows, at)) {
          out.push_back(base::format_rfc3339(at) + " " + kid + " " + answer.error + " " +
                        answer.because + about());
        }
      }
    }
    return out;
  }

  [[nodiscard]] std::string about() const {
    std::string text = "\n  version " + fixture_->settings.version + ", now " +
                       base::format_rfc3339(now_) + ", started " + base::format_rfc3339(started_) +
                       ", jitter " + std::to_string(jitter_) + ", refresh " +
                       base::format_duration(fixture_->settings.automatic_refresh.value());
    if (junk_) text += ", junk " + base::format_rfc3339(*junk_);
    for (std::size_t i = 1; i < truth_.changes.size(); ++i) {
      text += "\n  " + base::format_rfc3339(truth_.changes[i].at) + ":";
      for (const auto& kid : truth_.changes[i].kids) text += " " + kid;
    }
    return text;
  }

 private:
  std::int64_t pick(std::int64_t lo, std::int64_t hi) {
    return std::uniform_int_distribution<std::int64_t>(lo, hi)(random_);
  }

  std::vector<std::string> next_set(const std::vector<std::string>& before) {
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
  void look() {
    fixture_->looks = kLook;
    const Duration phase = seconds(pick(0, 59));
    for (Instant at = begin_ + phase; at <= now_; at += kLook) {
      fixture_->history.add(kKeys, {at - kLook, at, truth_.bodies.at(truth_.state(at))});
      if (at + kLook > now_) now_ = at;  // judged at a look
    }
    // What comes after the last look is not foreseen.
    while (truth_.changes.back().at > now_) truth_.changes.pop_back();
  }

  void draw_unknowns() {
    started_ = begin_ - minutes(pick(0, 100));
    if (pick(0, 4) == 0) started_ = begin_ + seconds(pick(0, (now_ - begin_) / seconds(1)));
    jitter_ = static_cast<double>(pick(0, 999)) / 1000;
    if (pick(0, 1) == 1) junk_ = begin_ + seconds(pick(-300, (now_ - begin_) / seconds(1) + 300));
    // A new key begins to sign between its first sight and the end of the former one.
    for (int i = 0; i < 8; ++i) switch_after_.push_back(seconds(pick(0, 2000)));
  }

  // Valid at that instant: issued then, by a key that was published then.
  std::string signer(Instant issued) const {
    std::size_t index = truth_.state(issued);
    while (index > 0 && truth_.changes[index].kids.empty()) --index;
    const auto& kids = truth_.changes[index].kids;
    if (kids.empty()) return {};
    if (kids.size() == 1) return kids[0];
    const bool switched = issued >= truth_.changes[index].at + switch_after_[index];
    return switched ? kids.back() : kids.front();
  }

  validators::Answer ask(validators::Simulation& service, const std::string& kid, Instant at) {
    auto& token = tokens_[kid];
    if (!token) {
      Claims claims;
      claims.issuer = kIssuer;
      claims.audiences = {"orders"};
      const Signer by{kid == "junk" ? "none" : thumbprint_of(kid), "RS256", kid};
      token = imagine(claims, by, {base::from_unix_seconds(0), base::from_unix_seconds(1LL << 34)});
    }
    return service.request(truth_, {at, at, validators::Credentials::imagined(token)});
  }

  std::vector<Duration> ages() {
    const Duration lifetime = fixture_->tokens.lifetime;
    return {Duration(0), lifetime * pick(1, 9) / 10, lifetime - seconds(1)};
  }

  static bool covered(const std::map<std::string, model::Window>& windows, Instant at) {
    return std::any_of(windows.begin(), windows.end(), [&](const auto& one) {
      const model::Window& window = one.second;
      return (!window.earliest || *window.earliest <= at) && (!window.until || at <= *window.until);
    });
  }

  std::mt19937 random_;
  std::unique_ptr<Fixture> fixture_;
  Truth truth_;
  Instant begin_, now_, started_;
  double jitter_ = 0.5;
  std::optional<Instant> junk_;
  std::vector<Duration> switch_after_;
  std::map<std::string, std::shared_ptr<const validators::TokenView>> tokens_;
};

}  // namespace

TEST_CASE("Every refusal of a valid token lies in a window that was forecast", "[forecast]") {
  constexpr unsigned kStories = 300;
  std::size_t broken = 0;
  for (unsigned seed = 1; seed <= kStories; ++seed) {
    Story story(seed);
    const auto refusals = story.broken();
    if (refusals.empty()) continue;
    ++broken;
    INFO("seed " << seed << ", " << refusals.size()
                 << " refusals, the first: " << refusals.front());
    CHECK(refusals.empty());
  }
  CHECK(broken == 0);
}

}  // namespace idpwatch::forecast
