// Drawn providers at which a .NET service works all the time: keys come long before they sign and
// leave long after, entries get other labels or stand twice, keys that .NET cannot use come and go,
// documents are away for hours, nodes disagree about keys that do not sign, former sets come back.
// However far apart the looks are, nothing of it is an alarm.
#include "fixture.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <map>
#include <random>
#include <set>

namespace idpwatch::forecast {

using base::hours;
using base::minutes;
using model::Severity;

namespace {

constexpr std::array kVersions{"5.6.0", "6.10.0", "6.33.0", "7.1.2", "8.0.1", "8.23.0"};
constexpr int kDays = 12;

struct Entry {
  std::string key, kid;
  bool usable = true;
};

// What is served from an instant on.
struct State {
  base::Instant at;
  std::vector<Entry> set;
  bool document_away = false;
};

std::string text_of(const Entry& entry) {
  auto made = nlohmann::json::parse(jwk(entry.key));
  made["kid"] = entry.kid;
  if (!entry.usable) {
    made = {{"kty", "OKP"},   {"crv", "Ed25519"}, {"use", "sig"},
            {"alg", "EdDSA"}, {"kid", entry.kid}, {"x", std::string(40, 'A') + "AAA"}};
  }
  return made.dump();
}

std::string text_of(const std::vector<Entry>& set) {
  std::string text;
  for (const Entry& entry : set) text += (text.empty() ? "" : ",") + text_of(entry);
  return "{\"keys\":[" + text + "]}";
}

class Provider {
 public:
  explicit Provider(unsigned seed) : random_(seed) {
    states_.push_back({kNoon, {{"k0", "k0"}}});
    for (base::Instant at = kNoon + hours(30); at < end();) at = happen(at);
    std::stable_sort(states_.begin(), states_.end(),
                     [](const State& a, const State& b) { return a.at < b.at; });
  }

  static base::Instant end() { return kNoon + hours(24 * kDays); }
  [[nodiscard]] const State& at(base::Instant when) const {
    const State* found = &states_.front();
    for (const State& one : states_) {
      if (one.at <= when) found = &one;
    }
    return *found;
  }
  [[nodiscard]] const std::set<int>& kinds() const { return kinds_; }
  int pick(int lo, int hi) { return std::uniform_int_distribution<int>(lo, hi)(random_); }

 private:
  State& add(base::Instant at) {
    State next = states_.back();
    next.at = at;
    return states_.emplace_back(std::move(next));
  }

  // Gives the instant from which on something else may happen.
  base::Instant happen(base::Instant at) {
    const int kind = pick(0, 5);
    kinds_.insert(kind);
    switch (kind) {
      case 0:
        return rotate(at);
      case 1:  // the same key by another name beside, or the entry twice
        add(at).set.push_back({states_.back().set.front().key,
                               pick(0, 1) == 0 ? states_.back().set.front().kid : name("label")});
        return at + hours(pick(1, 40));
      case 2:
        return outage(at);
      case 3:
        return disagree(at);
      case 4:  // a key that .NET cannot use; the one before it goes
        std::erase_if(add(at).set, [](const Entry& one) { return !one.usable; });
        states_.back().set.push_back({"ed", name("ed"), false});
        return at + hours(pick(1, 20));
      default:
        return restore(at);
    }
  }

  // It signs in the middle of the overlap.
  base::Instant rotate(base::Instant at) {
    const std::string next = name("k");
    add(at).set.push_back({next, next});
    const base::Instant leaves = at + hours(pick(50, 90));
    State& last = add(leaves);
    std::erase_if(last.set, [&](const Entry& one) { return one.usable && one.key != next; });
    return leaves + hours(pick(26, 60));
  }

  base::Instant outage(base::Instant at) {
    add(at).document_away = true;
    const base::Instant back = at + minutes(pick(5, 60 * 30));
    add(back).document_away = false;
    return back + hours(26);
  }

