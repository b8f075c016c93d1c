#include "watch/deployment_reader.hpp"

#include <utility>

namespace idpwatch::watch {

namespace {
constexpr base::Duration kOverdueAfter = base::seconds(10);
}

DeploymentReader::DeploymentReader(Background& background, net::Scheduler& scheduler,
                                   const FileAccess& files, Take take)
    : background_(background),
      scheduler_(scheduler),
      files_(files),
      take_(std::move(take)),
      self_(std::make_shared<DeploymentReader*>(this)) {}

DeploymentReader::~DeploymentReader() { scheduler_.cancel(take_timer_); }

void DeploymentReader::configure(const std::vector<config::DeploymentConfig>& deployments) {
  entries_.clear();
  ready_.clear();
  for (const config::DeploymentConfig& each : deployments) {
    Entry& entry = entries_[each.name];
    entry.config = std::make_shared<const config::DeploymentConfig>(each);
    begin(entry);
  }
}

void DeploymentReader::refresh() {
  for (auto& [name, entry] : entries_) {
    if (entry.under_way == 0) begin(entry);
  }
}

void DeploymentReader::begin(Entry& entry) {
  entry.under_way = ++last_number_;
  entry.since = scheduler_.now().boottime;
  background_.submit([config = entry.config, fingerprint = entry.fingerprint, &files = files_,
                      number = entry.under_way,
                      reader = std::weak_ptr(self_)]() -> Background::Done {
    const auto reading =
        std::make_shared<DeploymentReading>(read_deployment_files(*config, fingerprint, files));
    return [reading, number, reader] {
      if (const auto self = reader.lock()) (*self)->finish(number, std::move(*reading));
    };
  });
}

void DeploymentReader::finish(std::uint64_t number, DeploymentReading&& reading) {
  const auto found = entries_.find(reading.deployment);
  // Of a configuration that is no longer in force.
  if (found == entries_.end() || found->second.under_way != number) return;
  found->second.under_way = 0;
  found->second.fingerprint = reading.fingerprint;
  ready_.push_back(std::move(reading));
  if (take_timer_ != 0) return;
  take_timer_ = scheduler_.soon([this](const net::Now&) {
    take_timer_ = 0;
    take_(std::exchange(ready_, {}));
  });
}

std::vector<DeploymentReader::Overdue> DeploymentReader::overdue() const {
  std::vector<Overdue> out;
  const base::Duration now = scheduler_.now().boottime;
  for (const auto& [name, entry] : entries_) {
    if (entry.under_way == 0 || now - entry.since < kOverdueAfter) continue;
    out.push_back({name, now - entry.since});
  }
  return out;
}

}  // namespace idpwatch::watch
