#include "forecast/schedules.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;

enum class Habit { kLate, kAtOnce, kStaying };

class Maker {
 public:
  Maker(const Publication& line, const Signing& signing) : line_(line), signing_(signing) {
    for (const Published& state : line) {
      for (const model::Jwk& key : state.keys) {
        if (is_usable(key.thumbprint, signing_) && !known(key.thumbprint))
          order_.push_back(key.thumbprint);
      }
    }
  }

  std::vector<Schedule> all() {
    std::vector<Schedule> made;
    for (const Habit habit : {Habit::kLate, Habit::kAtOnce, Habit::kStaying}) {
      add(made, build(habit));
    }
    return made;
  }

  // Lifetimes are looked after by the scenario; no clock is off here.
  static Lifetime times() {
    return {base::from_unix_seconds(0), base::from_unix_seconds(1LL << 34)};
  }

 private:
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

  [[nodiscard]] Schedule build(Habit habit) const {
    Schedule schedule;
    for (std::size_t i = 0; i < line_.size(); ++i) {
      std::string signer;
      if (habit == Habit::kAtOnce && i > 0) signer = newcomer(line_[i - 1], line_[i]);
      if (habit == Habit::kStaying) signer = staying(line_[i]);
      append(schedule, line_[i], line_[i].at, std::move(signer));
    }
    return schedule;
  }

  [[nodiscard]] std::string staying(const Published& state) const {
    const auto found = std::find_if(order_.rbegin(), order_.rend(), [&](const std::string& key) {
      return state.has(key) && line_.back().has(key);
    });
    return found == order_.rend() ? std::string() : *found;
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
      claims.issuer =
          with_tenant(state.issuer, entra_tenant(signing_.claims.issuer, signing_.claims.family));
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
  std::vector<std::string> order_;  // of their first sight
};

}  // namespace

bool is_usable(const std::string& thumbprint, const Signing& signing) {
  const auto& unusable = signing.unusable;
  return std::find(unusable.begin(), unusable.end(), thumbprint) == unusable.end();
}

std::vector<Schedule> schedules(const Publication& line, const Signing& signing) {
  auto made = line.empty() ? std::vector<Schedule>() : Maker(line, signing).all();
  if (!made.empty()) return made;
  // No key was ever seen: whatever a token bears, fetching comes first.
  const Signer nobody{"none", "RS256", "(of the token)"};
  return {{{Instant::min(), {}, imagine(signing.claims, nobody, Maker::times())}}};
}

}  // namespace idpwatch::forecast