  // Some nodes have a key that signs much later.
  base::Instant disagree(base::Instant at) {
    const std::vector<Entry> without = states_.back().set;
    const std::string next = name("n");
    for (int turn = 0; turn < pick(2, 5); ++turn) {
      add(at).set.push_back({next, next});
      at += minutes(pick(3, 90));
      add(at).set = without;
      at += minutes(pick(3, 90));
    }
    return at + hours(30);
  }

  // A set that was put back from a backup: the newest key is away for a day, before it signs.
  base::Instant restore(base::Instant at) {
    const std::vector<Entry> before = states_.back().set;
    const std::string next = name("r");
    add(at).set.push_back({next, next});
    add(at + hours(3)).set = before;
    add(at + hours(27)).set.push_back({next, next});
    const base::Instant leaves = at + hours(27 + 60);
    std::erase_if(add(leaves).set, [&](const Entry& one) { return one.usable && one.key != next; });
    return leaves + hours(30);
  }

  std::string name(const std::string& of) { return of + std::to_string(++names_); }

  std::mt19937 random_;
  int names_ = 0;
  std::vector<State> states_;
  std::set<int> kinds_;
};

struct Counts {
  int judged = 0, warnings = 0, infos = 0, restarts = 0;
};

std::string worst(Provider& provider, const char* version, base::Duration looks, Counts& counts) {
  Fixture world(version);
  world.looks = looks;
  world.history = AuthorityHistory();
  std::string grave;
  const base::Duration phase = minutes(provider.pick(0, 59));
  const State* before = nullptr;
  int after = 0;
  for (base::Instant at = kNoon + phase; at < Provider::end(); at += looks) {
    const State& now = provider.at(at);
    validators::Served away;
    away.status = 503;
    world.serve(at, kMetadata, now.document_away ? away : body(document(kIssuer)));
    world.serve(at, kKeys, body(text_of(now.set)));
    world.history.trim(at - hours(48));
    if (&now != before) after = 3;
    before = &now;
    if (after-- <= 0) continue;
    ++counts.judged;
    for (const model::CheckResult& one : world.judge(at).results) {
      if (one.health != model::Health::kFailing) continue;
      const model::Finding& finding = one.finding;
      counts.warnings += finding.severity == Severity::kWarning ? 1 : 0;
      counts.infos += finding.severity == Severity::kInfo ? 1 : 0;
      counts.restarts += finding.condition == model::Condition::kRestarted ? 1 : 0;
      if (finding.severity >= Severity::kError) {
        grave += base::format_rfc3339(at) + " " + finding.summary + "\n";
      }
    }
  }
  return grave;
}

}  // namespace

TEST_CASE("No provider at which a service works all the time is an alarm", "[forecast]") {
  std::map<base::Duration, Counts> by_looks;
  std::set<int> kinds;
  int drawn = 0;
  for (unsigned seed = 1; seed <= 24; ++seed) {
    Provider provider(seed);
    kinds.insert(provider.kinds().begin(), provider.kinds().end());
    const char* version = kVersions.at(seed % kVersions.size());
    const std::array<base::Duration, 3> all{minutes(1), hours(1), hours(24)};
    const base::Duration looks = all.at(seed / kVersions.size() % all.size());
    INFO("seed " << seed << ", " << version << ", looks " << base::describe_duration(looks));
    CHECK(worst(provider, version, looks, by_looks[looks]).empty());
    ++drawn;
  }
  CHECK(drawn == 24);
  CHECK(kinds.size() == 6);  // each kind of happening was drawn
  for (const auto& [looks, counts] : by_looks) {
    INFO("looks " << base::describe_duration(looks) << ": " << counts.judged << " judged, "
                  << counts.warnings << " warnings, " << counts.infos << " infos, "
                  << counts.restarts << " for a restart");
    CHECK(counts.judged > 20);
    // Warnings are for outages, which a restart meets, and for nodes that disagree.
    CHECK(counts.warnings <= counts.judged);
  }
}

}  // namespace idpwatch::forecast
