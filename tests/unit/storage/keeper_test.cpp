// The daemon's way to its store: what cannot be opened yet, what is damaged, what was taken away.
#include "storage/keeper.hpp"

#include "sample.hpp"
#include "storage/reader.hpp"
#include "tests/fakes/fake_clock.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::test;
using storage::Keeper;

namespace {

namespace fs = std::filesystem;

model::Batch note() {
  model::Batch batch;
  batch.notes = {{at(0), "start", "{}"}};
  return batch;
}

auto commit(Keeper& keeper, const model::Batch& batch) {
  const model::Batch* const one = &batch;
  return keeper.commit({&one, 1});
}

// All that a start reads.
base::Status read_all(storage::Reader& reader) {
  const auto alerts = reader.alerts();
  if (!alerts) return base::fail(alerts.error());
  const auto states = reader.timelines();
  if (!states) return base::fail(states.error());
  const auto authorities = reader.authorities();
  if (!authorities) return base::fail(authorities.error());
  for (const storage::AuthorityInfo& authority : *authorities) {
    const std::string& name = authority.name;
    const auto status = [](const auto& result) {
      return result ? base::Status(base::Ok{}) : base::fail(result.error());
    };
    storage::EventFilter filter;
    filter.authority = name;
    for (const base::Status& each :
         {status(reader.timeline(name)), status(reader.keys(name)), status(reader.kids(name)),
          status(reader.sightings(name)), status(reader.last_span(name)),
          status(reader.spans(name, at(-100'000'000), at(100'000'000))),
          status(reader.events(filter))}) {
      if (!each) return each;
    }
    const auto spans = reader.spans(name, at(-100'000'000), at(100'000'000));
    for (const model::ObservationSpan& span : *spans) {
      for (const std::string& sha256 : {span.discovery_sha256, span.jwks_sha256}) {
        if (const auto body = reader.document(sha256); !body) return base::fail(body.error());
      }
    }
  }
  return base::Ok{};
}

std::size_t files_like(const fs::path& directory, const std::string& part) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    const bool beside = name.ends_with("-wal") || name.ends_with("-shm");
    if (name.find(part) != std::string::npos && !beside) ++count;
  }
  return count;
}

}  // namespace

TEST_CASE("Damage that no check of pages sees costs one start, and no alert", "[storage]") {
  const std::string sample =
      GENERATE(as<std::string>(), "flipped-index-bit", "changed-schema-byte");
  CAPTURE(sample);
  const TemporaryDirectory directory;
  fs::copy_file(fs::path(IDPWATCH_TEST_DATA) / "damaged-databases" / (sample + ".db"),
                directory.database());
  const fakes::FakeClock clock;
  Keeper keeper(directory.path(), options(), clock);
  REQUIRE(keeper.open());
  REQUIRE(keeper.is_open());
  if (!keeper.moved_aside()) {
    auto reader = keeper.reader();
    REQUIRE(reader);
    const base::Status read = read_all(*reader);
    REQUIRE_FALSE(read);
    CHECK(reader->says_damage(read.error()));
    keeper.distrust(read.error().message);
    REQUIRE(keeper.commit({}));
  }
  const auto moved = keeper.moved_aside();
  REQUIRE(moved);
  CHECK(fs::exists(moved->to));
  CHECK(files_like(directory.path(), ".corrupt-") == 1);
  auto reader = keeper.reader();
  REQUIRE(reader);
  REQUIRE(read_all(*reader));
  CHECK(reader->alerts()->size() == 4);
  CHECK(commit(keeper, note()));
  keeper.close();
  storage::Store again = open_store(directory.path());
  CHECK_FALSE(again.moved_aside());
  CHECK(again.reader().verify_audit()->holds);
}

TEST_CASE("A file that is damaged while it is in use is moved aside, and the batch is stored",
          "[storage]") {
  const TemporaryDirectory directory;
  const fakes::FakeClock clock;
  Keeper keeper(directory.path(), options(), clock);
  REQUIRE(keeper.open());
  REQUIRE(commit(keeper, note()));
  keeper.distrust("a page is rubbish");
  model::Batch batch = note();
  batch.alerts = {alert("keyset-empty", "entra")};
  REQUIRE(commit(keeper, batch));
  const auto moved = keeper.moved_aside();
  REQUIRE(moved);
  CHECK(moved->reason == "a page is rubbish");
  CHECK(moved->old_head.size() == 64);
  auto reader = keeper.reader();
  CHECK(reader->alerts()->size() == 1);
  CHECK(reader->verify_audit()->records == 3);  // created, salvaged, the note
}

