#include "storage/storage_thread.hpp"

#include "sample.hpp"
#include "storage/reader.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <poll.h>
#include <thread>

using namespace idpwatch;
using namespace idpwatch::test;
using storage::Ack;
using storage::Fault;
using storage::FaultClass;
using storage::StorageThread;
using storage::StorageThreadOptions;

namespace {

// Waits on the descriptor, as the loop does.
void wait_for(const StorageThread& thread) {
  pollfd poll_fd{thread.fd(), POLLIN, 0};
  REQUIRE(::poll(&poll_fd, 1, 60'000) == 1);
}

std::vector<Ack> take(StorageThread& thread, std::size_t count) {
  std::vector<Ack> all;
  while (all.size() < count) {
    wait_for(thread);
    for (Ack& ack : thread.take_acknowledged()) all.push_back(std::move(ack));
  }
  return all;
}

model::Batch note(std::int64_t number) {
  model::Batch batch;
  batch.notes = {{at(number), "test", "{\"number\":" + std::to_string(number) + "}"}};
  return batch;
}

// A committer that a test can open, close and break.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = true;
  std::optional<Fault> fault;
  std::int64_t poison = -1;  // a batch that is rejected
  std::vector<std::int64_t> stored;
  std::vector<std::size_t> groups;

  StorageThread::CommitGroup committer() {
    return [this](std::span<const model::Batch* const> group)
               -> tl::expected<std::vector<storage::Committed>, Fault> {
      std::unique_lock lock(mutex);
      changed.wait(lock, [this] { return open; });
      groups.push_back(group.size());
      if (fault) return tl::unexpected<Fault>(*fault);
      for (const model::Batch* batch : group) {
        if (base::to_unix_seconds(batch->notes[0].at) == poison) {
          return tl::unexpected<Fault>(
              Fault{FaultClass::kReject, 0, base::make_error(base::ErrorKind::kInternal, "bad")});
        }
      }
      for (const model::Batch* batch : group) {
        stored.push_back(base::to_unix_seconds(batch->notes[0].at));
      }
      return std::vector<storage::Committed>(group.size());
    };
  }
  void set_open(bool value) {
    const std::lock_guard lock(mutex);
    open = value;
    changed.notify_all();
  }
  void set_fault(std::optional<Fault> value) {
    const std::lock_guard lock(mutex);
    fault = std::move(value);
  }
  std::vector<std::int64_t> stored_now() {
    const std::lock_guard lock(mutex);
    return stored;
  }
};

Fault disk_full() {
  return {FaultClass::kRetry, 13, base::make_error(base::ErrorKind::kStorage, "disk full")};
}

StorageThreadOptions patient() {
  StorageThreadOptions out;
  out.retry_first = std::chrono::hours(1);  // only retry_now() and stop() try again
  out.retry_max = std::chrono::hours(1);
  return out;
}

std::int64_t second(std::int64_t number) { return base::to_unix_seconds(at(number)); }

}  // namespace

TEST_CASE("What is acknowledged is on disk, in order, with the ids of its rows", "[storage]") {
  const TemporaryDirectory directory;
  {
    StorageThread thread(open_store(directory.path()));
    for (int i = 0; i < 500; ++i) {
      model::Batch batch;
      batch.spans = {span("entra", i, i)};
      batch.events = {event(model::EventType::kKeysetEmpty, "entra", i)};
      REQUIRE(thread.submit(static_cast<std::uint64_t>(i), std::move(batch)));
    }
    const std::vector<Ack> acks = take(thread, 500);
    auto reader = storage::Reader::open(directory.path());
    REQUIRE(reader);
    CHECK(reader->events({})->size() == 500);
    for (std::size_t i = 0; i < acks.size(); ++i) {
      CHECK(acks[i].ticket == i);
      CHECK_FALSE(acks[i].error);
      CHECK(acks[i].committed.event_seqs == std::vector<std::int64_t>{std::int64_t(i) + 1});
    }
    CHECK(thread.queued() == 0);
    CHECK(thread.take_acknowledged().empty());
  }
  CHECK(storage::Reader::open(directory.path())->verify_audit()->records == 501);
}

TEST_CASE("Batches that wait are stored in one transaction", "[storage]") {
  Gate gate;
  gate.open = false;
  StorageThread thread(gate.committer());
  for (int i = 0; i < 100; ++i) REQUIRE(thread.submit(std::uint64_t(i), note(i)));
  gate.set_open(true);
  CHECK(thread.flush());
  thread.stop();
  CHECK(gate.stored.size() == 100);
  CHECK(gate.groups.size() <= 2);
}

TEST_CASE("A full queue refuses and leaves the batch to the caller", "[storage]") {
  Gate gate;
  gate.open = false;
  StorageThreadOptions small;
  small.batches_max = 3;
  StorageThread thread(gate.committer(), small);
  for (int i = 0; i < 3; ++i) REQUIRE(thread.submit(std::uint64_t(i), note(i)));
  model::Batch waiting = note(3);
  CHECK_FALSE(thread.submit(3, std::move(waiting)));
  CHECK(waiting.notes.size() == 1);
  gate.set_open(true);
  take(thread, 3);
  CHECK(thread.submit(3, std::move(waiting)));
  CHECK(take(thread, 1)[0].ticket == 3);
}

TEST_CASE("The queue is bounded in bytes, yet a single large batch gets through", "[storage]") {
  Gate gate;
  gate.open = false;
  StorageThreadOptions small;
  small.bytes_max = 10'000;
  StorageThread thread(gate.committer(), small);
  model::Batch large = note(0);
  large.documents = {document(std::string(50'000, 'x'))};
  CHECK(thread.submit(0, std::move(large)));
  CHECK_FALSE(thread.submit(1, note(1)));
  gate.set_open(true);
  take(thread, 1);
  CHECK(thread.submit(1, note(1)));
}

TEST_CASE("During a fault batches wait, in order, and are stored when it passes", "[storage]") {
  Gate gate;
  gate.set_fault(disk_full());
  StorageThread thread(gate.committer(), patient());
  REQUIRE(thread.submit(0, note(0)));
  wait_for(thread);
  CHECK(thread.take_acknowledged().empty());
  REQUIRE(thread.fault());
  CHECK(thread.fault()->code == 13);
  CHECK_FALSE(thread.flush());
  for (int i = 1; i < 10; ++i) REQUIRE(thread.submit(std::uint64_t(i), note(i)));
  CHECK(thread.queued() == 10);
  CHECK(gate.stored_now().empty());
  gate.set_fault(std::nullopt);
  thread.retry_now();
  const std::vector<Ack> acks = take(thread, 10);
  CHECK_FALSE(thread.fault());
  for (std::size_t i = 0; i < 10; ++i) {
    CHECK(acks[i].ticket == i);
    CHECK_FALSE(acks[i].error);
    CHECK(gate.stored_now()[i] == second(std::int64_t(i)));
  }
}

TEST_CASE("A fault is tried again by itself after the back-off", "[storage]") {
  Gate gate;
  gate.set_fault(disk_full());
  StorageThreadOptions quick;
  quick.retry_first = std::chrono::milliseconds(1);
  quick.retry_max = std::chrono::milliseconds(2);
  StorageThread thread(gate.committer(), quick);
  REQUIRE(thread.submit(0, note(0)));
  wait_for(thread);
  CHECK(thread.take_acknowledged().empty());
  gate.set_fault(std::nullopt);
  CHECK(take(thread, 1)[0].ticket == 0);
}

TEST_CASE("A rejected batch is acknowledged with its error, its neighbours are stored",
          "[storage]") {
  Gate gate;
  gate.open = false;
  gate.poison = second(2);
  StorageThread thread(gate.committer());
  for (int i = 0; i < 5; ++i) REQUIRE(thread.submit(std::uint64_t(i), note(i)));
  gate.set_open(true);
  const std::vector<Ack> acks = take(thread, 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(acks[i].ticket == i);
    CHECK(acks[i].error.has_value() == (i == 2));
  }
  CHECK(gate.stored_now() == std::vector<std::int64_t>{second(0), second(1), second(3), second(4)});
  CHECK_FALSE(thread.fault());
}

TEST_CASE("Stopping stores what is queued", "[storage]") {
  Gate gate;
  gate.open = false;
  StorageThread thread(gate.committer());
  for (int i = 0; i < 50; ++i) REQUIRE(thread.submit(std::uint64_t(i), note(i)));
  gate.set_open(true);
  thread.stop();
  CHECK(gate.stored_now().size() == 50);
  CHECK(thread.take_acknowledged().size() == 50);
  CHECK_FALSE(thread.submit(50, note(50)));
  thread.stop();
}

TEST_CASE("Stopping during a fault tries once more and gives the rest back as errors",
          "[storage]") {
  Gate gate;
  gate.set_fault(disk_full());
  StorageThread thread(gate.committer(), patient());
  for (int i = 0; i < 5; ++i) REQUIRE(thread.submit(std::uint64_t(i), note(i)));
  wait_for(thread);
  const bool mended = GENERATE(true, false);
  if (mended) gate.set_fault(std::nullopt);
  thread.stop();
  const std::vector<Ack> acks = thread.take_acknowledged();
  REQUIRE(acks.size() == 5);
  for (const Ack& ack : acks) CHECK(ack.error.has_value() != mended);
  CHECK(gate.stored_now().size() == (mended ? 5U : 0U));
}

TEST_CASE("Several threads may submit while another takes", "[storage]") {
  const TemporaryDirectory directory;
  StorageThreadOptions small;
  small.batches_max = 16;
  StorageThread thread(open_store(directory.path()), small);
  constexpr int kEach = 200;
  std::vector<std::jthread> producers;
  for (int producer = 0; producer < 3; ++producer) {
    producers.emplace_back([&thread, producer] {
      for (int i = 0; i < kEach; ++i) {
        model::Batch batch = note(i);
        while (!thread.submit(std::uint64_t(producer * kEach + i), std::move(batch))) {
          std::this_thread::yield();
        }
      }
    });
  }
  std::vector<int> last(3, -1);
  for (const Ack& ack : take(thread, 3 * kEach)) {
    const auto producer = static_cast<std::size_t>(ack.ticket) / kEach;
    CHECK(last[producer] + 1 == static_cast<int>(ack.ticket) % kEach);
    ++last[producer];
  }
  producers.clear();
  thread.stop();
  CHECK(storage::Reader::open(directory.path())->verify_audit()->records == 3 * kEach + 1);
}

TEST_CASE("The storage thread closes the database when it stops", "[storage]") {
  const TemporaryDirectory directory;
  StorageThread thread(open_store(directory.path()));
  REQUIRE(thread.submit(1, note(1)));
  thread.stop();
  CHECK(open_store(directory.path()).next_seq() == 2);
}
