#include "storage/span_compactor.hpp"

#include "base/encoding.hpp"
#include "storage/document_keys.hpp"
#include "storage/sqlite.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::storage {

using base::Result;
using base::Status;

struct SpanCompactor::Row {
  std::int64_t id, first, last, count;
  bool good;
  std::string discovery, jwks;  // raw digests, empty where there is none
  std::int64_t worst, typical;
};

// Good rows with the same keys, from `first` on. What it becomes answers as the newest of them did.
struct SpanCompactor::Stretch {
  Row first;
  std::int64_t discovery_of;  // the row whose discovery answer it takes: the newest that has one
  std::vector<Row> merged = {};
};

namespace {

constexpr std::string_view kNextAuthority =
    "SELECT id FROM authority WHERE id > ?1 ORDER BY id LIMIT 1";
constexpr std::string_view kLeftAlone =
    "SELECT * FROM (SELECT id FROM span WHERE authority_id = ?1 ORDER BY first_us DESC LIMIT 1)"
    " UNION SELECT * FROM (SELECT id FROM span WHERE authority_id = ?1 AND jwks_good = 1"
    "   ORDER BY first_us DESC LIMIT 1)"
    " UNION SELECT * FROM (SELECT id FROM span WHERE authority_id = ?1"
    "   AND discovery_sha256 IS NOT NULL ORDER BY first_us DESC LIMIT 1)";
constexpr std::string_view kRows =
    "SELECT id, first_us, last_us, count, jwks_good, discovery_sha256, jwks_sha256, worst_us,"
    " typical_us FROM span WHERE authority_id = ?1 AND first_us BETWEEN ?2 AND ?3"
    " AND last_us < ?3"
    " ORDER BY first_us LIMIT ?4";
constexpr std::string_view kMerge =
    "UPDATE span SET last_us = ?2, count = ?3, worst_us = ?4, typical_us = ?5,"
    " (discovery_status, discovery_url, discovery_failure, discovery_sha256) ="
    " (SELECT discovery_status, discovery_url, discovery_failure, discovery_sha256 FROM span"
    "   WHERE id = ?6),"
    " (jwks_status, jwks_url, jwks_sha256) ="
    " (SELECT jwks_status, jwks_url, jwks_sha256 FROM span WHERE id = ?7) WHERE id = ?1";
constexpr std::string_view kRemove = "DELETE FROM span WHERE id = ?1";
constexpr std::string_view kBody = "SELECT bytes FROM document WHERE sha256 = ?1";
constexpr std::string_view kRemoveDocument =
    "DELETE FROM document WHERE sha256 = ?1"
    " AND NOT EXISTS (SELECT 1 FROM span WHERE jwks_sha256 = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM span WHERE discovery_sha256 = ?1)"
    " AND NOT EXISTS (SELECT 1 FROM timeline WHERE jwks_sha256 = ?2 OR discovery_sha256 = ?2)";

}  // namespace

// False: there is none, and the pass is over.
Result<bool> SpanCompactor::next_authority() {
  Statement& find = database_.cached(kNextAuthority);
  const ResetGuard find_guard(find);
  const Result<bool> found = find.bind(last_authority_).step();
  if (!found || !*found) return found;
  authority_ = last_authority_ = find.integer(0);
  const auto done = done_to_.find(authority_);
  from_us_ = done == done_to_.end() ? INT64_MIN : done->second;
  kept_.clear();
  Statement& rows = database_.cached(kLeftAlone);
  const ResetGuard guard(rows);
  rows.bind(authority_);
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return row;
    if (!*row) return true;
    kept_.insert(rows.integer(0));
  }
}

Result<std::vector<SpanCompactor::Row>> SpanCompactor::next_rows() {
  std::vector<Row> out;
  Statement& rows = database_.cached(kRows);
  const ResetGuard guard(rows);
  rows.bind(authority_, from_us_, *before_, static_cast<std::int64_t>(limits_.rows));
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    out.push_back({rows.integer(0), rows.integer(1), rows.integer(2), rows.integer(3),
                   rows.integer(4) != 0, rows.text(5), rows.text(6), rows.integer(7),
                   rows.integer(8)});
  }
}

// nullopt: the body is not kept.
Result<std::optional<std::string>> SpanCompactor::identity_of(const std::string& sha256) {
  if (const auto known = identities_.find(sha256); known != identities_.end()) {
    return std::optional<std::string>(known->second);
  }
  Statement& find = database_.cached(kBody);
  const ResetGuard guard(find);
  const Result<bool> row = find.bind(Blob{sha256}).step();
  if (!row) return base::fail(row.error());
  if (!*row) return std::optional<std::string>();
  bytes_ += find.view(0).size();
  const std::string& identity = identities_[sha256] = key_set_identity(find.view(0));
  return std::optional<std::string>(identity);
}

