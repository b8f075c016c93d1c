#include "storage/salvage.hpp"

#include "storage/reader.hpp"
#include "storage/sqlite.hpp"

#include <memory>
#include <string>
#include <utility>

namespace idpwatch::storage {

model::Batch salvage(const std::filesystem::path& damaged, base::Instant now) {
  model::Batch batch;
  auto database = Database::open(damaged, Access::kReadOnly);
  if (database) {
    Reader old(std::shared_ptr<Database>(std::move(*database)));
    if (auto alerts = old.alerts()) batch.alerts = std::move(*alerts);
    if (auto outbox = old.outbox()) batch.outbox = std::move(*outbox);
  }
  std::erase_if(batch.alerts, [](const model::Alert& alert) { return alert.finding.id.empty(); });
  batch.notes.push_back({now, "store.salvaged",
                         "{\"alerts\":" + std::to_string(batch.alerts.size()) +
                             ",\"messages\":" + std::to_string(batch.outbox.size()) + "}"});
  return batch;
}

}  // namespace idpwatch::storage
