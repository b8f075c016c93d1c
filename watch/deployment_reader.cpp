#include "watch/deployment_reader.hpp"

#include <algorithm>
#include <utility>

namespace idpwatch::watch {

namespace {
constexpr base::Duration kOverdueAfter = base::seconds(10);
constexpr base::Duration kConfirmAfter = base::seconds(1);
constexpr int kDisagreedMax = 6;  // a minute: it is rewritten all the time

// Nothing new but perhaps the start of the process.
DeploymentReading as_before(const DeploymentReading& reading) {
  DeploymentReading same;
  same.deployment = reading.deployment;
  same.fingerprint = reading.fingerprint;
  same.unchanged = true;
  same.start_ticks = reading.start_ticks;
  return same;
}

// What it says would be refused, or keep the service from starting, as half a file does.
bool is_doubtful(const DeploymentReading& reading) {
  if (!reading.problems.empty() || !reading.content) return true;
  return std::ranges::any_of(reading.content->validators, [](const auto& validator) {
    return validator.settings.start_fault.has_value();
  });
}

}  // namespace

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
  auto counts = settled(found->second, std::move(reading));
  const Entry& entry = found->second;
  if (entry.held && entry.disagreed == 1 && !is_doubtful(*entry.held)) confirm_soon(found->first);
  if (!counts) return;
  ready_.push_back(std::move(*counts));
  if (take_timer_ != 0) return;
  take_timer_ = scheduler_.soon([this](const net::Now&) {
    take_timer_ = 0;
    take_(std::exchange(ready_, {}));
  });
}

// A change that makes sense is read once more at once; one that looks half-written, like one that
// is followed by another, has until the next turn.
void DeploymentReader::confirm_soon(const std::string& name) {
  scheduler_.at(scheduler_.now().boottime + kConfirmAfter,
                [name, reader = std::weak_ptr(self_)](const net::Now&) {
                  const auto self = reader.lock();
                  if (!self) return;
                  const auto found = (*self)->entries_.find(name);
                  if (found == (*self)->entries_.end()) return;
                  Entry& entry = found->second;
                  if (entry.held && entry.under_way == 0) (*self)->begin(entry);
                });
}

// What counts of a reading now; nullopt: nothing was read that counts.
std::optional<DeploymentReading> DeploymentReader::settled(Entry& entry,
                                                           DeploymentReading&& reading) {
  if (reading.unchanged && !entry.held) return std::move(reading);
  const bool first = !entry.handed_over && !entry.held && !is_doubtful(reading);
  const bool agrees = entry.held && (reading.unchanged || reading.digest == entry.held->digest);
  if (first || agrees || entry.disagreed == kDisagreedMax) {
    const auto start_ticks = reading.start_ticks;
    DeploymentReading counts = reading.unchanged ? std::move(*entry.held) : std::move(reading);
    counts.start_ticks = start_ticks;
    entry.held.reset();
    entry.disagreed = 0;
    entry.handed_over = true;
    return counts;
  }
  std::optional<DeploymentReading> before;
  if (entry.handed_over) before = as_before(reading);
  entry.held = std::move(reading);
  ++entry.disagreed;
  return before;
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
