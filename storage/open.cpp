#include "storage/open.hpp"

#include "base/text.hpp"
#include "storage/fault.hpp"
#include "storage/migrations.hpp"
#include "storage/salvage.hpp"
#include "storage/schema.hpp"
#include "storage/sqlite.hpp"

#include <sqlite3.h>

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace idpwatch::storage {

namespace fs = std::filesystem;
using base::ErrorKind;
using base::Result;
using base::Status;

fs::path database_file(const fs::path& state_dir_or_file) {
  std::error_code ignored;
  if (fs::is_directory(state_dir_or_file, ignored)) return state_dir_or_file / "idpwatch.db";
  if (fs::exists(state_dir_or_file, ignored)) return state_dir_or_file;
  if (state_dir_or_file.extension() == ".db") return state_dir_or_file;
  return state_dir_or_file / "idpwatch.db";
}

namespace {

Status unreadable(const std::string& what, int error) {
  return base::fail(ErrorKind::kUnreadable, what + ": " + std::generic_category().message(error),
                    "check owner and permissions, and that the disk is not mounted read-only");
}

// statfs(2): locks are unreliable there, and WAL needs memory shared by all that open the file.
Status refuse_network_file_system(const fs::path& directory) {
  constexpr std::array<std::uint32_t, 4> kNetwork{0x6969U, 0x517BU, 0xFF534D42U, 0xFE534D42U};
  struct statfs found{};
  if (::statfs(directory.c_str(), &found) != 0) {
    return unreadable("cannot examine " + directory.string(), errno);
  }
  for (const std::uint32_t magic : kNetwork) {
    if (static_cast<std::uint32_t>(found.f_type) != magic) continue;
    return base::fail(ErrorKind::kConfig, directory.string() + " is on a network file system",
                      "put state_dir on a local disk: SQLite's locks do not work there");
  }
  return base::Ok{};
}

Status prepare_directory(const fs::path& directory, OpenMode mode) {
  std::error_code error;
  if (!fs::exists(directory, error)) {
    if (mode == OpenMode::kExisting) {
      return base::fail(ErrorKind::kNotFound, "there is no directory " + directory.string());
    }
    if (directory.has_parent_path()) fs::create_directories(directory.parent_path(), error);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) {
      return unreadable("cannot make the directory " + directory.string(), errno);
    }
  }
  return refuse_network_file_system(directory);
}

// With 0600 before SQLite opens it: the WAL takes the mode of the file, and the umask of a process
// with threads is not ours to change.
Status create_file(const fs::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    return base::Ok{};
  }
  if (errno == EEXIST) return base::Ok{};
  return unreadable("cannot make the database " + file.string(), errno);
}

// Nothing but "ok" from quick_check, which reads every page.
Status check_pages(Database& database) {
  const Result<std::string> answer = database.query_text("PRAGMA quick_check(1)");
  if (!answer) return base::fail(answer.error());
  if (*answer == "ok") return base::Ok{};
  database.error(SQLITE_CORRUPT);
  return base::fail(ErrorKind::kStorage, "the database is damaged: " + base::printable(*answer),
                    "at its next start the daemon moves it aside and starts a new one");
}

// One byte in the text of the schema is enough for a column that nobody finds; the pages are sound.
Status check_schema(Database& database) {
  const Result<bool> same = has_our_schema(database, migrations());
  if (!same) return base::fail(same.error());
  if (*same) return base::Ok{};
  database.error(SQLITE_CORRUPT);
  return base::fail(ErrorKind::kStorage, "the database is damaged: its schema has been changed",
                    "at its next start the daemon moves it aside and starts a new one");
}

// Of pages. A long import touches more than SQLite's 2 MiB in one transaction, and would write them
// twice; the daemon's transactions are small, and its memory is there for as long as it runs.
constexpr int kImportCacheKib = 16384, kDaemonCacheKib = 2048;