Result<bool> SpanCompactor::same_keys(const std::string& one, const std::string& other) {
  if (one.empty() || other.empty()) return false;
  if (one == other) return true;
  const auto first = identity_of(one);
  if (!first) return base::fail(first.error());
  const auto second = *first ? identity_of(other) : first;
  if (!second) return base::fail(second.error());
  return *second && **first == **second;
}

void SpanCompactor::name_loose(const Row& row) {
  for (const std::string& digest : {row.discovery, row.jwks}) {
    if (!digest.empty()) loose_.insert(digest);
  }
}

Status SpanCompactor::remove(const Row& row) {
  name_loose(row);
  ++result_.spans_removed;
  return database_.cached(kRemove).bind(row.id).run();
}

Status SpanCompactor::write(const Stretch& stretch) {
  if (stretch.merged.empty()) return base::Ok{};
  const Row& first = stretch.first;
  std::int64_t count = first.count, worst = first.worst;
  double sum = static_cast<double>(first.typical) * static_cast<double>(first.count);
  for (const Row& row : stretch.merged) {
    count += row.count;
    worst = std::max(worst, row.worst);
    sum += static_cast<double>(row.typical) * static_cast<double>(row.count);
  }
  const auto typical = static_cast<std::int64_t>(sum / static_cast<double>(count));
  Status done = database_.cached(kMerge)
                    .bind(first.id, stretch.merged.back().last, count, worst, typical,
                          stretch.discovery_of, stretch.merged.back().id)
                    .run();
  name_loose(first);
  for (const Row& row : stretch.merged) {
    if (done) done = remove(row);
  }
  return done;
}

Status SpanCompactor::take(const Row& row, std::optional<Stretch>& open) {
  if (!row.good) return remove(row);
  if (open) {
    const Result<bool> same = same_keys(open->first.jwks, row.jwks);
    if (!same) return base::fail(same.error());
    if (*same) {
      open->merged.push_back(row);
      if (!row.discovery.empty()) open->discovery_of = row.id;
      return base::Ok{};
    }
    if (Status written = write(*open); !written) return written;
  }
  open = Stretch{row, row.id};
  return base::Ok{};
}

// Goes on at the stretch that is still open, or behind the last row.
Status SpanCompactor::fold(const std::vector<Row>& rows) {
  std::optional<Stretch> open;
  std::size_t taken = 0;
  for (const Row& row : rows) {
    if (bytes_ > limits_.body_bytes && taken > 1) break;
    ++taken;
    if (kept_.contains(row.id)) {
      if (open) {
        if (Status written = write(*open); !written) return written;
      }
      open.reset();
      continue;
    }
    if (Status done = take(row, open); !done) return done;
  }
  rows_ += taken;
  if (open) {
    if (Status written = write(*open); !written) return written;
  }
  from_us_ = open ? open->first.first : rows[taken - 1].first + 1;
  done_to_[authority_] = from_us_;
  const bool whole = taken == rows.size() && rows.size() < limits_.rows;
  if (whole) authority_ = 0;
  return base::Ok{};
}

Status SpanCompactor::remove_documents() {
  for (const std::string& digest : loose_) {
    const std::string hex = base::hex_encode(digest);
    const Status done = database_.cached(kRemoveDocument).bind(Blob{digest}, hex).run();
    if (!done) return done;
    result_.documents_removed += database_.changes();
  }
  return base::Ok{};
}

void SpanCompactor::start_again() {
  before_.reset();
  done_to_.clear();
}

Result<SliceResult> SpanCompactor::slice(base::Instant before) {
  if (before_ != before) {
    before_ = before;
    authority_ = last_authority_ = 0;
  }
  result_ = {};
  rows_ = bytes_ = 0;
  loose_.clear();
  identities_.clear();
  result_.more = true;
  while (rows_ < limits_.rows && bytes_ <= limits_.body_bytes) {
    if (authority_ == 0) {
      const Result<bool> found = next_authority();
      if (!found) return base::fail(found.error());
      result_.more = *found;
      if (!*found) break;
      ++rows_;
    }
    const auto rows = next_rows();
    if (!rows) return base::fail(rows.error());
    if (rows->empty()) {
      authority_ = 0;
      continue;
    }
    if (Status done = fold(*rows); !done) return base::fail(done.error());
  }
  if (!result_.more) before_.reset();
  if (Status done = remove_documents(); !done) return base::fail(done.error());
  return result_;
}

}  // namespace idpwatch::storage
