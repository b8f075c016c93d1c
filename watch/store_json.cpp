#include "watch/store_json.hpp"

#include "base/text.hpp"
#include "checks/timeline/rotations.hpp"
#include "watch/first_signers.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace idpwatch::watch {
namespace {

using Json = nlohmann::ordered_json;

base::Error no_such(const std::string& authority) {
  return base::make_error(base::ErrorKind::kInput,
                          "no authority is called \"" + base::printable(authority, 120) + "\"",
                          "use the name or the issuer that `idpwatch status` shows");
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

// A provider that changes its keys all day long has more than anybody wants to know.
constexpr std::size_t kLearnedFrom = 20'000;

// Rotations and cadence need all that happened to the keys of an authority, whatever was asked for.
base::Status add_learned(storage::Reader& reader, const std::string& authority,
                         const HistoryQuestion& question, Json& out) {
  storage::EventFilter filter;
  filter.authority = authority;
  filter.type = "key.";
  filter.limit = kLearnedFrom;
  filter.newest_first = true;
  auto events = reader.events(filter);
  if (!events) return base::fail(events.error());
  std::reverse(events->begin(), events->end());
  const auto keys = reader.keys(authority);
  if (!keys) return base::fail(keys.error());
  const auto signers = first_signers(reader, authority);
  if (!signers) return base::fail(signers.error());
  for (const checks::Rotation& rotation : checks::rotations(*events, *keys, *signers)) {
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

// Opaque to who asks: when the event was, and its number.
std::string cursor_text(const model::Event& event) {
  return fmt::format("{}.{}", base::to_unix_micros(event.at), event.seq);
}

std::optional<std::pair<base::Instant, std::int64_t>> cursor_of(std::string_view text) {
  std::int64_t at = 0, seq = 0;
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto first = std::from_chars(begin, end, at);
  if (first.ec != std::errc{} || first.ptr == end || *first.ptr != '.') return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, seq);
  if (second.ec != std::errc{} || second.ptr != end) return std::nullopt;
  return std::pair(base::from_unix_micros(at), seq);
}

// One more than the limit: then there are older ones.
base::Result<std::vector<model::Event>> events_of(storage::Reader& reader,
                                                  const HistoryQuestion& question,
                                                  const std::string& authority, Json& next) {
  storage::EventFilter filter;
  filter.authority = authority;
  filter.since = question.since;
  filter.until = question.until;
  filter.type = question.type;
  filter.newest_first = question.limit > 0;
  if (question.limit > 0) filter.limit = question.limit + 1;
  if (!question.before.empty()) {
    filter.before = cursor_of(question.before);
    if (!filter.before) {
      return base::fail(base::ErrorKind::kUsage, "before must be the `next` of an earlier answer");
    }
  }
  auto events = reader.events(filter);
  if (!events || question.limit == 0) return events;
  if (events->size() > question.limit) {
    events->pop_back();
    next = cursor_text(events->back());
  }
  std::reverse(events->begin(), events->end());
  return events;
}

}  // namespace

base::Result<Json> history_document(storage::Reader& reader, const HistoryQuestion& question,
                                    const Configured& configured) {
  std::string authority;
  if (!question.authority.empty()) {
    const auto found = reader.find_authority(question.authority);
    if (!found) return base::fail(found.error());
    if (!*found && !configured) return base::fail(no_such(question.authority));
    authority = *found ? (*found)->name : configured->name;
  }
  Json next = nullptr;
  const auto events = events_of(reader, question, authority, next);
  if (!events) return base::fail(events.error());

  Json out{{"schema", "idpwatch.history/v1"},
           {"events", Json::array()},
           {"rotations", Json::array()},
           {"learned", Json::array()},
           {"next", std::move(next)}};
  std::set<std::string> names;
  if (!authority.empty()) names.insert(authority);
  for (const model::Event& event : *events) {
    out["events"].push_back(Json(model::to_json(event)));
    if (authority.empty() && !event.authority.empty()) names.insert(event.authority);
  }
  for (const std::string& name : names) {
    if (const auto done = add_learned(reader, name, question, out); !done) {
      return base::fail(done.error());
    }
  }
  sort_rotations(out["rotations"]);
  return out;
}

base::Result<Json> keys_document(storage::Reader& reader, const std::string& authority,
                                 base::Instant at, const Configured& configured) {
  const auto found = reader.find_authority(authority);
  if (!found) return base::fail(found.error());
  if (!*found && !configured) return base::fail(no_such(authority));
  base::Result<storage::KeySetView> set = storage::KeySetView{};
  if (*found) {
    set = reader.key_set((*found)->name, at);
    if (!set) return base::fail(set.error());
  } else {
    set->authority = *configured;
    set->at = at;
  }
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

}  // namespace idpwatch::watch