TEST_CASE("A disk that damages each file does not fill up with them", "[storage]") {
  const TemporaryDirectory directory;
  const fakes::FakeClock clock;
  Keeper keeper(directory.path(), options(), clock);
  REQUIRE(keeper.open());
  for (int i = 0; i < 10; ++i) {
    keeper.distrust("a page is rubbish");
    static_cast<void>(commit(keeper, note()));
  }
  CHECK(files_like(directory.path(), ".corrupt-") == 3);
  CHECK(commit(keeper, note()));
}

TEST_CASE("What cannot be opened at the start is opened as soon as it can be", "[storage]") {
  const TemporaryDirectory directory;
  write_file(directory.path() / "state", "in the way");
  const fakes::FakeClock clock;
  Keeper keeper(directory.path() / "state" / "idpwatch", options(), clock);
  REQUIRE(keeper.open());
  CHECK_FALSE(keeper.is_open());
  REQUIRE(keeper.fault());
  CHECK(keeper.fault()->what == storage::FaultClass::kRetry);
  auto nothing = keeper.reader();
  REQUIRE(nothing);
  CHECK(nothing->authorities()->empty());
  const auto failed = commit(keeper, note());
  REQUIRE_FALSE(failed);
  CHECK(failed.error().what == storage::FaultClass::kRetry);
  fs::remove(directory.path() / "state");
  CHECK(commit(keeper, note()));
  CHECK(keeper.is_open());
}

TEST_CASE("What is stored can be read without shared memory, after a kill as well", "[storage]") {
  const TemporaryDirectory directory;
  const TemporaryDirectory killed;
  {
    storage::Store store = open_store(directory.path());
    model::Batch batch = note();
    batch.alerts = {alert("keyset-empty", "entra")};
    REQUIRE(store.commit(batch));
    // As a kill would leave it: what was committed is in the log alone.
    fs::copy_file(directory.database(), killed.database());
    fs::copy_file(directory.database().string() + "-wal", killed.database().string() + "-wal");
  }
  for (const TemporaryDirectory* each : {&directory, &killed}) {
    // Shared memory cannot be made where a directory has its name.
    fs::create_directory(each->database().string() + "-shm");
    {
      auto alone = storage::Reader::open_alone(each->database());
      REQUIRE(alone);
      CHECK(alone->alerts()->size() == 1);
    }
    fs::remove(each->database().string() + "-shm");
    storage::Store store = open_store(each->path());
    CHECK(store.reader().alerts()->size() == 1);
  }
}

TEST_CASE("A file that was removed under a running daemon is made again", "[storage]") {
  const TemporaryDirectory directory;
  const fakes::FakeClock clock;
  Keeper keeper(directory.path(), options(), clock);
  REQUIRE(keeper.open());
  REQUIRE(commit(keeper, note()));
  for (const char* suffix : {"", "-wal", "-shm"}) {
    fs::remove(directory.database().string() + suffix);
  }
  REQUIRE(commit(keeper, note()));
  keeper.close();
  CHECK(open_store(directory.path()).reader().verify_audit()->holds);
}

TEST_CASE("Somebody else's lock and somebody else's file end the start", "[storage]") {
  const TemporaryDirectory directory;
  const fakes::FakeClock clock;
  SECTION("a daemon that runs") {
    const storage::Store running = open_store(directory.path());
    Keeper keeper(directory.path(), options(), clock);
    const auto opened = keeper.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == base::ErrorKind::kBusy);
    // Without its lock file, too.
    fs::remove(directory.path() / "idpwatch.lock");
    const auto again = keeper.open();
    REQUIRE_FALSE(again);
    CHECK(again.error().kind == base::ErrorKind::kBusy);
  }
  SECTION("a pipe") {
    const std::string name = GENERATE(as<std::string>(), "idpwatch.db", "idpwatch.lock");
    REQUIRE(::mkfifo((directory.path() / name).c_str(), 0600) == 0);
    Keeper keeper(directory.path(), options(), clock);
    const auto opened = keeper.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == base::ErrorKind::kConfig);
    CHECK_THAT(opened.error().text(), Catch::Contains("is not a regular file"));
    CHECK_FALSE(storage::Reader::open(directory.path()));
  }
  SECTION("a link in the place of the lock") {
    write_file(directory.path() / "theirs", "theirs");
    fs::create_symlink(directory.path() / "theirs", directory.path() / "idpwatch.lock");
    Keeper keeper(directory.path(), options(), clock);
    const auto opened = keeper.open();
    REQUIRE_FALSE(opened);
    CHECK(opened.error().kind == base::ErrorKind::kConfig);
    CHECK(read_file(directory.path() / "theirs") == "theirs");
  }
}
