#include "base/clock.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "cli/commands.hpp"
#include "cli/progress.hpp"
#include "cli/settings.hpp"
#include "watch/importer.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace idpwatch::cli {
namespace {

constexpr std::size_t kFileBytesMax = std::size_t{4} * 1024 * 1024 * 1024;

void print(const watch::ImportReport& sum, std::size_t files, Output output, Streams& streams) {
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

// The files of one command, one after the other, into one store.
class Import {
 public:
  Import(const ImportOptions& options, const config::Config& config, Streams& streams)
      : config_(config), streams_(streams), state_(options.store.db.value_or(config.state_dir)) {}

  base::Result<watch::ImportReport> take(const std::string& name);

 private:
  base::Status open();

  const config::Config& config_;
  Streams& streams_;
  std::filesystem::path state_;
  base::SystemClock clock_;
  base::SystemRandom random_;
  std::optional<storage::Store> store_;
};

// Not before there is something to put in: a file that cannot be read leaves nothing behind.
base::Status Import::open() {
  if (store_) return base::Ok{};
  storage::OpenOptions open;
  open.mode = storage::OpenMode::kCreate;
  open.now = clock_.wall();
  open.instance = config_.instance;
  auto store = storage::Store::open(state_, open);
  if (!store) {
    base::Error error = store.error();
    if (error.kind == base::ErrorKind::kBusy) {
      error.hint = "stop the daemon while you import, or import into another database with --db";
    }
    return base::fail(std::move(error));
  }
  store_ = std::move(*store);
  return base::Ok{};
}

base::Result<watch::ImportReport> Import::take(const std::string& name) {
  Progress progress(streams_, clock_);
  const auto show = [&](std::int64_t records, std::int64_t of) {
    progress.show(of == 0
                      ? fmt::format("{}: checking", base::printable(name))
                      : fmt::format("{}: {} of {} records", base::printable(name), records, of));
  };
  const auto text = base::read_file(name, kFileBytesMax);
  if (!text) return base::fail(text.error());
  std::error_code ignored;
  if (!store_ && !std::filesystem::exists(storage::database_file(state_), ignored)) {
    const auto checked = watch::check_records(*text, name, clock_.wall(), nullptr);
    if (!checked) return base::fail(checked.error());
  }
  if (const auto opened = open(); !opened) return base::fail(opened.error());
  return watch::import_records(*text, name, *store_, random_, {config_, clock_.wall(), show});
}

}  // namespace

int run_import(const ImportOptions& options, Streams& streams) {
  const auto config = load_config_or_defaults(options.store.config, streams);
  if (!config) return kUsage;
  Import import(options, *config, streams);
  watch::ImportReport sum;
  std::size_t files = 0;
  ExitCode code = kFine;
  for (const std::string& file : options.files) {
    const auto imported = import.take(file);
    if (imported) {
      sum.records += imported->records;
      sum.events += imported->events;
      ++files;
    } else {
      code = worst(code, report(streams, imported.error()));
    }
  }
  print(sum, files, options.output, streams);
  return code;
}

}  // namespace idpwatch::cli
