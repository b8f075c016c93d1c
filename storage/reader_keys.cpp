#include "base/encoding.hpp"
#include "base/text.hpp"
#include "storage/document_keys.hpp"
#include "storage/reader.hpp"
#include "storage/sqlite.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Instant;
using base::Result;

namespace {

constexpr std::string_view kLastGoodSpan =
    "SELECT last_us, jwks_sha256, first_us, count FROM span WHERE authority_id ="
    " (SELECT id FROM authority WHERE name = ?1) AND jwks_good = 1 AND first_us <= ?2"
    " ORDER BY first_us DESC LIMIT 1";
constexpr std::string_view kConfirmations =
    "SELECT thumbprint, type = 'key.withdrawn' FROM event WHERE authority_id ="
    " (SELECT id FROM authority WHERE name = ?1) AND at_us <= ?2"
    " AND type IN ('key.withdrawn', 'key.returned') ORDER BY at_us, seq";

struct GoodSet {
  std::optional<Instant> observed_at;
  std::string document_sha256;  // hex
};

// The last look of a stretch not after `at`. Of a stretch its first and last look and their number
// are kept: those between are taken to be evenly spread, as probes are.
Instant last_look(Instant first, Instant last, std::int64_t count, Instant at) {
  if (at >= last || count < 2) return std::min(last, at);
  const base::Duration every = (last - first) / (count - 1);
  if (every <= base::Duration(0)) return first;
  return first + every * ((at - first) / every);
}

Result<GoodSet> last_good(Database& database, const std::string& authority, Instant at) {
  Statement& rows = database.cached(kLastGoodSpan);
  const ResetGuard guard(rows);
  const Result<bool> row = rows.bind(authority, at).step();
  if (!row) return base::fail(row.error());
  if (!*row) return GoodSet{};
  return GoodSet{last_look(rows.instant(2), rows.instant(0), rows.integer(3), at),
                 base::hex_encode(rows.view(1))};
}

// Thumbprints whose withdrawal was confirmed by `at` and that had not returned.
Result<std::set<std::string>> withdrawn_by(Database& database, const std::string& authority,
                                           Instant at) {
  std::set<std::string> out;
  Statement& rows = database.cached(kConfirmations);
  const ResetGuard guard(rows);
  rows.bind(authority, at);
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    if (rows.integer(1) != 0) {
      out.insert(rows.text(0));
    } else {
      out.erase(rows.text(0));
    }
  }
}

KeyView view_of(const model::KeyRecord& key) {
  KeyView view;
  if (!key.last_members.empty()) view.kid = key.last_members.begin()->first;
  view.thumbprint = key.thumbprint;
  view.kty = key.kty;
  view.crv = key.crv;
  view.alg = key.alg;
  view.use = key.use;
  view.bits = key.bits;
  view.first_seen = key.first_seen;
  view.last_seen = key.last_seen;
  return view;
}

using Records = std::map<std::string, const model::KeyRecord*, std::less<>>;

// The newest stretch of a label that the key still has goes on: its end is written when it comes,
// and until then its row says how far it was when it began.
bool goes_on(const model::Sighting& sighting, const model::KeyRecord& key,
             const std::vector<model::Sighting>& all) {
  if (key.first_absent_at || key.withdrawn_at || !key.last_members.contains(sighting.kid)) {
    return false;
  }
  return std::none_of(all.begin(), all.end(), [&sighting](const model::Sighting& other) {
    return other.thumbprint == sighting.thumbprint && other.kid == sighting.kid &&
           other.first > sighting.first;
  });
}

// Where the body is no longer kept: the stretches that cover the instant.
std::vector<KeyView> keys_of_sightings(const std::vector<model::Sighting>& sightings,
                                       const Records& records, Instant at) {
  std::vector<KeyView> out;
  for (const model::Sighting& sighting : sightings) {
    const auto record = records.find(sighting.thumbprint);
    if (sighting.first > at || record == records.end()) continue;
    if (sighting.last < at && !goes_on(sighting, *record->second, sightings)) continue;
    out.push_back(view_of(*record->second));
    out.back().kid = sighting.kid;
  }
  return out;
}

// What was known of a key that was not in the set at `at`.
KeyView gone_view(const model::KeyRecord& record, const std::vector<model::Sighting>& sightings,
                  Instant at) {
  KeyView view = view_of(record);
  std::optional<Instant> last;
  for (const model::Sighting& sighting : sightings) {
    if (sighting.thumbprint != record.thumbprint || sighting.first > at) continue;
    const Instant seen = std::min(sighting.last, at);
    if (last && seen <= *last) continue;
    last = seen;
    view.kid = sighting.kid;
  }
  view.last_seen = last.value_or(std::min(record.last_seen, at));
  return view;
}

Result<AuthorityInfo> known_authority(Reader& reader, std::string_view name) {
  Result<std::optional<AuthorityInfo>> found = reader.find_authority(name);
  if (!found) return base::fail(found.error());
  if (std::optional<AuthorityInfo>& known = *found; known) return std::move(*known);
  const Result<std::vector<AuthorityInfo>> all = reader.authorities();
  std::vector<std::string> names;
  for (const AuthorityInfo& each : all ? *all : std::vector<AuthorityInfo>()) {
    names.push_back(each.name);
  }
  const std::optional<std::string> meant = base::nearest(name, names);
  return base::fail(ErrorKind::kNotFound,
                    "no authority is called " + base::printable(name) + " or has this issuer",
                    meant ? "did you mean " + *meant + "?" : "");
}

}  // namespace

Result<KeySetView> Reader::key_set(std::string_view authority, Instant at) {
  Result<Transaction> transaction = Transaction::begin_read(*database_);
  if (!transaction) return base::fail(transaction.error());
  Result<AuthorityInfo> info = known_authority(*this, authority);
  if (!info) return base::fail(info.error());
  const std::string& name = info->name;
  Result<GoodSet> good = last_good(*database_, name, at);
  if (!good) return base::fail(good.error());
  const Result<std::vector<model::KeyRecord>> keys = this->keys(name);
  if (!keys) return base::fail(keys.error());
  const Result<std::vector<model::Sighting>> sightings = this->sightings(name);
  if (!sightings) return base::fail(sightings.error());
  const Result<std::set<std::string>> withdrawn = withdrawn_by(*database_, name, at);
  if (!withdrawn) return base::fail(withdrawn.error());
  const Result<std::optional<std::string>> body = document(good->document_sha256);
  if (!body) return base::fail(body.error());

  Records records;
  for (const model::KeyRecord& key : *keys) records.emplace(key.thumbprint, &key);
  const Instant seen_at = good->observed_at.value_or(at);
  KeySetView out{std::move(*info), at, good->observed_at, {}};
  const std::optional<std::string>& bytes = *body;
  out.keys = bytes ? keys_of_document(*bytes) : keys_of_sightings(*sightings, records, seen_at);
  std::set<std::string> live;
  for (KeyView& view : out.keys) {
    live.insert(view.thumbprint);
    const auto record = records.find(view.thumbprint);
    view.first_seen = record == records.end() ? seen_at : record->second->first_seen;
    view.last_seen = seen_at;
  }
  for (const model::KeyRecord& key : *keys) {
    if (key.first_seen > at || live.contains(key.thumbprint)) continue;
    out.keys.push_back(gone_view(key, *sightings, at));
    out.keys.back().state =
        withdrawn->contains(key.thumbprint) ? KeyState::kWithdrawn : KeyState::kAbsent;
  }
  return out;
}

}  // namespace idpwatch::storage
