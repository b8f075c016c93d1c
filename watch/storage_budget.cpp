#include "watch/storage_budget.hpp"

#include "base/text.hpp"
#include "model/bounded_text.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace idpwatch::watch {

namespace {

// What is told apart; beyond it all counts as new.
constexpr std::size_t kSeenMax = 8192;
// Of a row beside its texts, with its part of the indexes.
constexpr std::size_t kRow = 256;
constexpr std::size_t kEventValueMax = std::size_t{8} * 1024;
constexpr std::size_t kEventFieldsMax = 100;

// Short, since it is held for each text of each authority: two that are taken for one are a row
// that is not counted.
std::uint32_t hash_of(std::string_view text) {
  return static_cast<std::uint32_t>(std::hash<std::string_view>()(text));
}

std::size_t size_of(const model::Kid& kid) { return kid ? kid->size() : 0; }

std::size_t size_of(const model::Event& event) {
  std::size_t size = 2 * kRow + event.authority.size() + size_of(event.kid) +
                     event.thumbprint.size() + event.old_value.size() + event.new_value.size();
  for (const std::string& field : event.fields) size += field.size() + 3;
  return size;
}

std::string mebibytes(std::size_t bytes) { return std::to_string(bytes / 1024 / 1024) + " MiB"; }

}  // namespace

void StorageBudget::restore(std::chrono::sys_days day, std::size_t bodies, std::size_t rows) {
  day_ = day;
  bodies_ = bodies;
  rows_ = rows;
}

bool StorageBudget::renew(base::Instant now) {
  const auto today = std::chrono::floor<std::chrono::days>(now);
  if (today == day_) return false;
  day_ = today;
  const bool owed = rows_since_.has_value();
  bodies_ = rows_ = 0;
  seen_ = {};
  bodies_since_.reset();
  rows_since_.reset();
  bodies_left_out_ = events_left_out_ = 0;
  return owed;
}

bool StorageBudget::is_new(std::string_view text) {
  const std::uint32_t hash = hash_of(text);
  const auto place = std::ranges::lower_bound(seen_, hash);
  if (place != seen_.end() && *place == hash) return false;
  if (seen_.size() < kSeenMax) seen_.insert(place, hash);
  return true;
}

void StorageBudget::take_bodies(base::Instant now, model::Batch& batch) {
  std::erase_if(batch.documents, [&](const model::Document& document) {
    if (!is_new(document.sha256)) return false;
    const std::size_t size = kRow + document.bytes->size();
    if (bodies_ + size <= limits_.bodies) {
      bodies_ += size;
      return false;
    }
    std::erase(seen_, hash_of(document.sha256));
    if (!bodies_since_) bodies_since_ = now;
    ++bodies_left_out_;
    return true;
  });
}

std::size_t StorageBudget::bytes_of_rows(const model::Batch& batch,
                                         const std::vector<model::Event>& events) {
  std::size_t bytes = 0;
  for (const model::ObservationSpan& span : batch.spans) {
    bytes += kRow + span.discovery_url.size() + span.jwks_url.size();
  }
  for (const model::KeyRecord& key : batch.keys) {
    std::string row = "key " + key.thumbprint;
    std::size_t size = kRow;
    for (const model::Kid& kid : key.kids_ever) {
      row += kid.value_or(std::string());
      size += size_of(kid) + 8;
    }
    if (is_new(row)) bytes += size;
    for (const auto& [kid, metadata] : key.last_members) {
      if (is_new(metadata)) bytes += kRow + metadata.size();
    }
  }
  for (const model::KidRecord& kid : batch.kids) {
    if (is_new("kid " + kid.kid)) bytes += kRow + kid.kid.size() + 48 * kid.last_thumbprints.size();
  }
  for (const model::Sighting& sighting : batch.sightings) {
    if (sighting.members.empty()) continue;  // one that ends takes no new row
    bytes += kRow + size_of(sighting.kid);
    if (is_new(sighting.members)) bytes += kRow + sighting.members.size();
  }
  for (const model::TimelineState& state : batch.timelines) {
    if (is_new(state.discovery_members)) bytes += kRow + state.discovery_members.size();
  }
  for (const model::Event& event : events) bytes += size_of(event);
  return bytes;
}

bool StorageBudget::take(base::Instant now, model::Batch& batch,
                         const std::vector<model::Event>& events) {
  if (!rows_since_) {
    take_bodies(now, batch);
    const std::size_t bytes = bytes_of_rows(batch, events);
    if (rows_ + bytes <= limits_.rows) {
      rows_ += bytes;
      return true;
    }
    rows_since_ = now;
  }
  batch.documents.clear();  // no row would name them
  batch.spans.clear();
  batch.keys.clear();
  batch.kids.clear();
  batch.sightings.clear();
  batch.timelines.clear();
  events_left_out_ += static_cast<std::int64_t>(events.size());
  return false;
}

model::CheckResult StorageBudget::result(const std::string& authority, const std::string& instance,
                                         base::Instant now) const {
  model::Finding finding;
  finding.rule = "self-storage";
  finding.severity = model::Severity::kWarning;
  finding.subject.authority = authority;
  finding.subject.host = instance;
  finding.vantage = instance;
  finding.first_seen = finding.last_seen = now;
  if (!exceeded()) return model::CheckResult::good(finding.rule, finding.subject);
  finding.summary = base::printable(authority) + " publishes more new data than idpwatch on " +
                    instance + " stores in a day: until midnight UTC ";
  if (rows_since_) {
    finding.summary +=
        "its keys and events are not recorded; alerts about it are still sent, messages about "
        "single events are not";
    finding.evidence.push_back({"events not recorded since " + base::format_rfc3339(*rows_since_),
                                std::to_string(events_left_out_), "today"});
  } else {
    finding.summary += "only digests of its documents are kept";
  }
  if (bodies_since_) {
    finding.evidence.push_back({"bodies not kept since " + base::format_rfc3339(*bodies_since_),
                                std::to_string(bodies_left_out_), "today"});
  }
  finding.evidence.push_back(
      {"daily limit",
       mebibytes(limits_.bodies) + " of bodies, " + mebibytes(limits_.rows) + " of keys and events",
       "idpwatch"});
  finding.remedy = "Look at what the provider publishes: " +
                   std::string(
                       "a document or key set that changes with every request is a fault on "
                       "its side. If you do not need this authority, remove it.");
  return model::CheckResult::bad(std::move(finding));
}

void bound_event(model::Event& event) {
  event.fields.resize(std::min(event.fields.size(), kEventFieldsMax));
  event.old_value = model::bounded_json(std::move(event.old_value), kEventValueMax);
  event.new_value = model::bounded_json(std::move(event.new_value), kEventValueMax);
}

}  // namespace idpwatch::watch
