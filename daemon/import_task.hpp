// One file on its way into the running daemon: the admin listener reads and checks it on a thread
// of its own, the loop imports it in pieces between looks, and whoever asked follows that from
// outside. Every member function is safe from every thread.
#pragma once

#include "base/error.hpp"
#include "daemon/import_status.hpp"
#include "daemon/importer.hpp"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace idpwatch::daemon {

class ImportTask {
 public:
  ImportTask(std::uint64_t id, std::string name, std::string text, CheckedRecords checked)
      : text_(std::move(text)), checked_(std::move(checked)) {
    status_.id = id;
    status_.name = std::move(name);
    status_.of = checked_.records;
  }

  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] const CheckedRecords& checked() const { return checked_; }

  [[nodiscard]] ImportStatus status() const {
    const std::lock_guard lock(mutex_);
    return status_;
  }
  void advance(const ImportReport& report) {
    const std::lock_guard lock(mutex_);
    status_.records = report.records;
    status_.events = report.events;
  }
  void done() {
    const std::lock_guard lock(mutex_);
    status_.state = ImportStatus::State::kDone;
  }
  void fail(base::Error why) {
    const std::lock_guard lock(mutex_);
    status_.state = ImportStatus::State::kFailed;
    status_.error = std::move(why);
  }

 private:
  const std::string text_;
  const CheckedRecords checked_;
  mutable std::mutex mutex_;
  ImportStatus status_;
};

using ImportTaskPtr = std::shared_ptr<ImportTask>;

}  // namespace idpwatch::daemon
