#include "forecast/windows/scenario.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::forecast {

namespace {

using base::Instant;
using validators::Answer;
using validators::Credentials;
using validators::Simulation;

constexpr base::Duration kTick = base::milliseconds(1);
constexpr int kStepsMax = 4000;    // a bound on work, far above what any known policy needs
constexpr int kIdleForcedMax = 2;  // forced refreshes that change nothing, until something does

std::shared_ptr<const validators::TokenView> unknown_kid_token(const Schedule& schedule) {
  auto unknown_kid = std::make_shared<validators::TokenView>(*schedule.back().token);
  unknown_kid->kid = "no-such-key";
  unknown_kid->parts.signed_by = "none";
  return unknown_kid;
}

class Run {
 public:
  Run(const std::shared_ptr<const validators::Validator>& asked, const Scenario& scenario,
      const Horizon& horizon)
      : asked_(asked),
        scenario_(scenario),
        horizon_(horizon),
        service_(asked, {scenario.jitter, scenario.jitter}) {}

  // Ends before the stretch `until` of which the answer is wanted, or at the horizon's end.
  std::vector<Stretch> all() {
    while (at_ < horizon_.end && steps_ < kStepsMax) step(nullptr);
    for (const auto& [key, index] : open_) stretches_[index].to.reset();
    return std::move(stretches_);
  }

  Answer answer_of(const Stretch& stretch) {
    Answer answer;
    const auto wanted = std::pair(&stretch, &answer);
    while (at_ <= stretch.from && at_ < horizon_.end && steps_ < kStepsMax && !found_) {
      step(&wanted);
    }
    return answer;
  }

 private:
  using Wanted = std::pair<const Stretch*, Answer*>;

  void step(const Wanted* wanted) {
    at_ = steps_ == 0 ? scenario_.start : next();
    ++steps_;
    if (at_ >= horizon_.end) return;
    if (scenario_.unknown_kid && !unknown_kid_sent_ && *scenario_.unknown_kid <= at_) {
      unknown_kid_sent_ = true;
      service_.request(*scenario_.world,
                       {at_, at_, Credentials::synthetic(unknown_kid_token(schedule()))}, false);
    }
    fetched_ = false;
    const bool due = at_ >= service_.refresh_due_at();
    const bool can_force = at_ >= service_.forced_refresh_allowed_at();
    bool refused = false;
    const auto& segments = schedule();
    for (std::size_t i = segments.size(); i-- > 0;) {
      if (!alive(i)) {
        close(i, true);
        continue;
      }
      refused = ask(i, wanted) || refused;
    }
    refused_ = refused;
    // A token that only a last-known-good configuration takes asks for a refresh as well.
    if (can_force) forcing_ = fetched_ && !due && !refused;
    if (!refused) accepted_at_ = at_;
    note_progress(refused, can_force, due);
  }

  [[nodiscard]] const Schedule& schedule() const { return *scenario_.schedule; }

  // Some token of the segment is valid now.
  [[nodiscard]] bool alive(std::size_t i) const {
    const auto& segments = schedule();
    if (i > 0 && segments[i].from > at_) return false;
    return i + 1 == segments.size() || segments[i + 1].from > at_ - horizon_.lifetime;
  }

  bool ask(std::size_t i, const Wanted* wanted) {
    const Segment& segment = schedule()[i];
    const bool explains = wanted != nullptr && at_ == wanted->first->from;
    Answer answer = service_.request(*scenario_.world,
                                     {at_, at_, Credentials::synthetic(segment.token)}, explains);
    fetched_ = fetched_ || answer.fetches.keys > 0 || answer.fetches.discovery > 0;
    if (answer.accepted()) {
      close(i);
      return false;
    }
    const std::string rule = rule_of(answer, segment);
    if (explains && rule == wanted->first->rule && !found_) {
      found_ = true;
      *wanted->second = answer;
    }
    note_refusal(i, rule, answer);
    return true;
  }

  void note_refusal(std::size_t i, const std::string& rule, const Answer& answer) {
    const auto found = open_.find(i);
    if (found != open_.end() && stretches_[found->second].rule == rule) {
      stretches_[found->second].last = at_;
      return;
    }
    close(i);
    Stretch stretch;
    stretch.rule = rule;
    stretch.key = schedule()[i].key;
    stretch.kid = schedule()[i].token->kid.value_or("");
    stretch.from = stretch.last = at_;
    stretch.chained = forced_;
    stretch.status = answer.status;
    stretch.error = answer.logged();
    stretch.detail = answer.detail;
    open_[i] = stretches_.size();
    stretches_.push_back(std::move(stretch));
  }

  void close(std::size_t i, bool tokens_ended = false) {
    const auto found = open_.find(i);
    if (found == open_.end()) return;
    stretches_[found->second].to = at_;
    stretches_[found->second].tokens_ended = tokens_ended;
    Stretch& ended = stretches_[found->second];
    // When an instance that never fetched asks again is told by all starts (cold_start.hpp).
    if (!tokens_ended && !is_fetching(ended.rule)) ended.drift = drift_of(ended);
    open_.erase(found);
  }

