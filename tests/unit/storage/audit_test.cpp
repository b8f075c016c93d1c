#include "storage/audit.hpp"

#include "base/digest.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/sqlite.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <sstream>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

model::Batch some_history() {
  model::Batch batch;
  batch.events = {event(model::EventType::kKeyPublished, "entra", 1, "T1"),
                  event(model::EventType::kKeysetEmpty, "entra", 2)};
  batch.events[0].initial = true;
  batch.notes = {{at(3), "alert.firing", "{\"finding\":\"x\",\"ok\":true,\"n\":null,\"c\":-5}"}};
  return batch;
}

std::string exported(storage::Reader& reader) {
  std::string out;
  REQUIRE(reader.export_audit([&out](std::string_view line) -> base::Status {
    out.append(line).append("\n");
    return base::Ok{};
  }));
  return out;
}

storage::AuditReport verified(const std::string& text, std::string_view known_head = {}) {
  std::istringstream lines(text);
  return storage::verify_export(lines, known_head);
}

}  // namespace

TEST_CASE("The chain is what its formula says", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  REQUIRE(store.commit(some_history()));
  std::istringstream lines(exported(store.reader()));
  std::string line, hash;
  for (int seq = 0; seq < 4; ++seq) {
    REQUIRE(std::getline(lines, line));
    const auto entry = nlohmann::json::parse(line);
    const std::string record = entry["record"].dump();
    hash = base::sha256(std::string("idpwatch-audit-v1") + '\0' + hash + record);
    CHECK(entry["seq"] == seq);
    CHECK(entry["record"]["seq"] == seq);
    CHECK(entry["hash"] == base::hex_encode(hash));
  }
  REQUIRE(std::getline(lines, line));
  CHECK(line == "{\"records\":4,\"head\":\"" + store.head_hex() + "\"}");
  CHECK_FALSE(std::getline(lines, line));
}

TEST_CASE("Verifying a store and its export gives the same report", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const std::string first_head = store.head_hex();
  REQUIRE(store.commit(some_history()));
  const std::string text = exported(store.reader());
  for (const std::string& known : {std::string(), first_head, store.head_hex()}) {
    const auto own = store.reader().verify_audit(known);
    REQUIRE(own);
    CHECK(own->holds);
    CHECK(own->records == 4);
    CHECK(own->head == store.head_hex());
    const storage::AuditReport other = verified(text, known);
    CHECK(other.holds);
    CHECK(other.records == 4);
    CHECK(other.head == store.head_hex());
  }
  const std::string foreign(64, '0');
  CHECK_FALSE(store.reader().verify_audit(foreign)->holds);
  CHECK_FALSE(verified(text, foreign).holds);
}

TEST_CASE("Every changed byte of an export is found", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  REQUIRE(store.commit(some_history()));
  const std::string text = exported(store.reader());
  REQUIRE(verified(text).holds);
  std::size_t missed = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    for (const int flip : {0x01, 0x20, 0x80, text[i] ^ '\n', text[i] ^ ' ', text[i] ^ '0'}) {
      std::string changed = text;
      changed[i] = static_cast<char>(changed[i] ^ flip);
      if (changed == text) continue;
      const storage::AuditReport report = verified(changed);
      if (report.holds || !report.first_bad) ++missed;
    }
  }
  CHECK(missed == 0);
}

TEST_CASE("Every cut, and every byte added or taken away, is found", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  REQUIRE(store.commit(some_history()));
  const std::string text = exported(store.reader());
  for (std::size_t length = 0; length < text.size(); ++length) {
    REQUIRE_FALSE(verified(text.substr(0, length)).holds);
    std::string shorter = text;
    REQUIRE_FALSE(verified(shorter.erase(length, 1)).holds);
    std::string longer = text;
    REQUIRE_FALSE(verified(longer.insert(length, 1, ' ')).holds);
  }
  CHECK_FALSE(verified(text + "\n").holds);
  CHECK_FALSE(verified(text + text).holds);
}

