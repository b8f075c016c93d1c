#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

// Emptied when full, since they are only caches: for what is written again soon.
constexpr std::size_t kFragmentsMax = 4096, kAuthoritiesMax = 2048;

constexpr std::string_view kFindDocument = "SELECT id FROM document WHERE sha256 = ?1";
constexpr std::string_view kInsertDocument = "INSERT INTO document (sha256, bytes) VALUES (?1, ?2)";
constexpr std::string_view kFindFragment = "SELECT id FROM fragment WHERE sha256 = ?1";
constexpr std::string_view kInsertFragment = "INSERT INTO fragment (sha256, text) VALUES (?1, ?2)";
constexpr std::string_view kFindAuthority = "SELECT id, issuer FROM authority WHERE name = ?1";
constexpr std::string_view kInsertAuthority =
    "INSERT INTO authority (name, issuer) VALUES (?1, ?2)";
constexpr std::string_view kUpdateIssuer = "UPDATE authority SET issuer = ?2 WHERE id = ?1";

constexpr std::string_view kInsertSpan =
    "INSERT INTO span (authority_id, first_us, last_us, count, discovery_status, jwks_status,"
    " discovery_url, jwks_url, discovery_failure, jwks_failure, discovery_sha256, jwks_sha256,"
    " jwks_good, worst_us, typical_us)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";
constexpr std::string_view kFindSpan =
    "SELECT id FROM span WHERE authority_id = ?1 AND first_us = ?2 AND discovery_status = ?3"
    " AND jwks_status = ?4 AND discovery_url = ?5 AND jwks_url = ?6 AND discovery_failure = ?7"
    " AND jwks_failure = ?8 AND discovery_sha256 IS ?9 AND jwks_sha256 IS ?10 AND jwks_good = ?11";
constexpr std::string_view kNewestFirst =
    "SELECT id, first_us, last_us FROM span WHERE authority_id = ?1 ORDER BY first_us DESC";
constexpr std::string_view kMoveSpan = "UPDATE span SET first_us = ?2, last_us = ?3 WHERE id = ?1";
constexpr std::string_view kExtendSpan =
    "UPDATE span SET last_us = ?3, count = ?4, worst_us = ?5, typical_us = ?6"
    " WHERE authority_id = ?1 AND first_us = ?2";

// Raw bytes, empty when there is no digest; anything but 64 hex digits is a mistake of ours.
Result<std::string> raw_digest(const std::string& hex) {
  std::string raw = base::hex_decode(hex).value_or(std::string());
  if (!hex.empty() && raw.size() != 32) {
    return base::fail(ErrorKind::kInternal, "\"" + hex + "\" is no SHA-256 in hex");
  }
  return raw;
}

std::optional<Blob> or_null(const std::string& bytes) {
  if (bytes.empty()) return std::nullopt;
  return Blob{bytes};
}

// The id that `find` gives for these values; 0: no row.
template <class... Values>
Result<std::int64_t> find_id(Database& database, std::string_view find, const Values&... values) {
  Statement& statement = database.cached(find);
  const ResetGuard guard(statement);
  const Result<bool> row = statement.bind(values...).step();
  if (!row) return base::fail(row.error());
  return *row ? statement.integer(0) : 0;
}

}  // namespace

Status Writer::put_document(const model::Document& document) {
  const Result<std::string> raw = raw_digest(document.sha256);
  if (!raw) return base::fail(raw.error());
  if (raw->empty() || !document.bytes) {
    return base::fail(ErrorKind::kInternal, "a document without digest or bytes");
  }
  const Result<std::int64_t> known = find_id(database_, kFindDocument, Blob{*raw});
  if (!known) return base::fail(known.error());
  if (*known != 0) return base::Ok{};
  if (base::sha256(*document.bytes) != *raw) {
    return base::fail(ErrorKind::kInternal, "document " + document.sha256 + " has other bytes");
  }
  return database_.cached(kInsertDocument).bind(Blob{*raw}, Blob{*document.bytes}).run();
}

Result<std::int64_t> Writer::authority_id(const std::string& name) {
  return authority_id(name, std::string());
}

// An empty issuer leaves the one that is known.
Result<std::int64_t> Writer::authority_id(const std::string& name, const std::string& issuer) {
  auto known = authorities_.find(name);
  if (known == authorities_.end()) {
    if (name.empty()) return base::fail(ErrorKind::kInternal, "a row without its authority");
    Statement& find = database_.cached(kFindAuthority);
    const ResetGuard guard(find);
    const Result<bool> row = find.bind(name).step();
    if (!row) return base::fail(row.error());
    Authority authority{0, issuer};
    if (*row) {
      authority = {find.integer(0), find.text(1)};
    } else {
      const Status put = database_.cached(kInsertAuthority).bind(name, issuer).run();
      if (!put) return base::fail(put.error());
      authority.id = database_.last_insert_id();
    }
    if (authorities_.size() >= kAuthoritiesMax) authorities_.clear();
    known = authorities_.emplace(name, std::move(authority)).first;
  }
  if (!issuer.empty() && known->second.issuer != issuer) {
    const Status put = database_.cached(kUpdateIssuer).bind(known->second.id, issuer).run();
    if (!put) return base::fail(put.error());
    known->second.issuer = issuer;
  }
  return known->second.id;
}

