#include "watch/store_troubles.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace idpwatch::watch {

namespace {

// Restarts in between do not end it: people may not have been told yet.
constexpr base::Duration kToldFor = base::hours(24);
constexpr std::size_t kPathText = 500;
// By these an earlier run's finding is known again.
constexpr std::string_view kMovedTo = "moved aside to", kKeptIn = "kept in";

const model::Evidence* evidence_of(const model::Finding& finding, std::string_view fact) {
  const auto found = std::ranges::find(finding.evidence, fact, &model::Evidence::fact);
  return found == finding.evidence.end() ? nullptr : &*found;
}

std::string moved_summary(const std::string& instance) {
  return "idpwatch on " + instance +
         " found its database damaged, moved it aside and started a new one: earlier history, "
         "learned rotations and the audit chain are only in the old file; open alerts and waiting "
         "messages were taken over as far as they were readable";
}

constexpr std::string_view kMovedRemedy =
    "Check the disk and the kernel log (dmesg), and keep the file that was moved aside. If you "
    "have "
    "a backup of the database, stop the daemon, put the backup in place of the new database and "
    "start again. Otherwise there is nothing to do: idpwatch relearns everything. This finding "
    "ends after a day.";

constexpr std::string_view kRejectedRemedy =
    "Nothing was lost: everything else was stored, and alerts were sent. Please report the file "
    "that "
    "is named here as a bug. This finding ends after a day.";

constexpr std::string_view kFaultRemedy =
    "Check free space, permissions and speed of state_dir. Nothing that was confirmed is lost, and "
    "what waits is written as soon as possible.";

}  // namespace

void StoreTroubles::moved(const storage::MovedAside& moved, base::Instant now) {
  moved_ =
      Told{moved_summary(instance_),
           std::string(kMovedRemedy),
           {{std::string(kMovedTo), base::printable(moved.to.string(), kPathText), "state_dir"},
            {"damage", base::printable(moved.reason), "SQLite"},
            {"last audit hash of the old one",
             moved.old_head.empty() ? "not readable" : moved.old_head, "the damaged database"}},
           now};
}

void StoreTroubles::rejected(const storage::Rejected& rejected, base::Instant now) {
  rejected_rows_ += static_cast<std::int64_t>(rejected.rows);
  const std::string where = rejected.file.empty() ? "nowhere: " + rejected.error : rejected.file;
  rejected_ = Told{"idpwatch on " + instance_ + " could not store " +
                       std::to_string(rejected_rows_) + (rejected_rows_ == 1 ? " row" : " rows") +
                       " that its database rejected; they are in a file beside it",
                   std::string(kRejectedRemedy),
                   {{std::string(kKeptIn), base::printable(where, kPathText), "state_dir"},
                    {"error", base::printable(rejected.error), "SQLite"}},
                   now};
}

void StoreTroubles::restore(const std::vector<model::Alert>& alerts, base::Instant now) {
  for (const model::Alert& alert : alerts) {
    const model::Finding& told = alert.finding;
    if (told.rule != "self-storage" || alert.state != model::AlertState::kFiring) continue;
    const base::Instant since = std::min(told.first_seen, now);
    // The evidence of each as it was given: theirs end with a fact that names what was wrong.
    const auto take = [&](std::string_view first, std::size_t count) -> std::optional<Told> {
      const model::Evidence* const begin = evidence_of(told, first);
      if (begin == nullptr) return std::nullopt;
      const auto at = static_cast<std::size_t>(begin - told.evidence.data());
      const std::size_t end = std::min(at + count, told.evidence.size());
      return Told{{}, {}, {begin, told.evidence.data() + end}, since};
    };
    if (!moved_) moved_ = take(kMovedTo, 3);
    if (moved_ && moved_->summary.empty()) {
      moved_->summary = moved_summary(instance_);
      moved_->remedy = kMovedRemedy;
    }
    if (!rejected_) rejected_ = take(kKeptIn, 2);
    if (rejected_ && rejected_->summary.empty()) {
      rejected_->summary = "idpwatch on " + instance_ +
                           " could not store rows that its database rejected; they are in a file "
                           "beside it";
      rejected_->remedy = kRejectedRemedy;
    }
  }
}

std::optional<base::Instant> StoreTroubles::ends_at() const {
  std::optional<base::Instant> end;
  for (const auto* told : {&moved_, &rejected_}) {
    if (!*told) continue;
    const base::Instant at = (*told)->since + kToldFor;
    if (!end || at < *end) end = at;
  }
  return end;
}

model::Finding StoreTroubles::finding(base::Instant now) const {
  model::Finding finding;
  finding.rule = "self-storage";
  finding.severity = model::Severity::kWarning;
  finding.subject.host = instance_;
  finding.vantage = instance_;
  finding.first_seen = finding.last_seen = now;
  return finding;
}

model::CheckResult StoreTroubles::result(const std::optional<storage::Fault>& fault,
                                         const std::optional<Unrecorded>& unrecorded,
                                         base::Instant now) {
  for (auto* told : {&moved_, &rejected_}) {
    if (*told && (*told)->since + kToldFor <= now) told->reset();
  }
  if (!rejected_) rejected_rows_ = 0;
  model::Finding told = finding(now);
  if (fault || unrecorded) {
    told.summary = "idpwatch on " + instance_ +
                   (fault ? " cannot write its database" : "'s database is too slow") +
                   "; it keeps watching and alerting from memory";
    told.remedy = fault && !fault->error.hint.empty() ? fault->error.hint : kFaultRemedy;
    if (fault) told.evidence = {{"database", base::printable(fault->error.message), "SQLite"}};
    if (unrecorded) {
      told.summary += ", which is full: events are sent but not recorded";
      told.evidence.push_back({"not recorded", unrecorded->text(), "the backlog"});
    }
  }
  // What happened last comes first; the rest stands in the evidence.
  std::array<const std::optional<Told>*, 2> happened{&rejected_, &moved_};
  if (moved_ && rejected_ && moved_->since > rejected_->since) std::swap(happened[0], happened[1]);
  for (const auto* one : happened) {
    if (!*one) continue;
    if (told.summary.empty()) {
      told.summary = (*one)->summary;
      told.remedy = (*one)->remedy;
      told.first_seen = (*one)->since;
    }
    told.evidence.insert(told.evidence.end(), (*one)->evidence.begin(), (*one)->evidence.end());
  }
  if (told.summary.empty()) return model::CheckResult::good(told.rule, told.subject);
  return model::CheckResult::bad(std::move(told));
}

}  // namespace idpwatch::watch
