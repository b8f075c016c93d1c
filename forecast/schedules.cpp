#include "forecast/schedules.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;

constexpr std::size_t kKeysMax = 3;  // new ones, and left ones, that are looked at: the latest

class Maker {
 public:
  Maker(const Publication& line, const Signing& signing) : line_(line), signing_(signing) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      for (const model::Jwk& key : line[i].keys) {
        if (!usable(key.thumbprint) || known(key.thumbprint)) continue;
        order_.push_back(key.thumbprint);
        if (i > 0) fresh_.emplace_back(key.thumbprint, line[i].at);
      }
    }
    for (const std::string& key : order_) {
      if (!line.back().has(key)) left_.push_back(key);
    }
  }

  std::vector<Schedule> all(const std::vector<Instant>& later) {
    std::vector<Schedule> made;
    add(made, build(order_, {}, {}));
    const std::size_t skipped = fresh_.size() > kKeysMax ? fresh_.size() - kKeysMax : 0;
    for (std::size_t i = skipped; i < fresh_.size(); ++i) {
      add(made, build(order_, fresh_[i].first, fresh_[i].second));
      for (const Instant at : later) {
        if (at > fresh_[i].second) add(made, build(order_, fresh_[i].first, at));
      }
    }
    for (std::size_t i = left_.size() > kKeysMax ? left_.size() - kKeysMax : 0; i < left_.size();
         ++i) {
      std::vector<std::string> preferred{left_[i]};
      preferred.insert(preferred.end(), order_.begin(), order_.end());
      add(made, build(preferred, {}, {}));
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

  // `key` signs from `from` on wherever it is published; else the first of `preferred` that is.
  [[nodiscard]] Schedule build(const std::vector<std::string>& preferred, const std::string& key,
                               Instant from) const {
    Schedule schedule;
    for (std::size_t i = 0; i < line_.size(); ++i) {
      const Published& state = line_[i];
      const bool last = i + 1 == line_.size();
      const bool splits = !key.empty() && from > state.at && (last || from < line_[i + 1].at);
      append(schedule, state, state.at, preferred, from <= state.at ? key : std::string());
      if (splits) append(schedule, state, from, preferred, key);
    }
    return schedule;
  }

  void append(Schedule& schedule, const Published& state, Instant at,
              const std::vector<std::string>& preferred, const std::string& key) const {
    std::string signer = state.has(key) ? key : std::string();
    for (auto one = preferred.begin(); signer.empty() && one != preferred.end(); ++one) {
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
  std::vector<std::pair<std::string, Instant>> fresh_;
};

}  // namespace

std::vector<Schedule> schedules(const Publication& line, const Signing& signing,
                                const std::vector<Instant>& later) {
  auto made = line.empty() ? std::vector<Schedule>() : Maker(line, signing).all(later);
  if (!made.empty()) return made;
  // No key was ever seen: whatever a token bears, fetching comes first.
  const Signer nobody{"none", "RS256", "none"};
  return {{{Instant::min(), {}, imagine(signing.claims, nobody, Maker::times())}}};
}

}  // namespace idpwatch::forecast