TEST_CASE("Lines taken out, exchanged or repeated are found, naming the first bad seq",
          "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  REQUIRE(store.commit(some_history()));
  std::vector<std::string> lines;
  std::istringstream in(exported(store.reader()));
  for (std::string line; std::getline(in, line);) lines.push_back(line + "\n");
  const auto joined = [](const std::vector<std::string>& all) {
    std::string out;
    for (const std::string& line : all) out += line;
    return out;
  };
  auto changed = lines;
  changed.erase(changed.begin() + 1);
  CHECK(verified(joined(changed)).first_bad->seq == 1);
  changed = lines;
  std::swap(changed[1], changed[2]);
  CHECK(verified(joined(changed)).first_bad->seq == 1);
  changed = lines;
  changed.insert(changed.begin() + 2, lines[1]);
  CHECK(verified(joined(changed)).first_bad->seq == 2);
  changed = lines;
  changed.erase(changed.begin());
  CHECK(verified(joined(changed)).first_bad->seq == 0);
}

TEST_CASE("A record changed in the database itself is found", "[storage]") {
  const TemporaryDirectory directory;
  {
    storage::Store store = open_store(directory.path());
    REQUIRE(store.commit(some_history()));
  }
  auto db = storage::Database::open(directory.database(), storage::Access::kReadWrite);
  REQUIRE(db);
  const std::string change = GENERATE(
      "UPDATE audit SET record = CAST(replace(record, 'entra', 'x') AS BLOB) WHERE seq = 2",
      "UPDATE audit SET hash = zeroblob(32) WHERE seq = 2", "DELETE FROM audit WHERE seq = 2");
  const auto refused = (*db)->execute(change);
  REQUIRE_FALSE(refused);
  CHECK_THAT(refused.error().text(), Catch::Contains("append-only"));
  REQUIRE((*db)->execute("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;" + change));
  const auto report = storage::verify_chain(**db);
  REQUIRE(report);
  CHECK_FALSE(report->holds);
  REQUIRE(report->first_bad);
  CHECK(report->first_bad->seq == 2);
  CHECK(report->records == 2);
}

TEST_CASE("INSERT OR REPLACE does not overwrite a record", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  auto db = storage::Database::open(directory.database(), storage::Access::kReadWrite);
  REQUIRE((*db)->execute("PRAGMA recursive_triggers=ON"));  // as the writing connection has it
  CHECK_FALSE((*db)->execute("INSERT OR REPLACE INTO audit VALUES (0, zeroblob(32), x'00')"));
}

TEST_CASE("Only JSON that is written in one way gets into a record", "[storage]") {
  const auto refused = [](const std::string& data) {
    return !storage::note_record({at(0), "import", data}, 5).has_value();
  };
  CHECK_FALSE(refused("{\"a\":[1,-1,null,true,\"\xC3\xA9\",{\"b\":9007199254740991}]}"));
  CHECK_FALSE(refused(""));
  CHECK(refused("{\"a\":0.5}"));
  CHECK(refused("{\"a\":1.0}"));
  CHECK(refused("{\"a\":[[9007199254740992]]}"));
  CHECK(refused("{\"a\":-9007199254740992}"));
  CHECK(refused("{\"a\":18446744073709551615}"));
  CHECK(refused("{\"\xC3\xA9\":1}"));
  CHECK(refused("[]"));
  CHECK(refused("no JSON"));
  CHECK_FALSE(storage::note_record({at(0), "key.published", "{}"}, 5));
}

TEST_CASE("An event comes back from its record as it was, whatever a document held", "[storage]") {
  model::Event full = event(model::EventType::kKeyMetadataChanged, "entra", 77, "T1");
  full.kid = GENERATE(std::optional<std::string>("k\x1B[31m<script>"), std::nullopt);
  full.initial = true;
  full.first_absent_at = at(70);
  full.confirmed_at = at(77) + std::chrono::microseconds(5);
  full.fields = {"alg", "x5c"};
  full.old_value = GENERATE("{\"a\":1}", "\"text\"", "{\"a\":0.5}", "12345678901234567890",
                            "{\"\xC3\xA9\":1}", "");
  full.new_value = GENERATE("null", "{\"deep\":[[[1e300]]]}", "[\"b\",\"a\"]");
  const auto record = storage::event_record(full, 9);
  REQUIRE(record);
  CHECK(base::canonical_json(*base::parse_json(*record)->value) == *record);
  const auto back = storage::event_of_record(*record);
  REQUIRE(back);
  full.seq = 9;
  CHECK(text(*back) == text(full));
}
