#include "storage/upkeep.hpp"

#include "sample.hpp"
#include "storage/reader.hpp"

#include <catch2/catch.hpp>

#include <fstream>
#include <sys/stat.h>

using namespace idpwatch;
using namespace idpwatch::test;
namespace fs = std::filesystem;

TEST_CASE("a sound database is said to be sound, beside the one that writes it", "[upkeep]") {
  const TemporaryDirectory home;
  const auto store = open_store(home.path());
  const auto sound = storage::check_database(home.path());
  REQUIRE(sound);
  CHECK(sound->problem.empty());
  CHECK(sound->bytes > 0);
  CHECK(sound->file == home.database());
}

TEST_CASE("a copy is a database of its own, for its owner alone, and never replaces a file",
          "[upkeep]") {
  const TemporaryDirectory home;
  const auto store = open_store(home.path());
  const fs::path copy = home.path() / "it's a copy.db";
  REQUIRE(storage::backup_database(home.path(), copy));
  struct stat found{};
  REQUIRE(::stat(copy.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600U);
  auto reader = storage::Reader::open(copy);
  REQUIRE(reader);
  const auto chain = reader->verify_audit();
  REQUIRE(chain);
  CHECK(chain->holds);
  const auto again = storage::backup_database(home.path(), copy);
  REQUIRE_FALSE(again);
  CHECK(again.error().hint == "name a file that does not exist yet");
  CHECK(storage::check_database(copy)->problem.empty());
}

TEST_CASE("compacting waits for nobody who has the database, and keeps what is in it", "[upkeep]") {
  const TemporaryDirectory home;
  {
    const auto store = open_store(home.path());
    const auto busy = storage::compact_database(home.path());
    REQUIRE_FALSE(busy);
    CHECK(busy.error().kind == base::ErrorKind::kBusy);
  }
  const auto done = storage::compact_database(home.path());
  REQUIRE(done);
  CHECK(done->bytes_after > 0);
  CHECK(done->bytes_after <= done->bytes_before);
  auto reader = storage::Reader::open(home.path());
  REQUIRE(reader);
  CHECK(reader->verify_audit()->holds);
}

TEST_CASE("what is missing, foreign or damaged is an error or a problem, and is not touched",
          "[upkeep]") {
  const TemporaryDirectory home;
  CHECK(storage::check_database(home.path()).error().kind == base::ErrorKind::kNotFound);
  CHECK_FALSE(storage::backup_database(home.path(), home.path() / "copy.db"));
  CHECK_FALSE(fs::exists(home.path() / "copy.db"));
  CHECK_FALSE(storage::compact_database(home.path()));
  CHECK_FALSE(fs::exists(home.database()));
  std::ofstream(home.database())
      << "this is no database, and long enough to look like a file of one";
  CHECK_FALSE(storage::check_database(home.path()));
  CHECK_FALSE(storage::compact_database(home.path()));
  CHECK(fs::exists(home.database()));
}
