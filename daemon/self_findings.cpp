#include "daemon/self_findings.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr std::string_view kMovedTo = "moved aside to";
constexpr std::size_t kPathText = 500;

model::Finding finding_of(std::string_view rule, const std::string& instance, base::Instant now) {
  model::Finding finding;
  finding.rule = rule;
  finding.severity = model::Severity::kWarning;
  finding.subject.host = instance;
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = now;
  return finding;
}

}  // namespace

model::Verdict store_verdict(const std::string& instance,
                             const std::optional<storage::Fault>& fault,
                             const std::optional<Unrecorded>& unrecorded, base::Instant now) {
  model::Finding finding = finding_of("self-storage", instance, now);
  if (!fault && !unrecorded) return model::Verdict::good(finding.rule, finding.subject);
  finding.summary = "idpwatch on " + instance +
                    (fault ? " cannot write its database" : "'s database is too slow") +
                    "; it goes on watching and alerting from memory";
  if (fault) finding.evidence = {{"database", base::printable(fault->error.message), "SQLite"}};
  if (unrecorded) {
    finding.summary += ", which is full: events are told and not recorded any more";
    finding.evidence.push_back({"not recorded", unrecorded->text(), "the backlog"});
  }
  finding.remedy = fault && !fault->error.hint.empty()
                       ? fault->error.hint
                       : "Look at free space, permissions and speed of state_dir; nothing that was "
                         "confirmed is lost, and what waits is written as soon as it can be.";
  return model::Verdict::bad(std::move(finding));
}

model::Finding moved_aside_finding(const std::string& instance, const storage::MovedAside& moved,
                                   base::Instant now) {
  model::Finding finding = finding_of("self-storage", instance, now);
  finding.summary = "idpwatch on " + instance +
                    " found its database damaged when it started, moved it aside and began a new "
                    "one: the history, what was learned of rotations and the audit chain up to "
                    "then are not in it; open alerts and waiting messages were taken over as far "
                    "as they could be read";
  finding.evidence = {
      {std::string(kMovedTo), base::printable(moved.to.string(), kPathText), "state_dir"},
      {"damage", base::printable(moved.reason), "SQLite"},
      {"last audit hash of the old one", moved.old_head.empty() ? "not readable" : moved.old_head,
       "the damaged database"}};
  finding.remedy =
      "Check the disk and its log (dmesg), and keep the file that was moved. If you have a backup "
      "of the database, stop the daemon, put the backup in place of the new database and start "
      "again; otherwise there is nothing to do: what is watched is learned again. This finding "
      "closes by itself after a day.";
  return finding;
}

bool tells_of_moved_database(const model::Finding& finding) {
  return finding.rule == "self-storage" &&
         std::ranges::find(finding.evidence, kMovedTo, &model::Evidence::fact) !=
             finding.evidence.end();
}

model::Verdict reload_verdict(const std::string& instance, const std::optional<std::string>& why,
                              base::Instant now) {
  model::Finding finding = finding_of("self-reload", instance, now);
  if (!why) return model::Verdict::good(finding.rule, finding.subject);
  finding.summary =
      "idpwatch on " + instance +
      " was told to reload and refused the new configuration; the old one is in force";
  finding.evidence = {{"problem", base::printable(*why, 500), "configuration"}};
  finding.remedy = "Run `idpwatch config check`, mend what it names, and reload again.";
  return model::Verdict::bad(std::move(finding));
}

}  // namespace idpwatch::daemon