  // How much later it may end than here.
  [[nodiscard]] base::Duration drift_of(const Stretch& ended) const {
    const base::Duration gap = asked_->cache().throttle.gap;
    const base::Duration lasted = at_ - ended.from;
    // What lasted longer than forced refreshes are apart was ended by an automatic one.
    base::Duration drift = lasted > gap ? scenario_.unasked : base::Duration(0);
    if (ended.chained) drift += lasted > gap ? gap : gap - lasted;
    return drift;
  }

  [[nodiscard]] std::string rule_of(const Answer& answer, const Segment& segment) const {
    const bool fetches = asked_->fetches();
    if (fetches && (!service_.has_configuration() || is_about_documents(answer.cause))) {
      return scenario_.problems->at(at_).rule;
    }
    if (answer.cause == validators::Cause::kIssuer) return "refusal-issuer";
    if (answer.cause == validators::Cause::kAudience) return "refusal-audience";
    if (answer.cause == validators::Cause::kLifetime) return "refusal-clock";
    if (!fetches) return "refusal-pinned-key";
    const KeySetVersion* now = published_at(*scenario_.published, at_);
    const bool nothing_published = now != nullptr && now->keys.empty();
    if (segment.key.empty() || (nothing_published && service_.key_thumbprints().empty())) {
      return "refusal-keys";
    }
    return now != nullptr && !now->has(segment.key) ? "refusal-withdrawn-key" : "refusal-rotation";
  }

  // Refreshes that change nothing are not waited for again until something else happens.
  void note_progress(bool refused, bool could_force, bool due) {
    if ((refused || forcing_) && could_force && fetched_) forced_ = true;
    const bool event = std::binary_search(horizon_.instants.begin(), horizon_.instants.end(), at_);
    auto keys = service_.key_thumbprints();
    if (event || keys != keys_) {
      idle_ = idle_due_ = 0;
    } else {
      idle_ = refused ? idle_ + (could_force ? 1 : 0) : 0;
      if (due && fetched_) ++idle_due_;
    }
    keys_ = std::move(keys);
  }

  // The next instant at which anything can differ.
  Instant next() {
    Instant found = horizon_.end;
    const auto consider = [&](Instant candidate) {
      if (candidate > at_ && candidate < found) found = candidate;
    };
    const auto later = std::upper_bound(horizon_.instants.begin(), horizon_.instants.end(), at_);
    if (later != horizon_.instants.end()) consider(*later);
    if (scenario_.unknown_kid) consider(*scenario_.unknown_kid);
    if (idle_due_ <= kIdleForcedMax) {
      consider(service_.refresh_due_at());
    } else if (const base::Duration good = asked_->cache().last_known_good;
               !refused_ && good > base::Duration(0)) {
      // Last-known-good keys help as long as they are used.
      consider(std::max(service_.refresh_due_at(), at_ + good / 2));
    }
    if (accepted_at_ && *accepted_at_ < Instant::max() - asked_->cache().last_known_good) {
      consider(*accepted_at_ + asked_->cache().last_known_good);
    }
    // What was asked for in the background is there a moment later.
    if (!ticked_ && (refused_ || fetched_)) {
      ticked_ = true;
      consider(at_ + kTick);
      return found;
    }
    ticked_ = false;
    if (!open_.empty() || forcing_) {
      if (idle_ <= kIdleForcedMax) consider(service_.forced_refresh_allowed_at());
      // What is forced all the time is also forced right before the world changes.
      if (later != horizon_.instants.end()) consider(*later - kTick);
    }
    return found;
  }

  const std::shared_ptr<const validators::Validator>& asked_;
  const Scenario& scenario_;
  const Horizon& horizon_;
  Simulation service_;
  Instant at_ = Instant::min();
  int steps_ = 0;
  bool unknown_kid_sent_ = false, ticked_ = false, found_ = false;
  int idle_ = 0, idle_due_ = 0;
  bool forced_ = false;                     // a refresh, because of a refused token
  bool fetched_ = false, refused_ = false;  // in this step
  bool forcing_ = false;                    // accepted tokens ask for refreshes all the time
  std::vector<std::string> keys_;
  std::optional<Instant> accepted_at_;
  std::map<std::size_t, std::size_t> open_;  // segment -> stretch
  std::vector<Stretch> stretches_;
};

}  // namespace

std::vector<Stretch> simulate(const std::shared_ptr<const validators::Validator>& asked,
                              const Scenario& scenario, const Horizon& horizon) {
  return Run(asked, scenario, horizon).all();
}

validators::Answer explain(const std::shared_ptr<const validators::Validator>& asked,
                           const Scenario& scenario, const Horizon& horizon,
                           const Stretch& stretch) {
  return Run(asked, scenario, horizon).answer_of(stretch);
}

}  // namespace idpwatch::forecast
