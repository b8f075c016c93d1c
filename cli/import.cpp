#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/settings.hpp"
#include "daemon/importer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>

namespace idpwatch::cli {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{4} * 1024 * 1024 * 1024;

void add(daemon::ImportReport& sum, const daemon::ImportReport& more) {
  sum.records += more.records;
  sum.events += more.events;
  sum.authorities += more.authorities;
}

void print(const daemon::ImportReport& sum, std::size_t files, Output output, Streams& streams) {
  if (output == Output::kJson) {
    const nlohmann::ordered_json document{{"schema", "idpwatch.import/v1"},
                                          {"files", files},
                                          {"records", sum.records},
                                          {"events", sum.events}};
    streams.out << document.dump(2) << '\n';
  } else {
    streams.out << sum.records << " records of " << files << " files: " << sum.events
                << " events\n";
  }
}

}  // namespace

int run_import(const ImportOptions& options, Streams& streams) {
  const auto config = load_config_or_defaults(options.store.config, streams);
  if (!config) return kUsage;
  const base::SystemClock clock;
  storage::OpenOptions open;
  open.mode = storage::OpenMode::kCreate;
  open.now = clock.wall();
  open.instance = config->instance;
  auto store = storage::Store::open(options.store.db.value_or(config->state_dir), open);
  if (!store) return report(streams, store.error());

  base::SystemRandom random;
  daemon::ImportReport sum;
  std::size_t files = 0;
  ExitCode code = kFine;
  for (const std::string& file : options.files) {
    Progress progress(streams, clock);
    const auto text = base::read_file(file, kFileBytesMax);
    if (!text) {
      code = worst(code, report(streams, text.error()));
      continue;
    }
    const auto imported = daemon::import_records(
        *text, file, *store, random,
        {*config, [&](std::int64_t records) {
           progress.show(fmt::format("{}: {} records", base::printable(file), records));
         }});
    if (imported) {
      add(sum, *imported);
      ++files;
    } else {
      code = worst(code, report(streams, imported.error()));
    }
  }
  print(sum, files, options.output, streams);
  return code;
}

}  // namespace idpwatch::cli
