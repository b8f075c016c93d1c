#include "forecast/schedules.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;

// Times at which keys came, and keys that left, that are looked at: the latest.
constexpr std::size_t kKeysMax = 3;

struct Came {
  std::string key;
  Instant at;
  bool returns = false;
};

class Maker {
 public:
  Maker(const Publication& line, const Signing& signing) : line_(line), signing_(signing) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      for (const model::Jwk& key : line[i].keys) {
        if (!usable(key.thumbprint)) continue;
        const bool returns = known(key.thumbprint);
        if (!returns) order_.push_back(key.thumbprint);
        if (i > 0 && !line[i - 1].has(key.thumbprint)) came(key.thumbprint, line[i].at, returns);
      }
    }
    for (const std::string& key : order_) {
      if (!line.back().has(key)) left_.push_back(key);
    }
  }

  std::vector<Schedule> all(const std::vector<Instant>& later) {
    std::vector<Schedule> made;
    add(made, build({}));
    add(made, build({.eager = true}));
    const std::size_t skipped = fresh_.size() > kKeysMax ? fresh_.size() - kKeysMax : 0;
    for (std::size_t i = skipped; i < fresh_.size(); ++i) {
      const std::string& key = fresh_[i].key;
      add(made, build({.key = key, .from = fresh_[i].at}));
      if (!line_.back().has(key)) continue;
      for (const Instant at : later) {
        if (at > fresh_[i].at) add(made, build({.key = key, .from = at}));
      }
    }
    for (std::size_t i = left_.size() > kKeysMax ? left_.size() - kKeysMax : 0; i < left_.size();
         ++i) {
      add(made, build({.key = left_[i]}));
    }
    return made;
  }

  // Lifetimes are looked after by the scenario; no clock is off here.
  static Lifetime times() {
    return {base::from_unix_seconds(0), base::from_unix_seconds(1LL << 34)};
  }

 private:
  [[nodiscard]] bool usable(const std::string& key) const {
    return std::find(signing_.unusable.begin(), signing_.unusable.end(), key) ==
           signing_.unusable.end();
  }
  [[nodiscard]] bool known(const std::string& key) const {
    return std::find(order_.begin(), order_.end(), key) != order_.end();
  }

  // The last time counts. One key for each time: those that came together are cached together,
  // short of those that some caches know from before.
  void came(const std::string& key, Instant at, bool returns) {
    std::erase_if(fresh_, [&](const Came& one) { return one.key == key; });
    const bool together = std::any_of(fresh_.begin(), fresh_.end(), [&](const Came& one) {
      return one.at == at && one.returns == returns;
    });
    if (!together) fresh_.push_back({key, at, returns});
  }

  static void add(std::vector<Schedule>& made, Schedule schedule) {
    const auto same = [&](const Schedule& other) {
      return std::equal(
          schedule.begin(), schedule.end(), other.begin(), other.end(),
          [](const Segment& a, const Segment& b) { return a.from == b.from && a.key == b.key; });
    };
    if (!schedule.empty() && std::none_of(made.begin(), made.end(), same)) {
      made.push_back(std::move(schedule));
    }
  }

  // `key` signs from `from` on wherever it is published. Else who signs goes on while it is
  // published, or, if `eager`, gives way to whatever key comes.
  struct Rule {
    std::string key = {};
    Instant from = Instant::min();
    bool eager = false;
  };

  [[nodiscard]] Schedule build(const Rule& rule) const {
    Schedule schedule;
    for (std::size_t i = 0; i < line_.size(); ++i) {
      const Published& state = line_[i];
      const bool last = i + 1 == line_.size();
      const bool splits =
          !rule.key.empty() && rule.from > state.at && (last || rule.from < line_[i + 1].at);
      std::string signer = rule.eager && i > 0 ? newcomer(line_[i - 1], state) : std::string();
      if (rule.from <= state.at && state.has(rule.key)) signer = rule.key;
      append(schedule, state, state.at, signer);
      if (splits && state.has(rule.key)) append(schedule, state, rule.from, rule.key);
    }
    return schedule;
  }

  // A key that this state has and the one before had not; one that was never seen, if there is one.
  [[nodiscard]] std::string newcomer(const Published& before, const Published& state) const {
    std::string found;
    for (const std::string& key : order_) {
      if (state.has(key) && !before.has(key)) found = key;
    }
    return found;
  }

  void append(Schedule& schedule, const Published& state, Instant at, std::string signer) const {
    if (signer.empty() && !schedule.empty() && state.has(schedule.back().key)) {
      signer = schedule.back().key;
    }
    for (auto one = order_.begin(); signer.empty() && one != order_.end(); ++one) {
      if (state.has(*one)) signer = *one;
    }
    if (signer.empty()) return;  // none that this service could take: nothing to say
    const auto jwk = std::find_if(state.keys.begin(), state.keys.end(),
                                  [&](const auto& one) { return one.thumbprint == signer; });
    Claims claims = signing_.claims;
    if (signing_.issuer_moves) {
      claims.issuer = with_tenant(state.issuer, entra_tenant(signing_.claims.issuer));
    }
    auto token = imagine(claims, signer_of(*jwk, signing_.algorithm), times());
    if (!schedule.empty() && schedule.back().key == signer &&
        schedule.back().token->kid == token->kid &&
        schedule.back().token->issuer == token->issuer) {
      return;
    }
    schedule.push_back({at, signer, std::move(token)});
  }

  const Publication& line_;
  const Signing& signing_;
  std::vector<std::string> order_, left_;
  std::vector<Came> fresh_;
};

}  // namespace

std::vector<Schedule> schedules(const Publication& line, const Signing& signing,
                                const std::vector<Instant>& later) {
  auto made = line.empty() ? std::vector<Schedule>() : Maker(line, signing).all(later);
  if (!made.empty()) return made;
  // No key was ever seen: whatever a token bears, fetching comes first.
  const Signer nobody{"none", "RS256", "(of the token)"};
  return {{{Instant::min(), {}, imagine(signing.claims, nobody, Maker::times())}}};
}

}  // namespace idpwatch::forecast