Status make_ready(Database& database, const OpenOptions& options) {
  const auto all = migrations();
  const Result<Identity> identity = identify(database, all.back().version);
  if (!identity) return base::fail(identity.error());
  if (*identity == Identity::kEmpty && options.mode == OpenMode::kExisting) {
    return base::fail(ErrorKind::kNotFound, "the database is empty");
  }
  if (*identity == Identity::kOurs) {
    if (Status checked = check_pages(database); !checked) return checked;
  }
  const int cache = options.mode == OpenMode::kDaemon ? kDaemonCacheKib : kImportCacheKib;
  if (Status configured = configure_writer(database, cache); !configured) return configured;
  if (options.pages_max) {
    const Status limited =
        database.execute("PRAGMA max_page_count=" + std::to_string(*options.pages_max));
    if (!limited) return limited;
  }
  if (Status migrated = migrate(database, all); !migrated) return migrated;
  return check_schema(database);
}

std::string stamp(base::Instant now) {
  std::string text = base::format_rfc3339(std::chrono::floor<std::chrono::seconds>(now));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

fs::path free_name(const fs::path& file, base::Instant now) {
  const fs::path wanted = file.string() + ".corrupt-" + stamp(now);
  fs::path name = wanted;
  std::error_code ignored;
  for (int n = 2; fs::exists(name, ignored); ++n) name = wanted.string() + "-" + std::to_string(n);
  return name;
}

// Another name for the three files, which belong together: the WAL may hold what the file lacks.
Result<fs::path> rename_all(const fs::path& file, base::Instant now) {
  const fs::path to = free_name(file, now);
  for (const char* suffix : {"-wal", "-shm", ""}) {
    const fs::path from = file.string() + suffix;
    if (::rename(from.c_str(), (to.string() + suffix).c_str()) != 0 && errno != ENOENT) {
      const Status failed = unreadable("cannot move " + from.string() + " aside", errno);
      return base::fail(failed.error());
    }
  }
  return to;
}

}  // namespace

std::string newest_hash(Database& database) {
  const Result<std::string> hash =
      database.query_text("SELECT lower(hex(hash)) FROM audit ORDER BY seq DESC LIMIT 1");
  return hash ? *hash : std::string();
}

Result<Claim> claim(const fs::path& path, const OpenOptions& options) {
  std::error_code ignored;
  // A damaged database is moved aside by the daemon: never a file that is somebody else's.
  if (options.mode == OpenMode::kDaemon && fs::exists(path, ignored) &&
      !fs::is_directory(path, ignored)) {
    return base::fail(ErrorKind::kConfig, path.string() + " is not a directory",
                      "state_dir names the directory that the database is put into");
  }
  const fs::path file = fs::absolute(database_file(path));
  if (Status made = prepare_directory(file.parent_path(), options.mode); !made) {
    return base::fail(made.error());
  }
  if (options.mode == OpenMode::kExisting && !fs::exists(file, ignored)) {
    return base::fail(ErrorKind::kNotFound, "there is no database " + file.string());
  }
  Result<WriterLock> lock = WriterLock::take(file);
  if (!lock) return base::fail(lock.error());
  return Claim{std::make_shared<WriterLock>(std::move(*lock)), file};
}

tl::expected<std::shared_ptr<Database>, OpenFault> open_claimed(const Claim& claim,
                                                                const OpenOptions& options) {
  const fs::path& file = claim.file;
  const auto failed = [&file](base::Error error) {
    return tl::unexpected<OpenFault>(OpenFault{std::move(error).in(file.string()), false, {}});
  };
  if (options.mode != OpenMode::kExisting) {
    if (Status created = create_file(file); !created) return failed(created.error());
  }
  if (Status held = claim.lock->hold_database(); !held) return failed(held.error());
  const Access access = options.mode == OpenMode::kExisting ? Access::kReadWrite : Access::kCreate;
  Result<std::unique_ptr<Database>> opened = Database::open(file, access);
  if (!opened) return failed(opened.error());
  std::shared_ptr<Database> database = std::move(*opened);
  Status ready = make_ready(*database, options);
  if (ready) return database;
  OpenFault fault{std::move(ready.error()).in(file.string()), false, {}};
  if (is_damage(database->last_code())) {
    fault.damaged = true;
    fault.old_head = newest_hash(*database);
    database->keep_wal_on_close();
  }
  return tl::unexpected<OpenFault>(std::move(fault));
}

Result<Predecessor> move_aside(const Claim& claim, base::Instant now, std::string reason,
                               std::string old_head) {
  const Result<fs::path> to = rename_all(claim.file, now);
  if (!to) return base::fail(to.error());
  return Predecessor{{*to, std::move(reason), std::move(old_head)}, salvage(*to, now)};
}

}  // namespace idpwatch::storage
