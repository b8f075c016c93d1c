// A child commits in a loop and writes the number of every batch that was acknowledged into a pipe;
// it is killed at an instant that depends on nothing but how many numbers came. Afterwards every
// acknowledged batch must be there whole, and none half.
#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/storage_thread.hpp"

#include <catch2/catch.hpp>

#include <atomic>
#include <csignal>
#include <poll.h>
#include <random>
#include <set>
#include <sys/wait.h>
#include <unistd.h>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

// Five rows that belong together, and a body that makes the transaction larger than a page.
model::Batch batch_of(std::int64_t number) {
  model::Batch batch;
  const std::string name = "a" + std::to_string(number);
  batch.documents = {document(name + std::string(6000, 'x'))};
  batch.spans = {span(name, number, number, name + std::string(6000, 'x'))};
  batch.events = {event(model::EventType::kKeysetEmpty, name, number),
                  event(model::EventType::kAuthorityUnreachable, name, number)};
  batch.alerts = {alert("keyset-empty", name)};
  batch.outbox = {message(name, "oncall")};
  return batch;
}

[[noreturn]] void commit_for_ever(const std::filesystem::path& path, int pipe_fd) {
  auto store = storage::Store::open(path, options());
  if (!store) ::_exit(3);
  std::int64_t number = static_cast<std::int64_t>(store->reader().authorities()->size());
  storage::StorageThread thread(std::move(*store));
  std::int64_t submitted = 0;
  for (;;) {
    while (submitted < 8) {
      if (!thread.submit(static_cast<std::uint64_t>(number), batch_of(number))) ::_exit(4);
      ++number;
      ++submitted;
    }
    pollfd poll_fd{thread.fd(), POLLIN, 0};
    ::poll(&poll_fd, 1, -1);
    for (const storage::Ack& ack : thread.take_acknowledged()) {
      --submitted;
      const auto ticket = static_cast<std::int64_t>(ack.ticket);
      if (ack.error || ::write(pipe_fd, &ticket, sizeof ticket) != sizeof ticket) ::_exit(5);
    }
  }
}

// The numbers that the child got acknowledged before it was killed.
std::set<std::int64_t> killed_after(const std::filesystem::path& path, std::size_t count,
                                    std::uint64_t spin) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    commit_for_ever(path, ends[1]);
  }
  ::close(ends[1]);
  std::set<std::int64_t> acknowledged;
  std::int64_t number = 0;
  while (acknowledged.size() < count && ::read(ends[0], &number, sizeof number) > 0) {
    acknowledged.insert(number);
  }
  std::atomic<std::uint64_t> turns = 0;
  while (turns < spin) ++turns;
  ::kill(child, SIGKILL);
  while (::read(ends[0], &number, sizeof number) > 0) acknowledged.insert(number);
  ::close(ends[0]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
  return acknowledged;
}

}  // namespace

TEST_CASE("kill -9 during commits loses nothing acknowledged and leaves nothing half",
          "[storage]") {
  const TemporaryDirectory directory;
  std::mt19937 random(20260301);
  std::set<std::int64_t> acknowledged;
  for (int round = 0; round < 25; ++round) {
    acknowledged.merge(killed_after(directory.path(), random() % 40, random() % 3'000'000));
    {
      // A reader beside it needs no writer to read what the WAL still holds.
      storage::Reader alone = value_of(storage::Reader::open(directory.path()));
      REQUIRE(value_of(alone.verify_audit()).holds);
    }
    storage::Store store = open_store(directory.path());
    REQUIRE_FALSE(store.moved_aside());
    storage::Reader& reader = store.reader();
    const auto report = reader.verify_audit();
    REQUIRE(report);
    REQUIRE(report->holds);
    std::multiset<std::string> events, messages;
    for (const model::Event& each : value_of(reader.events({}))) events.insert(each.authority);
    for (const model::OutboxMessage& each : value_of(reader.outbox())) messages.insert(each.id);
    std::set<std::string> names;
    for (const auto& each : value_of(reader.authorities())) names.insert(each.name);
    for (const std::int64_t number : acknowledged) {
      REQUIRE(names.contains("a" + std::to_string(number)));
    }
    for (const std::string& name : names) {
      REQUIRE(events.count(name) == 2);
      REQUIRE(messages.count(name) == 1);
      const auto last = reader.last_span(name);
      REQUIRE(last->has_value());
      REQUIRE(reader.document((*last)->jwks_sha256)->has_value());
    }
    REQUIRE(reader.alerts()->size() == names.size());
    REQUIRE(report->records == static_cast<std::int64_t>(1 + 2 * names.size()));
  }
  CHECK(acknowledged.size() > 100);
}
