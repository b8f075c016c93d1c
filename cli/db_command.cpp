#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/settings.hpp"
#include "cli/terminal.hpp"
#include "storage/upkeep.hpp"

#include <nlohmann/json.hpp>

#include <string>

namespace idpwatch::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string shown(const std::filesystem::path& path) { return base::printable(path.string(), 500); }

std::string size(std::int64_t bytes) {
  constexpr std::int64_t kKib = 1024;
  return std::to_string((bytes + kKib - 1) / kKib) + " KiB";
}

void print(const Json& document, Streams& streams) { streams.out << document.dump(2) << '\n'; }

int check(const std::string& path, const DbOptions& options, Streams& streams) {
  const auto found = storage::check_database(path);
  if (!found) return report(streams, found.error());
  const bool sound = found->problem.empty();
  if (options.output == Output::kJson) {
    print({{"schema", "idpwatch.db-check/v1"},
           {"file", shown(found->file)},
           {"sound", sound},
           {"problem", sound ? Json(nullptr) : Json(found->problem)},
           {"bytes", found->bytes},
           {"free_bytes", found->free_bytes},
           {"schema_version", found->schema}},
          streams);
  } else if (sound) {
    streams.out << paint("sound", Colour::kGreen, streams.colour) << "  " << shown(found->file)
                << ": " << size(found->bytes) << ", of which " << size(found->free_bytes)
                << " are free (idpwatch db compact)\n";
  } else {
    streams.out << paint("damaged", Colour::kRed, streams.colour) << "  " << shown(found->file)
                << ": " << found->problem
                << "\n  restore a backup, or start the daemon: it moves the file aside"
                << " and starts a new one\n";
  }
  return sound ? kFine : kFound;
}

int backup(const std::string& path, const DbOptions& options, Streams& streams) {
  if (const auto done = storage::backup_database(path, options.file); !done) {
    return report(streams, done.error());
  }
  if (options.output == Output::kJson) {
    print({{"schema", "idpwatch.db-backup/v1"}, {"file", base::printable(options.file, 500)}},
          streams);
  } else {
    streams.out << base::printable(options.file, 500) << ": written\n";
  }
  return kFine;
}

int compact(const std::string& path, const DbOptions& options, Streams& streams) {
  const auto done = storage::compact_database(path);
  if (!done) return report(streams, done.error());
  if (options.output == Output::kJson) {
    print({{"schema", "idpwatch.db-compact/v1"},
           {"file", shown(done->file)},
           {"bytes_before", done->bytes_before},
           {"bytes_after", done->bytes_after}},
          streams);
  } else {
    streams.out << shown(done->file) << ": " << size(done->bytes_before) << " before, "
                << size(done->bytes_after) << " now\n";
  }
  return kFine;
}

}  // namespace

int run_db(const DbOptions& options, Streams& streams) {
  std::string path = options.store.db.value_or("");
  if (!options.store.db) {
    const auto config = load_config_or_defaults(options.store.config, streams);
    if (!config) return kUsage;
    path = config->state_dir;
  }
  switch (options.action) {
    case DbAction::kBackup:
      return backup(path, options, streams);
    case DbAction::kCompact:
      return compact(path, options, streams);
    case DbAction::kCheck:
      break;
  }
  return check(path, options, streams);
}

}  // namespace idpwatch::cli