Result<std::int64_t> Writer::fragment_id(std::string_view text) {
  std::string digest = base::sha256(text);
  if (const auto known = fragments_.find(digest); known != fragments_.end()) return known->second;
  Result<std::int64_t> id = find_id(database_, kFindFragment, Blob{digest});
  if (!id) return id;
  if (*id == 0) {
    const Status put = database_.cached(kInsertFragment).bind(Blob{digest}, text).run();
    if (!put) return base::fail(put.error());
    *id = database_.last_insert_id();
  }
  if (fragments_.size() >= kFragmentsMax) fragments_.clear();
  fragments_.emplace(std::move(digest), *id);
  return id;
}

Status Writer::insert_span(std::int64_t authority, const model::ObservationSpan& span) {
  const auto discovery = raw_digest(span.discovery_sha256);
  if (!discovery) return base::fail(discovery.error());
  const auto jwks = raw_digest(span.jwks_sha256);
  if (!jwks) return base::fail(jwks.error());
  return database_.cached(kInsertSpan)
      .bind(authority, span.first, span.last, span.count, span.discovery_status, span.jwks_status,
            span.discovery_url, span.jwks_url, span.discovery_failure, span.jwks_failure,
            or_null(*discovery), or_null(*jwks), span.jwks_good, span.worst_latency_us,
            span.typical_latency_us)
      .run();
}

Result<bool> Writer::extend_span(std::int64_t authority, const model::ObservationSpan& span) {
  const Status extended = database_.cached(kExtendSpan)
                              .bind(authority, span.first, span.last, span.count,
                                    span.worst_latency_us, span.typical_latency_us)
                              .run();
  if (!extended) return base::fail(extended.error());
  return database_.changes() == 1;
}

// Is it this very stretch that stands there? A batch may be given twice.
Result<bool> Writer::has_span(std::int64_t authority, const model::ObservationSpan& span) {
  const auto discovery = raw_digest(span.discovery_sha256);
  if (!discovery) return base::fail(discovery.error());
  const auto jwks = raw_digest(span.jwks_sha256);
  if (!jwks) return base::fail(jwks.error());
  const Result<std::int64_t> id =
      find_id(database_, kFindSpan, authority, span.first, span.discovery_status, span.jwks_status,
              span.discovery_url, span.jwks_url, span.discovery_failure, span.jwks_failure,
              or_null(*discovery), or_null(*jwks), span.jwks_good);
  if (!id) return base::fail(id.error());
  return *id != 0;
}

// Stretches that were stored before this one and say that they are later were dated by a clock that
// has been set back since. They are moved to just before it, a microsecond apart: the order of the
// rows stays that in which things were seen, and no row lies in the future.
Status Writer::make_room_for(std::int64_t authority, const model::ObservationSpan& span) {
  struct Row {
    std::int64_t id, first, last;
  };
  std::vector<Row> ahead;  // the latest first
  std::int64_t place = base::to_unix_micros(span.first) - 1;
  {
    Statement& rows = database_.cached(kNewestFirst);
    const ResetGuard guard(rows);
    rows.bind(authority);
    for (;;) {
      const Result<bool> row = rows.step();
      if (!row) return base::fail(row.error());
      if (!*row) break;
      const Row found{rows.integer(0), rows.integer(1), rows.integer(2)};
      if (found.last <= place) break;
      const std::int64_t first = std::min(found.first, place);
      ahead.push_back({found.id, first, std::max(first, std::min(found.last, place))});
      place = first - 1;
    }
  }
  // The earliest first, so that none comes upon a place that is still taken.
  for (auto row = ahead.rbegin(); row != ahead.rend(); ++row) {
    const Status moved = database_.cached(kMoveSpan).bind(row->id, row->first, row->last).run();
    if (!moved) return moved;
  }
  return base::Ok{};
}

Status Writer::put_span(const model::ObservationSpan& span) {
  const Result<std::int64_t> authority = authority_id(span.authority, span.issuer);
  if (!authority) return base::fail(authority.error());
  // All looks of a span are equal: of one that stands there already only the rest can be new.
  const Result<bool> known = has_span(*authority, span);
  if (!known) return base::fail(known.error());
  if (*known) {
    const Result<bool> extended = extend_span(*authority, span);
    if (!extended) return base::fail(extended.error());
    return base::Ok{};
  }
  if (Status room = make_room_for(*authority, span); !room) return room;
  return insert_span(*authority, span);
}

}  // namespace idpwatch::storage
