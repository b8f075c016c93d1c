// What concerns all topics: the order of the rows, and what becomes of those that break a rule.
#include "storage/writer.hpp"

#include "storage/fault.hpp"
#include "storage/sqlite.hpp"

#include <algorithm>
#include <ranges>
#include <unordered_set>
#include <utility>

namespace idpwatch::storage {

using base::ErrorKind;
using base::Result;
using base::Status;

namespace {

// The last row of each identity, in the order in which they came.
template <class Row, class Rows, class Identity>
auto last_of_each(std::span<const model::Batch* const> batches, Rows rows, Identity identity) {
  std::vector<const Row*> kept;
  std::unordered_set<std::string> seen;
  for (auto batch = batches.rbegin(); batch != batches.rend(); ++batch) {
    const std::vector<Row>& all = (*batch)->*rows;
    for (auto row = all.rbegin(); row != all.rend(); ++row) {
      if (seen.insert(identity(*row)).second) kept.push_back(&*row);
    }
  }
  std::ranges::reverse(kept);
  return std::views::all(std::move(kept)) |
         std::views::transform([](const Row* row) -> const Row& { return *row; });
}

std::string joined(const std::string& authority, const std::string& name) {
  return std::to_string(authority.size()) + ":" + authority + name;
}

}  // namespace

Status Writer::alone(const std::function<Status()>& put,
                     const std::function<void(const base::Error&)>& reject) {
  const ChainHead before = head_;
  Result<Savepoint> part = Savepoint::begin(database_);
  if (!part) return base::fail(part.error());
  Status done = put();
  if (done) return part->keep();
  const int code = done.error().kind == ErrorKind::kInternal ? 0 : database_.last_code();
  if (class_of(done.error(), code) != FaultClass::kReject) return done;
  roll_back(before);
  reject(done.error());
  return base::Ok{};
}

template <class Rows>
Status Writer::each(const Rows& rows, auto put) {
  for (const auto& row : rows) {
    Status done = base::Ok{};
    if (rejected_ == nullptr) {
      done = put(row);
    } else {
      done = alone([&] { return put(row); },
                   [&](const base::Error& why) { rejected_->add(row, why); });
    }
    if (!done) return done;
  }
  return base::Ok{};
}

Status Writer::write_one(const model::Batch& batch, Committed& out) {
  Status done = each(batch.documents, [this](const auto& row) { return put_document(row); });
  if (done) done = each(batch.spans, [this](const auto& row) { return put_span(row); });
  if (done) done = each(batch.sightings, [this](const auto& row) { return put_sighting(row); });
  if (done) {
    out.event_seqs.reserve(batch.events.size());
    done = each(batch.events,
                [&](const auto& row) { return put_event(row, out.event_seqs.emplace_back(0)); });
  }
  if (done) done = each(batch.notes, [this](const auto& row) { return put_note(row); });
  if (done) done = each(batch.alerts, [this](const auto& row) { return put_alert(row); });
  if (done) done = each(batch.alerts_removed, [this](const auto& id) { return remove_alert(id); });
  if (done) done = each(batch.outbox, [&](const auto& row) { return put_message(row, out); });
  if (done) done = each(batch.outbox_done, [this](const auto& id) { return remove_message(id); });
  return done;
}

// Of rows with one identity only the last is written: a long import gives the same key again and
// again.
Status Writer::write_newest(Batches batches) {
  const auto keys = last_of_each<model::KeyRecord>(
      batches, &model::Batch::keys,
      [](const model::KeyRecord& key) { return joined(key.authority, key.thumbprint); });
  const auto kids = last_of_each<model::KidRecord>(
      batches, &model::Batch::kids,
      [](const model::KidRecord& kid) { return joined(kid.authority, kid.kid); });
  const auto states = last_of_each<model::TimelineState>(
      batches, &model::Batch::timelines,
      [](const model::TimelineState& state) { return state.authority; });
  Status done = each(keys, [this](const auto& key) { return put_key(key); });
  if (done) done = each(kids, [this](const auto& kid) { return put_kid(kid); });
  if (done) done = each(states, [this](const auto& state) { return put_timeline(state); });
  return done;
}

Result<std::vector<Committed>> Writer::write(Batches batches) {
  std::vector<Committed> out(batches.size());
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (Status done = write_one(*batches[i], out[i]); !done) return base::fail(done.error());
  }
  if (Status done = write_newest(batches); !done) return base::fail(done.error());
  return out;
}

Result<Committed> Writer::write_rows(const model::Batch& batch, RejectedRows& rejected) {
  rejected_ = &rejected;
  Committed out;
  const model::Batch* const one = &batch;
  Status done = write_one(batch, out);
  if (done) done = write_newest({&one, 1});
  rejected_ = nullptr;
  if (!done) return base::fail(done.error());
  return out;
}

void Writer::roll_back(const ChainHead& head) {
  head_ = head;
  authorities_.clear();
  fragments_.clear();
}

}  // namespace idpwatch::storage
