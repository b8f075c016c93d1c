// A batch that the database refuses in part: the rest is stored, what is refused is kept in a file.
#include "storage/rejected.hpp"

#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sstream>
#include <sys/stat.h>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

// Of each kind of row a good one, and some that break a rule.
model::Batch mixed() {
  model::Batch batch;
  batch.documents = {document("{}"), document("other")};
  batch.documents[1].sha256 = std::string(64, 'a');  // of other bytes
  batch.spans = {span("entra", 100, 200), span("okta", 200, 100)};
  batch.sightings = {sighting("entra", "t1", 100, 50), sighting("entra", "t2", 100, 150)};
  batch.keys = {key("entra", "t1"), key("", "t2")};
  batch.events = {event(model::EventType::kKeyPublished, "entra", 1, "t1"),
                  event(model::EventType::kKeyPublished, "entra", 2, "t2"),
                  event(model::EventType::kKeysetEmpty, "entra", 3)};
  batch.notes = {{at(4), "start", "{}"}, {at(4), "start", "[1]"}};
  batch.alerts = {alert("keyset-empty", "entra")};
  batch.outbox = {message("m1", "oncall")};
  return batch;
}

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::istringstream text(read_file(file));
  std::vector<std::string> out;
  for (std::string line; std::getline(text, line);) out.push_back(line);
  return out;
}

}  // namespace

TEST_CASE("Of a batch that breaks rules all rows that break none are stored", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const model::Batch batch = mixed();
  const model::Batch* const one = &batch;
  REQUIRE_FALSE(store.commit_group({&one, 1}));
  CHECK(store.next_seq() == 1);
  const auto done = storage::commit_what_can_be(store, {&one, 1});
  REQUIRE(done);
  REQUIRE(done->size() == 1);
  const auto& rejected = done->front().rejected;
  REQUIRE(rejected);
  CHECK(rejected->rows == 5);  // a document, a span, a sighting, a note, a key
  CHECK(done->front().event_seqs == std::vector<std::int64_t>{1, 2, 3});

  storage::Reader& reader = store.reader();
  CHECK(reader.last_span("entra")->has_value());
  CHECK_FALSE(reader.last_span("okta")->has_value());
  CHECK(reader.sightings("entra")->size() == 1);
  CHECK(reader.keys("entra")->size() == 1);
  CHECK(reader.events({})->size() == 3);
  CHECK(reader.alerts()->size() == 1);
  CHECK(reader.outbox()->size() == 1);
  const auto audit = reader.verify_audit();
  CHECK(audit->holds);
  CHECK(audit->records == 6);  // with store.created and store.rejected

  const std::filesystem::path file = rejected->file;
  CHECK(file.parent_path() == directory.path() / "rejected");
  struct stat found{};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600U);
  const auto lines = lines_of(file);
  REQUIRE(lines.size() == 5);
  CHECK_THAT(lines[1], Catch::Contains("\"row\":\"span\"") && Catch::Contains("okta") &&
                           Catch::Contains("SQLITE_CONSTRAINT_CHECK"));
}

TEST_CASE("Later events are numbered as if rejected ones had never been", "[storage]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  batch.events = {event(model::EventType::kKeyPublished, "entra", 1, "t1"),
                  event(model::EventType::kKeyPublished, "entra", 2, "t2")};
  batch.events[0].authority = std::string("\0", 1);  // no rule of ours: it is stored
  batch.events[0].old_value = "1e999";
  batch.spans = {span("okta", 200, 100)};
  batch.outbox = {message("m1", "oncall"), message("m2", "oncall")};
  const std::string before = "{\"data\":{\"event\":{";
  for (std::size_t i = 0; i < batch.outbox.size(); ++i) {
    batch.outbox[i].body = before + "\"type\":\"key.published\"}}}";
    batch.outbox[i].number = model::NumberPlace{i, before.size()};
  }
  const model::Batch* const one = &batch;
  const auto done = storage::commit_what_can_be(store, {&one, 1});
  REQUIRE(done);
  const auto& committed = done->front();
  REQUIRE(committed.event_seqs.size() == 2);
  std::size_t numbered = 0;
  const auto outbox = store.reader().outbox();
  REQUIRE(outbox->size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const std::int64_t seq = committed.event_seqs[i];
    const std::string wanted = seq == 0 ? std::string() : "\"seq\":" + std::to_string(seq) + ",";
    CHECK(outbox->at(i).body == before + wanted + "\"type\":\"key.published\"}}}");
    numbered += seq == 0 ? 0 : 1;
  }
  CHECK(committed.numbered.size() == numbered);
  CHECK(store.reader().verify_audit()->holds);
}

TEST_CASE("Rejected rows are bounded in bytes and in files", "[storage]") {
  const TemporaryDirectory directory;
  const auto folder = directory.path() / "rejected";
  const base::Error why = base::make_error(base::ErrorKind::kStorage, "refused");
  for (int file = 0; file < 40; ++file) {
    storage::RejectedRows rows;
    for (int i = 0; i < 200; ++i) {
      rows.add(model::AuditNote{at(i), "start", std::string(100'000, 'x')}, why);
    }
    CHECK(rows.rows() == 200);
    REQUIRE(rows.keep(folder, "at-" + std::to_string(file) + ".jsonl"));
  }
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    CHECK(entry.file_size() <= storage::RejectedRows::kFileMax);
    ++files;
  }
  CHECK(files == storage::RejectedRows::kFilesMax);
}

TEST_CASE("A link in the place of the file is not written through", "[storage]") {
  const TemporaryDirectory directory;
  const auto folder = directory.path() / "rejected";
  std::filesystem::create_directory(folder);
  write_file(directory.path() / "other", "theirs");
  std::filesystem::create_symlink(directory.path() / "other", folder / "at-1.jsonl");
  storage::RejectedRows rows;
  rows.add(std::string("id"), base::make_error(base::ErrorKind::kStorage, "refused"));
  CHECK_FALSE(rows.keep(folder, "at-1.jsonl"));
  CHECK(read_file(directory.path() / "other") == "theirs");
}
