#include "daemon/store_json.hpp"

#include "base/text.hpp"
#include "checks/timeline/rotations.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace idpwatch::daemon {
namespace {

using Json = nlohmann::ordered_json;

base::Error no_such(const std::string& authority) {
  return base::make_error(base::ErrorKind::kInput,
                          "no authority is called \"" + base::printable(authority, 120) + "\"",
                          "give the name or the issuer as `idpwatch status` shows it");
}

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

Json to_json(const storage::KeyView& key) {
  return Json{{"kid", key.kid ? Json(*key.kid) : Json(nullptr)},
              {"thumbprint", key.thumbprint},
              {"kty", key.kty},
              {"crv", text_or_null(key.crv)},
              {"bits", key.bits},
              {"alg", text_or_null(key.alg)},
              {"use", text_or_null(key.use)},
              {"first_seen", base::format_rfc3339(key.first_seen)},
              {"last_seen", base::format_rfc3339(key.last_seen)},
              {"state", storage::to_text(key.state)}};
}

// Rotations and cadence need every event of an authority, whatever was asked for.
base::Status add_learned(storage::Reader& reader, const std::string& authority,
                         const HistoryQuestion& question, Json& out) {
  storage::EventFilter filter;
  filter.authority = authority;
  const auto events = reader.events(filter);
  if (!events) return base::fail(events.error());
  const auto keys = reader.keys(authority);
  if (!keys) return base::fail(keys.error());
  for (const checks::Rotation& rotation : checks::rotations(*events, *keys)) {
    if (question.since && rotation.withdrawn_at < *question.since) continue;
    if (question.until && rotation.withdrawn_at > *question.until) continue;
    out["rotations"].push_back(Json(checks::to_json(rotation)));
  }
  for (const checks::Learned& learned : checks::learned(*events, *keys)) {
    out["learned"].push_back(Json(checks::to_json(learned)));
  }
  return base::Ok{};
}

void sort_rotations(Json& rotations) {
  std::stable_sort(rotations.begin(), rotations.end(), [](const Json& a, const Json& b) {
    return a.value("withdrawn_at", "") < b.value("withdrawn_at", "");
  });
}

}  // namespace

base::Result<Json> history_document(storage::Reader& reader, const HistoryQuestion& question) {
  std::vector<std::string> names;
  if (question.authority.empty()) {
    const auto all = reader.authorities();
    if (!all) return base::fail(all.error());
    for (const storage::AuthorityInfo& info : *all) names.push_back(info.name);
  } else {
    const auto found = reader.find_authority(question.authority);
    if (!found) return base::fail(found.error());
    if (!*found) return base::fail(no_such(question.authority));
    names.push_back((*found)->name);
  }
  storage::EventFilter filter;
  if (!question.authority.empty()) filter.authority = names.front();
  filter.since = question.since;
  filter.until = question.until;
  filter.limit = question.limit;
  filter.newest_first = question.limit > 0;
  auto events = reader.events(filter);
  if (!events) return base::fail(events.error());
  if (filter.newest_first) std::reverse(events->begin(), events->end());

  Json out{{"schema", "idpwatch.history/v1"},
           {"events", Json::array()},
           {"rotations", Json::array()},
           {"learned", Json::array()}};
  for (const model::Event& event : *events) out["events"].push_back(Json(model::to_json(event)));
  for (const std::string& name : names) {
    if (const auto done = add_learned(reader, name, question, out); !done) {
      return base::fail(done.error());
    }
  }
  sort_rotations(out["rotations"]);
  return out;
}

base::Result<Json> keys_document(storage::Reader& reader, const std::string& authority,
                                 base::Instant at) {
  const auto found = reader.find_authority(authority);
  if (!found) return base::fail(found.error());
  if (!*found) return base::fail(no_such(authority));
  const auto set = reader.key_set((*found)->name, at);
  if (!set) return base::fail(set.error());
  Json out{{"schema", "idpwatch.keys/v1"},
           {"authority", set->authority.name},
           {"issuer", set->authority.issuer},
           {"at", base::format_rfc3339(set->at)},
           {"observed_at",
            set->observed_at ? Json(base::format_rfc3339(*set->observed_at)) : Json(nullptr)},
           {"keys", Json::array()}};
  for (const storage::KeyView& key : set->keys) out["keys"].push_back(to_json(key));
  return out;
}

}  // namespace idpwatch::daemon
