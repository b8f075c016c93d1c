#include "watch/lateness.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {

namespace {

constexpr std::string_view kRule = "self-late";
// After that long without another look of the kind, the trouble is over.
constexpr base::Duration kHold = base::minutes(2);

// A wait that people should know of: shorter ones are the plan's own spread.
base::Duration long_wait(base::Duration interval) {
  return std::max(base::Duration(base::seconds(1)), interval / 4);
}

const model::Failure* our_failure(const model::Observation& seen) {
  for (const auto* part : {&seen.discovery, &seen.jwks}) {
    if (*part && (*part)->ours()) return &*(*part)->failure;
  }
  return nullptr;
}

}  // namespace

void Lateness::on_observation(const model::Observation& seen, base::Duration interval,
                              base::Duration boottime) {
  const auto note = [boottime](std::optional<Trouble>& trouble, base::Duration waited,
                               std::string text) {
    if (!trouble) trouble = Trouble{};
    trouble->looks += 1;
    trouble->text = std::move(text);
    trouble->longest = std::max(trouble->longest, waited);
    trouble->last_seen = boottime;
  };
  const std::string name = base::printable(seen.authority);
  if (const model::Failure* failure = our_failure(seen)) {
    note(lacking_, seen.waited(), base::printable(failure->message) + " (" + name + ")");
  } else if (seen.waited() >= long_wait(interval)) {
    note(waiting_, seen.waited(), name);
  }
}

Lateness::Said Lateness::state(base::Duration boottime, const LoopLag& lag) const {
  const auto holds = [boottime](const std::optional<Trouble>& trouble) {
    return trouble && boottime - trouble->last_seen <= kHold;
  };
  if (holds(lacking_)) return Said::kLacking;
  if (lag.late()) return Said::kBehind;
  if (holds(waiting_)) return Said::kWaiting;
  return said_ == Said::kNothing && !lag.calm(boottime) ? Said::kNothing : Said::kPassing;
}

std::optional<model::CheckResult> Lateness::take_result(const std::string& instance,
                                                        base::Instant now, base::Duration boottime,
                                                        const LoopLag& lag) {
  const Said current = state(boottime, lag);
  if (current == said_) return std::nullopt;
  if (current != Said::kLacking) lacking_.reset();
  if (current == Said::kPassing) waiting_.reset();
  said_ = current;
  model::Finding told = finding(instance, now, lag);
  if (current == Said::kPassing) return model::CheckResult::good(told.rule, told.subject);
  return model::CheckResult::bad(std::move(told));
}

model::Finding Lateness::finding(const std::string& instance, base::Instant now,
                                 const LoopLag& lag) const {
  model::Finding told;
  told.rule = kRule;
  told.severity = model::Severity::kWarning;
  told.subject.host = instance;
  told.vantage = instance;
  told.first_seen = told.last_seen = now;
  if (said_ == Said::kLacking) {
    told.summary = "idpwatch on " + instance +
                   " could not probe its authorities: " + base::printable(lacking_->text);
    told.evidence = {{"lacking", lacking_->text, "this host"}};
    told.remedy =
        "Give it more of what it lacks: for file descriptors raise LimitNOFILE= (systemd) or "
        "ulimit -Hn and restart; for ports and memory see what else runs here. Looks that could "
        "not be made say nothing about the authorities.";
  } else if (said_ == Said::kBehind) {
    const std::string longest = base::describe_duration(lag.late()->longest);
    told.summary = "idpwatch on " + instance + " did not run for up to " + longest +
                   " at a time: probes and notifications are late";
    told.evidence = {
        {"longest interruption", longest, "the event loop"},
        {"lost in the worst minute", base::describe_duration(lag.late()->sum), "the event loop"}};
    told.remedy =
        "Check whether the host was suspended or is short of CPU (cgroup limits, steal time). If "
        "not, give idpwatch more CPU, raise defaults.interval, or watch fewer authorities here. "
        "Probes that were interrupted are repeated and count neither for nor against an "
        "authority.";
  } else if (said_ == Said::kWaiting) {
    const std::string waited = base::describe_duration(waiting_->longest);
    told.summary = "idpwatch on " + instance + " keeps requests waiting for their turn, up to " +
                   waited + ": its probes are late";
    told.evidence = {{"waited", waited, waiting_->text}};
    told.remedy =
        "See which authorities hang (`idpwatch status`): each holds one of the requests that may "
        "run at once until its timeout. Shorten their timeout, lengthen their interval, or raise "
        "the limit of open files if the log says that it is too low.";
  }
  return told;
}

}  // namespace idpwatch::watch
