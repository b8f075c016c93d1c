#include "forecast/windows/schedules.hpp"

#include <algorithm>
#include <optional>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;

enum class Habit { kLate, kAtOnce, kStaying };

Label label_of(const model::Jwk& key) { return {key.thumbprint, key.kid}; }

const model::Jwk* find(const KeySetVersion& state, const Label& label) {
  const auto found = std::find_if(state.keys.begin(), state.keys.end(),
                                  [&](const model::Jwk& key) { return label_of(key) == label; });
  return found == state.keys.end() ? nullptr : &*found;
}

class Maker {
 public:
  Maker(const KeySetHistory& line, const Signing& signing) : line_(line), signing_(signing) {
    for (const KeySetVersion& state : line) {
      for (const model::Jwk& key : state.keys) {
        if (!is_usable(key, signing_)) continue;
        Label label = label_of(key);
        if (std::find(order_.begin(), order_.end(), label) == order_.end()) {
          order_.push_back(std::move(label));
        }
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
  static void add(std::vector<Schedule>& made, Schedule schedule) {
    const auto same = [&](const Schedule& other) {
      return std::equal(schedule.begin(), schedule.end(), other.begin(), other.end(),
                        [](const Segment& a, const Segment& b) {
                          return a.from == b.from && a.key == b.key && a.token->kid == b.token->kid;
                        });
    };
    if (!schedule.empty() && std::none_of(made.begin(), made.end(), same)) {
      made.push_back(std::move(schedule));
    }
  }

  [[nodiscard]] Schedule build(Habit habit) const {
    Schedule schedule;
    for (std::size_t i = 0; i < line_.size(); ++i) {
      const model::Jwk* signer = nullptr;
      if (habit == Habit::kAtOnce && i > 0) signer = newcomer(line_[i - 1], line_[i]);
      if (habit == Habit::kStaying) signer = staying(line_[i]);
      if (const model::Jwk* pinned = pinned_in(i)) {
        append_pinned(schedule, line_[i], signer, *pinned, habit == Habit::kAtOnce);
      } else {
        append(schedule, line_[i], signer, line_[i].at);
      }
    }
    return schedule;
  }

  // The key that a real token was signed with while this state was published; null: none was seen.
  [[nodiscard]] const model::Jwk* pinned_in(std::size_t i) const {
    const auto& pin = signing_.pin;
    if (!pin || pin->until < line_[i].at) return nullptr;
    if (i + 1 < line_.size() && pin->since >= line_[i + 1].at) return nullptr;
    const auto& keys = line_[i].keys;
    const auto found = std::find_if(keys.begin(), keys.end(), [&](const model::Jwk& key) {
      return key.kid == pin->kid && is_usable(key, signing_);
    });
    return found == keys.end() ? nullptr : &*found;
  }

  // Another one may have signed before the first such token, and begin after the last one.
  void append_pinned(Schedule& schedule, const KeySetVersion& state, const model::Jwk* signer,
                     const model::Jwk& pinned, bool newcomer) const {
    const bool other = signer != nullptr && label_of(*signer) != label_of(pinned);
    if (state.at < signing_.pin->since) {
      append(schedule, state, signer, state.at);
      append(schedule, state, &pinned, signing_.pin->since);
    } else {
      append(schedule, state, &pinned, state.at);
      if (newcomer && other) append(schedule, state, signer, signing_.pin->until);
    }
  }

  // A key that this state has and the one before had not; one that was never seen, if there is one.
  [[nodiscard]] const model::Jwk* newcomer(const KeySetVersion& before,
                                           const KeySetVersion& state) const {
    const model::Jwk* found = nullptr;
    for (const Label& label : order_) {
      const model::Jwk* key = find(state, label);
      if (key != nullptr && find(before, label) == nullptr) found = key;
    }
    return found;
  }

  [[nodiscard]] const model::Jwk* staying(const KeySetVersion& state) const {
    for (auto label = order_.rbegin(); label != order_.rend(); ++label) {
      const model::Jwk* key = find(state, *label);
      if (key != nullptr && find(line_.back(), *label) != nullptr) return key;
    }
    return nullptr;
  }

  // Who signed before, while it is published; else whoever came first.
  [[nodiscard]] const model::Jwk* going_on(const Schedule& schedule,
                                           const KeySetVersion& state) const {
    if (!schedule.empty()) {
      const Label last{schedule.back().key, schedule.back().token->kid};
      if (const model::Jwk* key = find(state, last)) return key;
    }
    for (const Label& label : order_) {
      if (const model::Jwk* key = find(state, label)) return key;
    }
    return nullptr;
  }

  void append(Schedule& schedule, const KeySetVersion& state, const model::Jwk* signer,
              base::Instant from) const {
    if (signer == nullptr) signer = going_on(schedule, state);
    if (signer == nullptr) return;  // none that this service could take: nothing to say
    Claims claims = signing_.claims;
    if (signing_.issuer_moves) {
      claims.issuer =
          with_tenant(state.issuer, entra_tenant(signing_.claims.issuer, signing_.claims.family));
    }
    auto token = synthetic_token(claims, signer_of(*signer, signing_.algorithm), times());
    if (!schedule.empty() && schedule.back().key == signer->thumbprint &&
        schedule.back().token->kid == token->kid &&
        schedule.back().token->issuer == token->issuer) {
      return;
    }
    schedule.push_back({from, signer->thumbprint, std::move(token)});
  }

  const KeySetHistory& line_;
  const Signing& signing_;
  std::vector<Label> order_;  // of their first sight
};

}  // namespace

bool is_usable(const std::string& thumbprint, const Signing& signing) {
  const auto& unusable = signing.unusable;
  return std::find(unusable.begin(), unusable.end(), thumbprint) == unusable.end();
}

bool is_usable(const model::Jwk& entry, const Signing& signing) {
  const auto& labels = signing.unusable_labels;
  return is_usable(entry.thumbprint, signing) &&
         std::find(labels.begin(), labels.end(), label_of(entry)) == labels.end();
}

std::vector<Schedule> schedules(const KeySetHistory& line, const Signing& signing) {
  auto made = line.empty() ? std::vector<Schedule>() : Maker(line, signing).all();
  if (!made.empty()) return made;
  // No key was ever seen: whatever a token bears, fetching comes first.
  const Signer nobody{"none", "RS256", "(of the token)"};
  return {{{Instant::min(), {}, synthetic_token(signing.claims, nobody, Maker::times())}}};
}

}  // namespace idpwatch::forecast
