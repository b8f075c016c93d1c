// However large the database is, its questions go by indexes: the plans of all statements that were
// asked name no table that grows as one to be read from end to end.
#include "sample.hpp"
#include "storage/migrations.hpp"
#include "storage/reader.hpp"
#include "storage/schema.hpp"
#include "storage/span_compactor.hpp"
#include "storage/sqlite.hpp"
#include "storage/writer.hpp"

#include <catch2/catch.hpp>
#include <sqlite3.h>

#include <set>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

// Texts of what was prepared on this connection.
std::set<std::string> statements(storage::Database& database) {
  std::set<std::string> out;
  for (sqlite3_stmt* each = sqlite3_next_stmt(database.handle(), nullptr); each != nullptr;
       each = sqlite3_next_stmt(database.handle(), each)) {
    out.insert(sqlite3_sql(each));
  }
  return out;
}

std::vector<std::string> plan_of(storage::Database& database, const std::string& sql) {
  const std::string question = "EXPLAIN QUERY PLAN " + sql;
  storage::Statement rows(database, question);
  rows.bind();
  std::vector<std::string> out;
  for (;;) {
    const auto row = rows.step();
    if (!row) FAIL(row.error().text() << ": " << sql);
    if (!*row) return out;
    out.push_back(rows.text(3));
  }
}

bool reads_a_large_table(const std::string& step) {
  const std::set<std::string> large = {"span", "document", "fragment", "key",
                                       "kid",  "sighting", "event",    "audit"};
  if (!step.starts_with("SCAN ")) return false;
  const std::string table = step.substr(5, step.find(' ', 5) - 5);
  return large.contains(table);
}

void ask_everything(storage::Reader& reader) {
  value_of(reader.authorities());
  value_of(reader.key_set("entra", at(30)));
  for (const std::string authority : {"", "entra"}) {
    for (const bool newest_first : {false, true}) {
      storage::EventFilter filter;
      filter.authority = authority;
      filter.newest_first = newest_first;
      filter.type = "key.";
      filter.limit = newest_first ? 10 : 0;
      value_of(reader.events(filter));
    }
  }
  value_of(reader.timeline("entra"));
  value_of(reader.timelines());
  value_of(reader.kids("entra"));
  value_of(reader.last_span("entra"));
  value_of(reader.spans("entra", at(0), at(100)));
  value_of(reader.stored_since("entra", at(0)));
  value_of(reader.alerts());
  value_of(reader.outbox());
}

model::Batch rows() {
  model::Batch batch;
  const std::string body = R"({"keys":[]})";
  batch.documents = {document(body)};
  batch.spans = {span("entra", 0, 60, body), span("entra", 120, 180, body),
                 span("entra", 240, 300)};
  batch.keys = {key("entra", "t1")};
  batch.kids = {{"entra", "a", {"t1"}}};
  batch.sightings = {sighting("entra", "t1", 0, 60)};
  model::TimelineState state;
  state.authority = "entra";
  batch.timelines = {state};
  batch.events = {event(model::EventType::kKeyPublished, "entra", 0, "t1")};
  batch.alerts = {alert("keyset-empty", "entra")};
  batch.outbox = {message("m1", "oncall")};
  return batch;
}

}  // namespace

TEST_CASE("Questions, writes and retention read no large table from end to end", "[storage]") {
  std::shared_ptr<storage::Database> database = value_of(storage::Database::open_in_memory());
  REQUIRE(storage::migrate(*database, storage::migrations()));
  const std::set<std::string> before = statements(*database);
  storage::Writer writer(*database);
  REQUIRE(writer.load_head());
  const model::Batch batch = rows();
  const model::Batch* const one = &batch;
  REQUIRE(writer.write({&one, 1}));
  storage::SpanCompactor compactor(*database);
  REQUIRE(compactor.slice(at(1000)));
  storage::Reader reader(database);
  ask_everything(reader);

  std::set<std::string> asked = statements(*database);
  for (const std::string& each : before) asked.erase(each);
  REQUIRE(asked.size() > 40);
  for (const std::string& sql : asked) {
    if (sql.ends_with("ORDER BY seq DESC LIMIT 1")) continue;  // the last row, by its number
    for (const std::string& step : plan_of(*database, sql)) {
      INFO(sql << "\n" << step);
      CHECK_FALSE(reads_a_large_table(step));
    }
  }
}
