// Where the admin listener hands in files to be imported: one at a time, checked here against what
// is stored before the loop hears of it. Safe from every thread.
#pragma once

#include "base/result.hpp"
#include "daemon/import_task.hpp"

#include <functional>
#include <mutex>
#include <optional>
#include <string>

namespace idpwatch::daemon {

class ImportDesk {
 public:
  // Gives the task to the loop, and waits until that has taken or refused it.
  using Start = std::function<base::Status(const ImportTaskPtr& task)>;

  ImportDesk(std::string database_path, Start start)
      : database_path_(std::move(database_path)), start_(std::move(start)) {}

  // kInput: a line is no record, or not newer than what is stored; kBusy: another one runs.
  // The import goes on after this has returned.
  base::Result<ImportStatus> take(const std::string& name, std::string text);
  // Of the newest one; nullopt: none yet.
  [[nodiscard]] std::optional<ImportStatus> status() const;

 private:
  base::Result<ImportTaskPtr> check(std::uint64_t id, const std::string& name, std::string text);

  const std::string database_path_;
  const Start start_;
  mutable std::mutex mutex_;
  // Protected by mutex_.
  bool taking_ = false;
  std::uint64_t last_id_ = 0;
  ImportTaskPtr task_;
};

}  // namespace idpwatch::daemon
