#include "alerts/group.hpp"

namespace idpwatch::alerts {

std::string GroupKey::text() const {
  // A bar stands in no rule; the deployment is told apart from an authority by the bar in front.
  if (!deployment.empty()) return "|" + deployment + "|" + rule;
  return authority + "|" + rule;
}

GroupKey group_of(const model::Finding& finding) {
  const model::Subject& subject = finding.subject;
  if (!subject.host.empty()) return {"host", {}, finding.rule};
  if (!subject.authority.empty()) return {subject.authority, {}, finding.rule};
  return {{}, subject.deployment.substr(0, subject.deployment.find('#')), finding.rule};
}

std::string_view to_text(EntryState state) {
  switch (state) {
    case EntryState::kOpened:
      return "opened";
    case EntryState::kUpdated:
      return "updated";
    case EntryState::kResolved:
      return "resolved";
    case EntryState::kFiring:
      return "firing";
  }
  return "firing";
}

std::string_view to_text(NoticeKind kind) {
  switch (kind) {
    case NoticeKind::kFiring:
      return "alert.firing";
    case NoticeKind::kUpdated:
      return "alert.updated";
    case NoticeKind::kResolved:
      return "alert.resolved";
  }
  return "alert.firing";
}

}  // namespace idpwatch::alerts
