#include "alerts/webhook_payload.hpp"

#include "alerts/sanitize_json.hpp"
#include "alerts/summary.hpp"
#include "base/assert.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <vector>

namespace idpwatch::alerts {

using nlohmann::json;

namespace {

constexpr std::size_t kEvidencePerFinding = 20;
constexpr std::size_t kBriefSummary = 120;
constexpr std::size_t kEventValueBytes = 4096;
// Members stand in order of their names: so every message about an event begins.
constexpr std::string_view kEventBegins = "{\"data\":{\"event\":{";

std::string message(base::Instant at, std::string_view type, json data) {
  const json body = {
      {"type", type}, {"timestamp", base::format_rfc3339(at)}, {"data", std::move(data)}};
  return body.dump(-1, ' ', false, json::error_handler_t::replace);
}

json entry_to_json(const NoticeEntry& entry) {
  model::Finding finding = entry.finding;
  if (finding.evidence.size() > kEvidencePerFinding) finding.evidence.resize(kEvidencePerFinding);
  json out = model::to_json(finding);
  make_harmless(out);
  out["state"] = to_text(entry.state);
  out["duration_s"] = std::chrono::floor<base::seconds>(entry.duration).count();
  return out;
}

std::size_t bytes_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace).size() + 1;
}

// What the schema asks for, and no more.
json brief(const json& full) {
  json out = json::object();
  for (const char* member : {"id", "rule", "severity", "ignored", "subject", "first_seen",
                             "last_seen", "state", "duration_s"}) {
    out[member] = full.at(member);
  }
  out["summary"] = base::printable(full.at("summary").get_ref<const std::string&>(), kBriefSummary);
  out["evidence"] = json::array();
  return out;
}

// A finding of the message, whole and brief.
struct Told {
  json full, named;
  bool whole = false;
};

// The leading one in full, which the summary is about; the others named as far as there is room,
// and in full from the first on as far as there is still some.
json fitting_findings(const Notice& notice, std::size_t room) {
  const NoticeEntry* const lead = &leading(notice);
  std::vector<Told> told;
  std::size_t used = 0;
  const auto add = [&told](const NoticeEntry& entry, bool whole) {
    json full = entry_to_json(entry);
    json named = brief(full);
    told.push_back({std::move(full), std::move(named), whole});
  };
  add(*lead, true);
  used += bytes_of(told.front().full);
  if (used > room) told.front().full["evidence"] = json::array();
  std::size_t lead_at = 0;
  for (const NoticeEntry& entry : notice.entries) {
    if (&entry == lead) {
      lead_at = told.size() - 1;
      continue;
    }
    if (told.size() == kFindingsPerMessage) break;
    add(entry, false);
    used += bytes_of(told.back().named);
    if (used <= room) continue;
    used -= bytes_of(told.back().named);
    told.pop_back();
    break;
  }
  for (Told& each : told) {
    if (each.whole) continue;
    const std::size_t extra = bytes_of(each.full) - bytes_of(each.named);
    each.whole = used + extra <= room;
    if (each.whole) used += extra;
  }
  // Where it stands among the others, if they came that far.
  std::rotate(told.begin(), told.begin() + 1,
              told.begin() + static_cast<std::ptrdiff_t>(lead_at) + 1);
  json out = json::array();
  for (Told& each : told) out.push_back(std::move(each.whole ? each.full : each.named));
  return out;
}

// The authority that all entries are about; empty: there are several.
std::string common_authority(const Notice& notice) {
  std::string common = notice.entries.front().finding.subject.authority;
  for (const NoticeEntry& entry : notice.entries) {
    if (entry.finding.subject.authority != common) return {};
  }
  return common;
}

json group_to_json(const Notice& notice) {
  const GroupKey& group = notice.group;
  json out = {{"rule", leading(notice).finding.rule}, {"cause", group.cause}};
  if (!group.authority.empty()) out["authority"] = group.authority;
  if (!group.server.empty()) {
    out["server"] = group.server;
    if (std::string authority = common_authority(notice); !authority.empty()) {
      out["authority"] = std::move(authority);
    }
  }
  if (!group.deployment.empty()) out["deployment"] = group.deployment;
  make_harmless(out);
  return out;
}

}  // namespace

std::string render_notice(base::Instant now, std::string_view instance, const Notice& notice,
                          std::string_view runbooks) {
  json data = {{"instance", instance},
               {"summary", summary_of(now, notice)},
               {"group", group_to_json(notice)},
               {"runbook", std::string(runbooks) + leading(notice).finding.rule}};
  if (notice.reminder) data["reminder"] = true;
  json findings = fitting_findings(notice, kBodyBytes - std::min(kBodyBytes, bytes_of(data)));
  data["more"] = notice.entries.size() - findings.size();
  data["findings"] = std::move(findings);
  return message(now, to_text(notice.kind), std::move(data));
}

EventBody render_event(std::string_view instance, const model::Event& event) {
  json value = model::to_json(event);
  for (const char* member : {"old", "new"}) {
    if (const auto found = value.find(member); found != value.end()) {
      bound(*found, kEventValueBytes);
    }
  }
  make_harmless(value);
  json data = {{"instance", instance}, {"summary", summary_of(event)}, {"event", std::move(value)}};
  std::string body = message(event.at, "event", std::move(data));
  IDPWATCH_ASSERT(body.starts_with(kEventBegins));
  return {std::move(body), kEventBegins.size()};
}

std::string render_test(base::Instant now, std::string_view instance, std::string_view receiver) {
  json data = {{"instance", instance},
               {"summary", "Test message of idpwatch to " + std::string(receiver) +
                               ": nothing is wrong, and there is nothing to do."}};
  return message(now, "test", std::move(data));
}

std::string render_heartbeat(base::Instant now, std::string_view instance, std::size_t firing) {
  const std::string open = firing == 0   ? "nothing fires"
                           : firing == 1 ? "1 finding fires"
                                         : std::to_string(firing) + " findings fire";
  json data = {{"instance", instance},
               {"summary", "idpwatch on " + std::string(instance) + " lives; " + open + "."}};
  return message(now, "heartbeat", std::move(data));
}

Openings openings_of(std::string_view body) {
  Openings out;
  const auto document = base::parse_json(body, {body.size(), 64});
  if (!document || !document->value->is_object()) return out;
  const json& value = *document->value;
  const json data = value.value("data", json::object());
  if (!data.is_object()) return out;
  out.all =
      value.value("type", json()) == to_text(NoticeKind::kFiring) && !data.contains("reminder");
  for (const json& finding : data.value("findings", json::array())) {
    if (!finding.is_object() || finding.value("state", json()) != "opened") continue;
    const json id = finding.value("id", json());
    if (id.is_string()) out.ids.push_back(id.get<std::string>());
  }
  return out;
}

}  // namespace idpwatch::alerts
