#include "base/encoding.hpp"
#include "storage/reader.hpp"
#include "storage/sqlite.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace idpwatch::storage {

using base::Result;
using nlohmann::json;

namespace {

constexpr std::string_view kTimeline =
    "SELECT authority.name, any_good, last_set, last_signing, flaps, inconsistent, fragment.text,"
    " jwks_sha256, discovery_sha256, leaf_sha256, last_good_us FROM timeline"
    " JOIN authority ON authority.id = timeline.authority_id"
    " LEFT JOIN fragment ON fragment.id = timeline.discovery_id WHERE authority.name = ?1";
constexpr std::string_view kTimelines =
    "SELECT authority.name, any_good, last_set, last_signing, flaps, inconsistent, fragment.text,"
    " jwks_sha256, discovery_sha256, leaf_sha256, last_good_us FROM timeline"
    " JOIN authority ON authority.id = timeline.authority_id"
    " LEFT JOIN fragment ON fragment.id = timeline.discovery_id ORDER BY authority.name";
constexpr std::string_view kKeys =
    "SELECT thumbprint, first_seen_us, last_seen_us, kids, last_members, former_members, kty, crv,"
    " alg, use, bits, signing, first_absent_us, absent_count, withdrawn_us FROM key"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) ORDER BY thumbprint";
constexpr std::string_view kFragment = "SELECT text FROM fragment WHERE id = ?1";
constexpr std::string_view kKids =
    "SELECT kid, thumbprints FROM kid"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) ORDER BY kid";
constexpr std::string_view kSightings =
    "SELECT thumbprint, has_kid, kid, fragment.text, first_us, last_us FROM sighting"
    " JOIN fragment ON fragment.id = sighting.fragment_id"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1)"
    " ORDER BY first_us, thumbprint, has_kid, kid";
constexpr std::string_view kLastSpan =
    "SELECT authority.name, issuer, first_us, last_us, count, discovery_status,"
    " jwks_status, discovery_url, jwks_url, discovery_failure, jwks_failure,"
    " discovery_sha256, jwks_sha256, jwks_good, worst_us, typical_us"
    " FROM span JOIN authority ON authority.id = span.authority_id"
    " WHERE authority.name = ?1 ORDER BY first_us DESC LIMIT 1";
constexpr std::string_view kSpans =
    "SELECT authority.name, issuer, first_us, last_us, count, discovery_status,"
    " jwks_status, discovery_url, jwks_url, discovery_failure, jwks_failure,"
    " discovery_sha256, jwks_sha256, jwks_good, worst_us, typical_us"
    " FROM span JOIN authority ON authority.id = span.authority_id"
    " WHERE authority.name = ?1 AND first_us <= ?3 AND last_us >= ?2 ORDER BY first_us LIMIT ?4";
constexpr std::string_view kAlerts = "SELECT json FROM alert ORDER BY finding_id";
constexpr std::string_view kOutbox =
    "SELECT id, receiver, grp, type, body, created_us, next_attempt_us, attempts, last_error"
    " FROM outbox ORDER BY position";
constexpr std::string_view kOutboxCount = "SELECT count(*) FROM outbox";

// One value a row.
template <class T, class Read>
Result<std::vector<T>> collect(Statement& rows, Read read) {
  const ResetGuard guard(rows);
  std::vector<T> out;
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    out.push_back(read(rows));
  }
}

template <class T>
Result<std::optional<T>> first_of(Result<std::vector<T>>&& all) {
  if (!all) return base::fail(all.error());
  if (all->empty()) return std::optional<T>();
  return std::optional<T>(std::move(all->front()));
}

// Our own text: one that was damaged is empty.
json array_of(std::string_view text) {
  json value = json::parse(text, nullptr, false);
  return value.is_array() ? value : json::array();
}

template <class Container>
Container texts_of(std::string_view text) {
  Container out;
  for (const json& item : array_of(text)) {
    if (item.is_string()) out.insert(out.end(), item.get<std::string>());
  }
  return out;
}

model::Kid kid_of(const json& value) {
  if (!value.is_string()) return std::nullopt;
  return value.get<std::string>();
}

model::TimelineState timeline_of(const Statement& row) {
  model::TimelineState state;
  state.authority = row.text(0);
  state.any_good = row.integer(1) != 0;
  state.last_set = texts_of<std::vector<std::string>>(row.view(2));
  state.last_signing = texts_of<std::vector<std::string>>(row.view(3));
  for (const json& flaps : array_of(row.view(4))) {
    if (flaps.is_number_integer()) state.flaps.push_back(flaps.get<int>());
  }
  state.inconsistent = row.integer(5) != 0;
  state.discovery_members = row.text(6);
  state.jwks_sha256 = row.text(7);
  state.discovery_sha256 = row.text(8);
  state.leaf_sha256 = row.text(9);
  state.last_good = row.optional_instant(10);
  return state;
}

model::ObservationSpan span_of(const Statement& row) {
  model::ObservationSpan span;
  span.authority = row.text(0);
  span.issuer = row.text(1);
  span.first = row.instant(2);
  span.last = row.instant(3);
  span.count = row.integer(4);
  span.discovery_status = static_cast<int>(row.integer(5));
  span.jwks_status = static_cast<int>(row.integer(6));
  span.discovery_url = row.text(7);
  span.jwks_url = row.text(8);
  span.discovery_failure = row.text(9);
  span.jwks_failure = row.text(10);
  span.discovery_sha256 = base::hex_encode(row.view(11));
  span.jwks_sha256 = base::hex_encode(row.view(12));
  span.jwks_good = row.integer(13) != 0;
  span.worst_latency_us = row.integer(14);
  span.typical_latency_us = row.integer(15);
  return span;
}

