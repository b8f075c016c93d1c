#include "alerts/group.hpp"

#include "alerts/shared_cause.hpp"
#include "base/url.hpp"

namespace idpwatch::alerts {

namespace {

// An authority that only a deployed file names is named by its issuer.
std::string server_of(const std::string& authority, const AuthorityServers& servers) {
  const auto known = servers.find(authority);
  if (known != servers.end()) return known->second;
  const auto issuer = base::parse_url(authority);
  return issuer ? issuer->host_port() : std::string();
}

}  // namespace

std::string GroupKey::text() const {
  // No cause and no server holds a bar; what is not an authority is told apart by bars in front.
  if (!server.empty()) return "||" + server + "|" + cause;
  if (!deployment.empty()) return "|" + deployment + "|" + cause;
  return authority + "|" + cause;
}

GroupKey group_of(const model::Finding& finding, const AuthorityServers& servers) {
  const model::Subject& subject = finding.subject;
  GroupKey key;
  key.cause = cause_of(finding.rule);
  if (!subject.host.empty()) {
    key.authority = "host";
  } else if (subject.authority.empty()) {
    key.deployment = subject.deployment.substr(0, subject.deployment.find('#'));
  } else {
    if (key.cause == kReachability) key.server = server_of(subject.authority, servers);
    if (key.server.empty()) key.authority = subject.authority;
  }
  return key;
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
