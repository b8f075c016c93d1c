#include "storage/upkeep.hpp"

#include "base/text.hpp"
#include "storage/lock.hpp"
#include "storage/migrations.hpp"
#include "storage/open.hpp"
#include "storage/schema.hpp"
#include "storage/sqlite.hpp"
#include "storage/store.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::storage {
namespace {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using base::Status;

Result<std::unique_ptr<Database>> open_ours(const fs::path& file) {
  Result<std::unique_ptr<Database>> database = Database::open(file, Access::kReadOnly);
  if (!database) return base::fail(std::move(database.error()).in(file.string()));
  const auto identity = identify(**database, migrations().back().version);
  if (!identity) return base::fail(base::Error(identity.error()).in(file.string()));
  if (*identity == Identity::kOurs) return database;
  return base::fail(ErrorKind::kNotFound, file.string() + " is still empty",
                    "the daemon or `idpwatch import` fills it");
}

std::int64_t size_of(const fs::path& file) {
  std::error_code ignored;
  const auto size = fs::file_size(file, ignored);
  return ignored ? 0 : static_cast<std::int64_t>(size);
}

// The first thing that is wrong; empty: nothing.
Result<std::string> first_problem(Database& database) {
  for (const char* question : {"PRAGMA integrity_check(1)", "PRAGMA foreign_key_check"}) {
    const Result<std::string> answer = database.query_text(question);
    if (!answer) return base::fail(answer.error());
    if (*answer != "ok" && !answer->empty()) return base::printable(*answer, 500);
  }
  const Result<bool> same = has_our_schema(database, migrations());
  if (!same) return base::fail(same.error());
  return *same ? std::string() : std::string("its schema has been changed");
}

// With its mode from the first byte on; VACUUM INTO takes an empty file.
Status make_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) {
    return base::fail(
        ErrorKind::kUnreadable,
        "cannot create " + base::printable(file.string(), 500) + ": " + std::strerror(errno),
        errno == EEXIST ? "name a file that does not exist yet" : "");
  }
  ::close(fd);
  return base::Ok{};
}

// A copy that a power cut takes back is none.
Status sync_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = fd >= 0 && ::fsync(fd) == 0;
  if (fd >= 0) ::close(fd);
  if (synced) return base::Ok{};
  return base::fail(ErrorKind::kStorage, "cannot write " + base::printable(file.string(), 500) +
                                             " to disk: " + std::strerror(errno));
}

}  // namespace

Result<Soundness> check_database(const fs::path& path) {
  Soundness found;
  found.file = fs::absolute(database_file(path));
  const auto database = open_ours(found.file);
  if (!database) return base::fail(database.error());
  const Result<std::string> problem = first_problem(**database);
  if (!problem) return base::fail(problem.error());
  found.problem = *problem;
  const auto pages = (*database)->query_integer("PRAGMA freelist_count");
  const auto page = (*database)->query_integer("PRAGMA page_size");
  const auto schema = (*database)->query_integer("PRAGMA user_version");
  for (const auto* answer : {&pages, &page, &schema}) {
    if (!*answer) return base::fail(answer->error());
  }
  found.bytes = size_of(found.file);
  found.free_bytes = *pages * *page;
  found.schema = *schema;
  return found;
}

Status backup_database(const fs::path& path, const fs::path& to) {
  const auto database = open_ours(fs::absolute(database_file(path)));
  if (!database) return base::fail(database.error());
  if (Status made = make_file(to); !made) return made;
  Statement copy(**database, "VACUUM INTO ?1");
  const std::string target = to.string();
  Status done = copy.bind(target).run();
  if (done) done = sync_file(to);
  if (!done) {
    std::error_code ignored;
    fs::remove(to, ignored);
  }
  return done;
}

Result<Compacted> compact_database(const fs::path& path) {
  OpenOptions options;
  options.mode = OpenMode::kExisting;
  const Result<Claim> claimed = claim(path, options);
  if (!claimed) return base::fail(claimed.error());
  Compacted result;
  result.file = claimed->file;
  result.bytes_before = size_of(claimed->file);
  const auto database = open_claimed(*claimed, options);
  if (!database) return base::fail(database.error().error);
  for (const char* step : {"VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)"}) {
    if (Status done = (*database)->execute(step); !done) return base::fail(done.error());
  }
  result.bytes_after = size_of(claimed->file);
  return result;
}

}  // namespace idpwatch::storage