model::OutboxMessage message_of(const Statement& row) {
  model::OutboxMessage message;
  message.id = row.text(0);
  message.receiver = row.text(1);
  message.group = row.text(2);
  message.type = row.text(3);
  message.body = row.text(4);
  message.created_at = row.instant(5);
  message.next_attempt_at = row.instant(6);
  message.attempts = static_cast<int>(row.integer(7));
  message.last_error = row.text(8);
  return message;
}

using Members = std::map<model::Kid, std::string>;

Result<Members> members_of(Database& database, std::string_view text) {
  Members out;
  Statement& find = database.cached(kFragment);
  for (const json& pair : array_of(text)) {
    if (!pair.is_array() || pair.size() != 2 || !pair[1].is_number_integer()) continue;
    const ResetGuard guard(find);
    const Result<bool> row = find.bind(pair[1].get<std::int64_t>()).step();
    if (!row) return base::fail(row.error());
    if (*row) out[kid_of(pair[0])] = find.text(0);
  }
  return out;
}

Result<model::KeyRecord> key_of(Database& database, const Statement& row,
                                std::string_view authority) {
  model::KeyRecord key;
  key.authority = authority;
  key.thumbprint = row.text(0);
  key.first_seen = row.instant(1);
  key.last_seen = row.instant(2);
  for (const json& kid : array_of(row.view(3))) key.kids_ever.insert(kid_of(kid));
  Result<Members> last = members_of(database, row.view(4));
  if (!last) return base::fail(last.error());
  key.last_members = std::move(*last);
  Result<Members> former = members_of(database, row.view(5));
  if (!former) return base::fail(former.error());
  key.former_members = std::move(*former);
  key.kty = row.text(6);
  key.crv = row.text(7);
  key.alg = row.text(8);
  key.use = row.text(9);
  key.bits = static_cast<unsigned>(row.integer(10));
  key.signing = row.integer(11) != 0;
  key.first_absent_at = row.optional_instant(12);
  key.absent_count = static_cast<int>(row.integer(13));
  key.withdrawn_at = row.optional_instant(14);
  return key;
}

}  // namespace

Result<std::optional<model::TimelineState>> Reader::timeline(std::string_view authority) {
  return first_of(
      collect<model::TimelineState>(database_->cached(kTimeline).bind(authority), timeline_of));
}

Result<std::vector<model::TimelineState>> Reader::timelines() {
  return collect<model::TimelineState>(database_->cached(kTimelines).bind(), timeline_of);
}

Result<std::vector<model::KeyRecord>> Reader::keys(std::string_view authority) {
  std::vector<model::KeyRecord> out;
  Statement& rows = database_->cached(kKeys).bind(authority);
  const ResetGuard guard(rows);
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    Result<model::KeyRecord> key = key_of(*database_, rows, authority);
    if (!key) return base::fail(key.error());
    out.push_back(std::move(*key));
  }
}

Result<std::vector<model::KidRecord>> Reader::kids(std::string_view authority) {
  return collect<model::KidRecord>(
      database_->cached(kKids).bind(authority), [authority](const Statement& row) {
        return model::KidRecord{std::string(authority), row.text(0),
                                texts_of<std::set<std::string>>(row.view(1))};
      });
}

Result<std::vector<model::Sighting>> Reader::sightings(std::string_view authority) {
  return collect<model::Sighting>(
      database_->cached(kSightings).bind(authority), [authority](const Statement& row) {
        const model::Kid kid = row.integer(1) != 0 ? model::Kid(row.text(2)) : std::nullopt;
        return model::Sighting{std::string(authority), row.text(0),   kid, row.text(3),
                               row.instant(4),         row.instant(5)};
      });
}

Result<std::optional<model::ObservationSpan>> Reader::last_span(std::string_view authority) {
  return first_of(
      collect<model::ObservationSpan>(database_->cached(kLastSpan).bind(authority), span_of));
}

Result<std::vector<model::ObservationSpan>> Reader::spans(std::string_view authority,
                                                          base::Instant since, base::Instant until,
                                                          std::size_t limit) {
  const auto most = limit == 0 ? std::int64_t{-1} : static_cast<std::int64_t>(limit);
  return collect<model::ObservationSpan>(
      database_->cached(kSpans).bind(authority, since, until, most), span_of);
}

Result<std::vector<model::Alert>> Reader::alerts() {
  return collect<model::Alert>(database_->cached(kAlerts).bind(), [](const Statement& row) {
    return model::alert_from_json(json::parse(row.view(0), nullptr, false));
  });
}

Result<std::vector<model::OutboxMessage>> Reader::outbox() {
  return collect<model::OutboxMessage>(database_->cached(kOutbox).bind(), message_of);
}

Result<std::int64_t> Reader::outbox_count() {
  Statement& rows = database_->cached(kOutboxCount);
  const ResetGuard guard(rows);
  const Result<bool> row = rows.bind().step();
  if (!row) return base::fail(row.error());
  return rows.integer(0);
}

}  // namespace idpwatch::storage
