#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::test;
using storage::OpenMode;
namespace fs = std::filesystem;

namespace {

base::Error refusal(const fs::path& path, OpenMode mode = OpenMode::kDaemon) {
  auto store = storage::Store::open(path, options(mode));
  REQUIRE_FALSE(store);
  return store.error();
}

unsigned mode_of(const fs::path& file) {
  struct stat found{};
  REQUIRE(::stat(file.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(directory)) {
    out.push_back(entry.path().filename().string());
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::string first_record(const fs::path& path) {
  auto reader = storage::Reader::open(path);
  REQUIRE(reader);
  std::string first;
  REQUIRE(reader->export_audit([&first](std::string_view line) -> base::Status {
    if (first.empty()) first = line;
    return base::Ok{};
  }));
  return first;
}

// Fills a store and ends it cleanly.
void fill(const fs::path& path) {
  storage::Store store = open_store(path);
  model::Batch batch;
  for (int i = 0; i < 200; ++i) {
    batch.documents.push_back(document("document " + std::to_string(i) + std::string(2000, 'x')));
    batch.events.push_back(event(model::EventType::kKeysetEmpty, "entra", i));
  }
  batch.alerts = {alert("keyset-empty", "entra")};
  batch.outbox = {message("m1", "oncall")};
  REQUIRE(store.commit(batch));
}

}  // namespace

TEST_CASE("The state directory and its files are for nobody else's eyes", "[storage]") {
  const TemporaryDirectory directory;
  const fs::path state = directory.path() / "deep" / "state";
  const mode_t before = ::umask(0);
  {
    storage::Store store = open_store(state);
    model::Batch batch;
    batch.events = {event(model::EventType::kKeysetEmpty, "entra", 1)};
    REQUIRE(store.commit(batch));
    CHECK(mode_of(state) == 0700);
    for (const char* name :
         {"idpwatch.db", "idpwatch.db-wal", "idpwatch.db-shm", "idpwatch.lock"}) {
      INFO(name);
      CHECK(mode_of(state / name) == 0600);
    }
  }
  ::umask(before);
  CHECK(names_in(state) == std::vector<std::string>{"idpwatch.db", "idpwatch.lock"});
}

TEST_CASE("The writing connection is set as the design asks", "[storage]") {
  const TemporaryDirectory directory;
  {
    const storage::Store store = open_store(directory.path());
  }
  auto db = storage::Database::open(directory.database(), storage::Access::kReadOnly);
  REQUIRE(db);
  CHECK((*db)->query_integer("PRAGMA application_id") == 0x69647077);
  CHECK((*db)->query_text("PRAGMA journal_mode") == "wal");
  CHECK(value_of((*db)->query_integer("PRAGMA user_version")) >= 1);
  CHECK((*db)->query_integer("PRAGMA trusted_schema") == 0);
}

TEST_CASE("A second writer is told who holds the lock", "[storage]") {
  const TemporaryDirectory directory;
  {
    const storage::Store store = open_store(directory.path());
    const base::Error error = refusal(directory.path());
    CHECK(error.kind == base::ErrorKind::kBusy);
    CHECK_THAT(error.text(), Catch::Contains("another idpwatch (process " +
                                             std::to_string(::getpid()) + ") holds"));
    CHECK_FALSE(error.hint.empty());
  }
  open_store(directory.path());
}

TEST_CASE("What is missing is made, unless only an existing database was asked for", "[storage]") {
  const TemporaryDirectory directory;
  CHECK(refusal(directory.path() / "no", OpenMode::kExisting).kind == base::ErrorKind::kNotFound);
  CHECK(refusal(directory.path(), OpenMode::kExisting).kind == base::ErrorKind::kNotFound);
  CHECK(names_in(directory.path()).empty());
  const fs::path file = directory.path() / "other.db";
  CHECK(open_store(file, OpenMode::kCreate).file() == file);
  CHECK(open_store(file, OpenMode::kExisting).next_seq() == 1);
}

TEST_CASE("The store keeps its id and goes on with its chain", "[storage]") {
  const TemporaryDirectory directory;
  std::string id, head;
  {
    storage::Store store = open_store(directory.path());
    id = store.store_id();
    model::Batch batch;
    batch.notes = {{at(1), "start", "{}"}};
    REQUIRE(store.commit(batch));
    head = store.head_hex();
  }
  CHECK(id.size() == 32);
  const storage::Store store = open_store(directory.path());
  CHECK(store.store_id() == id);
  CHECK(store.next_seq() == 2);
  CHECK(store.head_hex() == head);
  const TemporaryDirectory other;
  CHECK(open_store(other.path()).store_id() != id);
}

TEST_CASE("The database of another program is refused and left as it is", "[storage]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.database();
  {
    auto db = storage::Database::open(file, storage::Access::kCreate);
    REQUIRE((*db)->execute("CREATE TABLE theirs (x)"));
  }
  const std::string before = read_file(file);
  const base::Error error = refusal(directory.path());
  CHECK(error.kind == base::ErrorKind::kConfig);
  CHECK_THAT(error.text(), Catch::Contains("another program"));
  CHECK_FALSE(error.hint.empty());
  CHECK(read_file(file) == before);
  CHECK(storage::Reader::open(file).error().kind == base::ErrorKind::kConfig);
}

TEST_CASE("A database of a newer idpwatch is refused and left as it is", "[storage]") {
  const TemporaryDirectory directory;
  fill(directory.path());
  {
    auto db = storage::Database::open(directory.database(), storage::Access::kReadWrite);
    REQUIRE((*db)->execute("PRAGMA user_version=999"));
  }
  const base::Error error = refusal(directory.path());
  CHECK(error.kind == base::ErrorKind::kConfig);
  CHECK_THAT(error.text(), Catch::Contains("schema version 999"));
  CHECK_THAT(error.hint, Catch::Contains("newer idpwatch"));
  CHECK(storage::Reader::open(directory.path()).error().kind == base::ErrorKind::kConfig);
}

TEST_CASE("A file that is named as the state directory is left alone", "[storage]") {
  const TemporaryDirectory directory;
  const fs::path file = directory.path() / "notes.txt";
  write_file(file, "mine");
  CHECK(refusal(file).kind == base::ErrorKind::kConfig);
  CHECK(read_file(file) == "mine");
}

TEST_CASE("A damaged database is moved aside by the daemon, the new one says so", "[storage]") {
  const TemporaryDirectory directory;
  fill(directory.path());
  const std::string old_head = [&] {
    auto reader = storage::Reader::open(directory.path());
    return reader->verify_audit()->head;
  }();
  std::string bytes = read_file(directory.database());
  const bool whole_head = GENERATE(true, false);
  if (whole_head) {
    bytes.replace(4096 * 60, 4096, std::string(4096, '\x55'));  // some page in the middle
  } else {
    bytes.replace(0, 100, std::string(100, '\x55'));  // the header
  }
  write_file(directory.database(), bytes);

  CHECK(refusal(directory.path(), OpenMode::kCreate).kind == base::ErrorKind::kStorage);
  CHECK(read_file(directory.database()) == bytes);

  storage::Store store = open_store(directory.path());
  REQUIRE(store.moved_aside());
  const fs::path aside = directory.path() / "idpwatch.db.corrupt-20260301T000000Z";
  CHECK(store.moved_aside()->to == aside);
  CHECK(read_file(aside) == bytes);
  CHECK(store.next_seq() == 2);
  CHECK(store.reader().verify_audit()->holds);
  const std::string record = first_record(directory.path());
  CHECK_THAT(record, Catch::Contains("idpwatch.db.corrupt-20260301T000000Z"));
  if (whole_head) {
    CHECK(store.moved_aside()->old_head == old_head);
    CHECK_THAT(record, Catch::Contains("\"head\":\"" + old_head + "\""));
    // Nobody is told twice: what was open, and what was waiting, is taken over.
    REQUIRE(value_of(store.reader().alerts()).size() == 1);
    CHECK(value_of(store.reader().alerts())[0].notified.size() == 1);
    CHECK(value_of(store.reader().outbox()).size() == 1);
  } else {
    CHECK_THAT(record, Catch::Contains("\"head\":null"));
    CHECK_THAT(record, Catch::Contains("SQLITE_NOTADB"));
  }
}

TEST_CASE("A second damaged database on the same second gets a name of its own", "[storage]") {
  const TemporaryDirectory directory;
  for (int i = 0; i < 2; ++i) {
    write_file(directory.database(), std::string(8192, '\x55'));
    const storage::Store store = open_store(directory.path());
    REQUIRE(store.moved_aside());
  }
  CHECK(names_in(directory.path()) ==
        std::vector<std::string>{"idpwatch.db", "idpwatch.db.corrupt-20260301T000000Z",
                                 "idpwatch.db.corrupt-20260301T000000Z-2", "idpwatch.lock"});
}

TEST_CASE("A file that ends short is damaged, an empty one is new", "[storage]") {
  const TemporaryDirectory directory;
  fill(directory.path());
  const std::string bytes = read_file(directory.database());
  write_file(directory.database(), bytes.substr(0, bytes.size() / 2));
  CHECK(open_store(directory.path()).moved_aside());
  const TemporaryDirectory other;
  write_file(other.database(), "");
  CHECK_FALSE(open_store(other.path()).moved_aside());
}
