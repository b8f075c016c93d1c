// Recorded observations into the store of a running watch: read in pieces, between the looks; what
// came of them is given to the store as one batch, so that a crash leaves all of a file or nothing.
#include "base/log.hpp"
#include "base/text.hpp"
#include "daemon/watch.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::daemon {

namespace {

// A piece: far less than a look takes, so that no look is late for it.
constexpr std::int64_t kRecordsPerPiece = 200;
constexpr base::Duration kPauseBetween = base::milliseconds(2);
constexpr base::Duration kPauseForStore = base::milliseconds(20);

}  // namespace

base::Status Watch::import(const ImportTaskPtr& task) {
  if (draining_ || importing_ || task->status().state != ImportStatus::State::kRunning) {
    return base::fail(base::ErrorKind::kBusy, "another import is running, or the daemon is ending",
                      "try again when it is done");
  }
  for (const std::string& name : task->checked().authorities) {
    if (pipeline_.find(name) == nullptr) continue;
    return base::fail(
        base::ErrorKind::kInput, "'" + base::printable(name) + "' is watched by this daemon",
        "its records come from its own looks; import those of others, or into another database "
        "with --db");
  }
  importing_.reset(new Importing{
      task,
      ImportRun(task->text(), task->checked(), *config_, parts_.random, *stored_, 1,
                [this](model::Batch&& batch) { importing_->whole.append(std::move(batch)); }),
      {},
      rejected_,
      false,
      false});
  base::log::info("import", "importing " + base::printable(task->status().name) + ": " +
                                std::to_string(task->checked().records) + " records");
  plan_import(base::Duration(0));
  return base::Ok{};
}

void Watch::plan_import(base::Duration wait) {
  import_timer_ = parts_.scheduler.at(parts_.scheduler.now().boottime + wait,
                                      [this](const net::Now&) { go_on_importing(); });
}

void Watch::go_on_importing() {
  Importing& importing = *importing_;
  const bool busy = given_ > taken_ || !backlog_.empty();
  if (importing.given) {
    if (busy) return plan_import(kPauseForStore);
    return end_import(rejected_ == importing.rejected_before
                          ? std::optional<base::Error>()
                          : base::make_error(base::ErrorKind::kStorage,
                                             "the database refused the records",
                                             "the log says which and why; nothing of the file is "
                                             "stored"));
  }
  if (importing.read) {
    // However large it is: a store with nothing else to do takes it.
    if (busy) return plan_import(kPauseForStore);
    importing.given = true;
    importing.rejected_before = rejected_;
    pipeline_.number(importing.whole);
    submit(last_ticket_, std::move(importing.whole));
    return plan_import(kPauseForStore);
  }
  const auto more = importing.run.step(kRecordsPerPiece);
  importing.task->advance(importing.run.report());
  if (!more) return end_import(more.error());
  importing.read = !*more;
  plan_import(kPauseBetween);
}

void Watch::end_import(std::optional<base::Error> why) {
  const ImportTaskPtr task = importing_->task;
  importing_.reset();
  changed_ = true;
  const ImportStatus status = task->status();
  const std::string what = base::printable(status.name) + ": " + std::to_string(status.records) +
                           " of " + std::to_string(status.of) + " records, " +
                           std::to_string(status.events) + " events";
  if (why) {
    base::log::error("import", what + ": " + why->text());
    task->fail(std::move(*why));
  } else {
    base::log::info("import", "imported " + what);
    task->done();
  }
}

}  // namespace idpwatch::daemon
