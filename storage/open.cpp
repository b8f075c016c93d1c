#include "storage/open.hpp"

#include "base/text.hpp"
#include "storage/migrations.hpp"
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

// statfs(2): locks are unreliable there, and WAL needs memory shared by all that open the file
// (facts 4.3).
Status refuse_network_file_system(const fs::path& directory) {
  constexpr std::array<std::uint32_t, 4> kNetwork{0x6969U, 0x517BU, 0xFF534D42U, 0xFE534D42U};
  struct statfs found{};
  if (::statfs(directory.c_str(), &found) != 0) {
    return unreadable("cannot look at " + directory.string(), errno);
  }
  for (const std::uint32_t magic : kNetwork) {
    if (static_cast<std::uint32_t>(found.f_type) != magic) continue;
    return base::fail(ErrorKind::kConfig, directory.string() + " is on a network file system",
                      "put state_dir on a local disk: SQLite's locks do not hold there");
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

bool damaged(int code) { return (code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB; }

// Nothing but "ok" from quick_check, which reads every page.
Status check_pages(Database& database) {
  const Result<std::string> answer = database.query_text("PRAGMA quick_check(1)");
  if (!answer) return base::fail(answer.error());
  if (*answer == "ok") return base::Ok{};
  database.error(SQLITE_CORRUPT);
  return base::fail(ErrorKind::kStorage, "the database is damaged: " + base::printable(*answer),
                    "at its next start the daemon moves it aside and begins anew");
}

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
  if (Status configured = configure_writer(database); !configured) return configured;
  if (options.pages_max) {
    const Status limited =
        database.execute("PRAGMA max_page_count=" + std::to_string(*options.pages_max));
    if (!limited) return limited;
  }
  return migrate(database, all);
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

// The three files belong together: the WAL may hold what the file lacks.
Result<MovedAside> move_aside(const fs::path& file, base::Instant now, std::string reason,
                              std::string old_head) {
  const fs::path to = free_name(file, now);
  for (const char* suffix : {"-wal", "-shm", ""}) {
    const fs::path from = file.string() + suffix;
    if (::rename(from.c_str(), (to.string() + suffix).c_str()) != 0 && errno != ENOENT) {
      const Status failed = unreadable("cannot move " + from.string() + " aside", errno);
      return base::fail(failed.error());
    }
  }
  return MovedAside{to, std::move(reason), std::move(old_head)};
}

std::string newest_hash(Database& database) {
  const Result<std::string> hash =
      database.query_text("SELECT lower(hex(hash)) FROM audit ORDER BY seq DESC LIMIT 1");
  return hash ? *hash : std::string();
}

struct Attempt {
  std::shared_ptr<Database> database;
  bool damaged = false;
  std::string old_head;
};

// A database that is ready, or the error with what can still be read of a damaged one.
Status attempt(const fs::path& file, const OpenOptions& options, Attempt& out) {
  const Access access = options.mode == OpenMode::kExisting ? Access::kReadWrite : Access::kCreate;
  Result<std::unique_ptr<Database>> database = Database::open(file, access);
  if (!database) return base::fail(database.error());
  out.database = std::move(*database);
  Status ready = make_ready(*out.database, options);
  if (ready) return ready;
  out.damaged = damaged(out.database->last_code());
  if (out.damaged) {
    out.old_head = newest_hash(*out.database);
    out.database->keep_wal_on_close();
  }
  out.database.reset();
  return ready;
}

}  // namespace

Result<Opened> open_for_writing(const fs::path& path, const OpenOptions& options) {
  std::error_code ignored;
  // A damaged database is moved aside by the daemon: never a file that is somebody else's.
  if (options.mode == OpenMode::kDaemon && fs::exists(path, ignored) &&
      !fs::is_directory(path, ignored)) {
    return base::fail(ErrorKind::kConfig, path.string() + " is no directory",
                      "state_dir names the directory that the database is put into");
  }
  const fs::path file = fs::absolute(database_file(path));
  if (Status made = prepare_directory(file.parent_path(), options.mode); !made) {
    return base::fail(made.error());
  }
  if (options.mode == OpenMode::kExisting && !fs::exists(file, ignored)) {
    return base::fail(ErrorKind::kNotFound, "there is no database " + file.string());
  }
  fs::path lock_file = file;
  Result<LockFile> lock = LockFile::take(lock_file.replace_extension(".lock"));
  if (!lock) return base::fail(lock.error());
  if (Status created = create_file(file); !created) return base::fail(created.error());

  Attempt first;
  Status opened = attempt(file, options, first);
  if (opened) return Opened{std::move(*lock), file, std::move(first.database), std::nullopt};
  if (!first.damaged || options.mode != OpenMode::kDaemon) {
    return base::fail(std::move(opened.error()).in(file.string()));
  }
  Result<MovedAside> moved =
      move_aside(file, options.now, opened.error().message, std::move(first.old_head));
  if (!moved) return base::fail(moved.error());
  if (Status created = create_file(file); !created) return base::fail(created.error());
  Attempt second;
  opened = attempt(file, options, second);
  if (!opened) return base::fail(std::move(opened.error()).in(file.string()));
  return Opened{std::move(*lock), file, std::move(second.database), std::move(*moved)};
}

}  // namespace idpwatch::storage
