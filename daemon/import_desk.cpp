#include "daemon/import_desk.hpp"

#include "storage/reader.hpp"

#include <utility>

namespace idpwatch::daemon {

namespace {

base::Error another_runs(const std::string& name) {
  return base::make_error(base::ErrorKind::kBusy, "another import is running: " + name,
                          "one file at a time: try again when it is done");
}

}  // namespace

base::Result<ImportStatus> ImportDesk::take(const std::string& name, std::string text) {
  std::uint64_t id = 0;
  {
    const std::lock_guard lock(mutex_);
    if (taking_) return base::fail(another_runs(name));
    if (task_ && task_->status().state == ImportStatus::State::kRunning) {
      return base::fail(another_runs(task_->status().name));
    }
    taking_ = true;
    id = ++last_id_;
  }
  // Reading and checking may take a second: other questions must not wait for it.
  auto task = check(id, name, std::move(text));
  base::Status started = task ? start_(*task) : base::fail(task.error());
  const std::lock_guard lock(mutex_);
  taking_ = false;
  if (!started) {
    // Also when the loop did not come to it in time: it must not begin later.
    if (task) (*task)->fail(started.error());
    return base::fail(started.error());
  }
  task_ = std::move(*task);
  return task_->status();
}

base::Result<ImportTaskPtr> ImportDesk::check(std::uint64_t id, const std::string& name,
                                              std::string text) {
  auto reader = storage::Reader::open(database_path_);
  if (!reader) return base::fail(reader.error());
  auto checked = check_records(text, name, &*reader);
  if (!checked) return base::fail(checked.error());
  return std::make_shared<ImportTask>(id, name, std::move(text), std::move(*checked));
}

std::optional<ImportStatus> ImportDesk::status() const {
  const std::lock_guard lock(mutex_);
  if (!task_) return std::nullopt;
  return task_->status();
}

}  // namespace idpwatch::daemon
