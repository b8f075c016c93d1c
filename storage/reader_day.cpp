// What the chain and the tables tell after a restart: how much was stored since an instant, and
// what the notes of one kind say.
#include "base/json.hpp"
#include "storage/reader.hpp"
#include "storage/sqlite.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace idpwatch::storage {

using base::Result;

namespace {

// As the budget of an authority counts them (daemon/storage_budget.cpp): a row beside its texts.
constexpr std::string_view kSpanBytes =
    "SELECT count(*) * 256 + ifnull(sum(length(discovery_url) + length(jwks_url)), 0) FROM span"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) AND first_us >= ?2";
constexpr std::string_view kEventBytes =
    "SELECT count(*) * 512 + ifnull(sum(length(audit.record)), 0) FROM event JOIN audit USING (seq)"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) AND at_us >= ?2";
constexpr std::string_view kKeyBytes =
    "SELECT count(*) * 512 + ifnull(sum(length(kids)), 0) FROM key"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) AND first_seen_us >= ?2";
constexpr std::string_view kSightingBytes =
    "SELECT count(*) * 512 + ifnull(sum(length(kid) + length(text)), 0) FROM sighting"
    " JOIN fragment ON fragment.id = fragment_id"
    " WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) AND first_us >= ?2";
constexpr std::string_view kBodyBytes =
    "SELECT count(*) * 256 + ifnull(sum(length(bytes)), 0) FROM document WHERE sha256 IN"
    " (SELECT discovery_sha256 FROM span"
    "   WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) AND first_us >= ?2"
    "  UNION SELECT jwks_sha256 FROM span"
    "   WHERE authority_id = (SELECT id FROM authority WHERE name = ?1) AND first_us >= ?2)";
constexpr std::string_view kNewestRecords = "SELECT record FROM audit ORDER BY seq DESC LIMIT ?1";

constexpr std::string_view kRecordsWith =
    "SELECT record FROM audit WHERE instr(record, ?1) > 0 ORDER BY seq";

// Of a chain that grew by more in a day, the newest are enough: they are what must be bounded.
constexpr std::int64_t kRecordsMax = 20'000;

}  // namespace

Result<StoredSize> Reader::stored_since(std::string_view authority, base::Instant since) {
  StoredSize size;
  const auto add = [&](std::string_view sql, std::size_t& to) -> base::Status {
    Statement& rows = database_->cached(sql).bind(authority, since);
    const ResetGuard guard(rows);
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    to += static_cast<std::size_t>(rows.integer(0));
    return base::Ok{};
  };
  for (const std::string_view sql : {kSpanBytes, kEventBytes, kKeyBytes, kSightingBytes}) {
    if (const auto added = add(sql, size.rows); !added) return base::fail(added.error());
  }
  if (const auto added = add(kBodyBytes, size.bodies); !added) return base::fail(added.error());
  return size;
}

Result<std::map<std::string, int>> Reader::transitions_since(base::Instant since) {
  // Canonical: the members of a record are in order.
  const std::string from = R"({"at":")" + base::format_rfc3339(since).substr(0, 10);
  std::map<std::string, int> out;
  Statement& rows = database_->cached(kNewestRecords).bind(kRecordsMax);
  const ResetGuard guard(rows);
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    const std::string_view record = rows.view(0);
    if (record < from || record.find(R"("kind":"alert.)") == std::string_view::npos) continue;
    const auto parsed = base::parse_json(record);
    if (!parsed) continue;
    const base::Json data = parsed->value->value("data", base::Json::object());
    const auto finding = data.find("finding");
    if (finding != data.end() && finding->is_string()) ++out[finding->get<std::string>()];
  }
}

Result<std::vector<std::string>> Reader::notes_of(std::string_view kind) {
  // Canonical: quotes within a text are escaped, so that this stands nowhere else.
  const std::string part = R"("kind":")" + std::string(kind) + R"(",)";
  std::vector<std::string> out;
  Statement& rows = database_->cached(kRecordsWith).bind(part);
  const ResetGuard guard(rows);
  for (;;) {
    const Result<bool> row = rows.step();
    if (!row) return base::fail(row.error());
    if (!*row) return out;
    const auto parsed = base::parse_json(rows.view(0));
    if (!parsed || parsed->value->value("kind", base::Json()) != kind) continue;
    out.push_back(base::canonical_json(parsed->value->value("data", base::Json::object())));
  }
}

}  // namespace idpwatch::storage
