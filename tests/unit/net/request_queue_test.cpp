// Nobody waits for a host that hangs, or for a neighbour on it; a host is not flooded either.
#include "net/request_queue.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace idpwatch;
using net::QueueLimits;
using net::RequestQueue;

namespace {

constexpr base::Duration kNow = base::seconds(1000);

std::vector<RequestQueue::Id> begin_all(RequestQueue& queue, base::Duration now) {
  std::vector<RequestQueue::Id> begun;
  while (const auto id = queue.next(now)) begun.push_back(*id);
  return begun;
}

// Tenants of hosts that ask once an interval, some of which hang until their timeout.
struct World {
  struct Tenant {
    std::string name, host;
    base::Duration answer, timeout, interval, next;
    base::Duration longest_wait{0};
    bool busy = false;
  };
  struct Running {
    base::Duration ends;
    RequestQueue::Id id;
    bool operator<(const Running& other) const {
      return std::pair(ends, id) < std::pair(other.ends, other.id);
    }
  };

  explicit World(QueueLimits limits = {}) : queue(limits) {}

  void tenant(std::string name, std::string host, base::Duration answer, base::Duration timeout,
              base::Duration interval) {
    const auto phase = interval * static_cast<int>(tenants.size() % 97) / 97;
    tenants.push_back({std::move(name), std::move(host), answer, timeout, interval, now + phase});
  }

  void step() {
    while (!running.empty() && running.begin()->ends <= now) {
      const RequestQueue::Id id = running.begin()->id;
      running.erase(running.begin());
      Tenant& tenant = tenants[id % tenants.size()];
      queue.ended(id, tenant.answer >= tenant.timeout, now);
      tenant.busy = false;
      quick_at[tenant.host] -= tenant.answer < base::seconds(1) ? 1 : 0;
    }
    for (std::size_t i = 0; i < tenants.size(); ++i) {
      Tenant& tenant = tenants[i];
      if (tenant.next > now) continue;
      tenant.next += tenant.interval;
      if (tenant.busy) continue;
      tenant.busy = true;
      const RequestQueue::Id id = i + tenants.size() * ++serial;
      asked[id] = now;
      queue.add(id, tenant.host, tenant.name, false, now);
    }
    while (const auto id = queue.next(now)) {
      Tenant& tenant = tenants[*id % tenants.size()];
      tenant.longest_wait = std::max(tenant.longest_wait, now - asked.at(*id));
      asked.erase(*id);
      running.insert({now + std::min(tenant.answer, tenant.timeout), *id});
      if (tenant.answer < base::seconds(1)) {
        most_quick = std::max(most_quick, ++quick_at[tenant.host]);
      }
      most_running = std::max(most_running, queue.running());
    }
    now += base::milliseconds(20);
  }

  void run(base::Duration duration) {
    for (const base::Duration end = now + duration; now < end;) step();
  }

  base::Duration longest_wait_of_the_well() const {
    base::Duration longest{0};
    for (const Tenant& tenant : tenants) {
      if (tenant.answer < tenant.timeout) longest = std::max(longest, tenant.longest_wait);
    }
    return longest;
  }

  RequestQueue queue;
  base::Duration now = kNow;
  std::vector<Tenant> tenants;
  std::map<RequestQueue::Id, base::Duration> asked;
  std::set<Running> running;
  std::map<std::string, int> quick_at;
  int most_quick = 0;
  std::size_t most_running = 0;
  RequestQueue::Id serial = 0;
};

}  // namespace

TEST_CASE("tenants that hang do not hold up the others on their host", "[net]") {
  const auto timeout = base::milliseconds(GENERATE(10'000, 3000, 900));
  const int hanging = GENERATE(1, 4, 30, 56);
  World world;
  for (int i = 0; i < 60; ++i) {
    const base::Duration answer = i < hanging ? base::hours(1) : base::milliseconds(40);
    world.tenant("t" + std::to_string(i), "one:443", answer, timeout, base::seconds(5));
  }
  world.run(base::minutes(2));
  CHECK(world.longest_wait_of_the_well() <= base::seconds(1));
}

TEST_CASE("hosts that hang do not hold up other hosts", "[net]") {
  QueueLimits limits;
  limits.quick = 20;
  limits.slow = 40;
  World world(limits);
  for (int i = 0; i < 100; ++i) {
    const base::Duration answer = i % 2 == 0 ? base::hours(1) : base::milliseconds(40);
    world.tenant("t" + std::to_string(i), "h" + std::to_string(i), answer, base::seconds(10),
                 base::seconds(10));
  }
  world.run(base::minutes(1));
  for (auto& tenant : world.tenants) tenant.longest_wait = base::Duration{0};
  world.run(base::minutes(2));
  CHECK(world.longest_wait_of_the_well() <= base::seconds(1));
  CHECK(world.most_running <= limits.quick + limits.slow);
}

TEST_CASE("a host is met with two requests at once while it keeps up", "[net]") {
  World world;
  for (int i = 0; i < 150; ++i) {
    world.tenant("t" + std::to_string(i), "one:443", base::milliseconds(40), base::seconds(10),
                 base::seconds(5));
  }
  world.run(base::minutes(1));
  CHECK(world.most_quick == 2);
}

TEST_CASE("a host with more tenants than two connections serve is met with more", "[net]") {
  World world;
  for (int i = 0; i < 900; ++i) {
    world.tenant("t" + std::to_string(i), "one:443", base::milliseconds(300), base::seconds(10),
                 base::seconds(10));
  }
  world.run(base::minutes(2));
  CHECK(world.longest_wait_of_the_well() <= base::seconds(1));
  CHECK(world.most_quick <= 64);
}

TEST_CASE("one owner has two requests at a host, the others wait for those", "[net]") {
  RequestQueue queue({});
  for (RequestQueue::Id id = 1; id <= 5; ++id) queue.add(id, "one:443", "a", false, kNow);
  CHECK(begin_all(queue, kNow) == std::vector<RequestQueue::Id>{1, 2});
  CHECK(begin_all(queue, kNow + base::minutes(1)).empty());
  queue.ended(1, false, kNow + base::minutes(1));
  CHECK(begin_all(queue, kNow + base::minutes(1)) == std::vector<RequestQueue::Id>{3});
  CHECK(queue.running() == 2);
  CHECK(queue.waiting() == 2);
}

TEST_CASE("messages to people begin although looks fill every place", "[net]") {
  QueueLimits limits;
  limits.quick = 1;
  limits.slow = 1;
  limits.for_messages = 1;
  RequestQueue queue(limits);
  queue.add(1, "a:443", "a", false, kNow);
  CHECK(begin_all(queue, kNow) == std::vector<RequestQueue::Id>{1});
  const base::Duration later = kNow + base::seconds(3);
  queue.add(2, "b:443", "b", false, later);
  CHECK(begin_all(queue, later) == std::vector<RequestQueue::Id>{2});
  queue.add(3, "c:443", "c", false, later);
  queue.add(4, "r:443", "oncall", true, later);
  CHECK(begin_all(queue, later) == std::vector<RequestQueue::Id>{4});
}

TEST_CASE("what is given up gives its place to the next, wherever it stood", "[net]") {
  RequestQueue queue({});
  for (RequestQueue::Id id = 1; id <= 6; ++id) {
    queue.add(id, "one:443", id <= 4 ? "a" : "b" + std::to_string(id), false, kNow);
  }
  CHECK(begin_all(queue, kNow) == std::vector<RequestQueue::Id>{1, 2});
  queue.cancelled(3, kNow);  // waits for its owner
  queue.cancelled(5, kNow);  // waits for the host
  queue.cancelled(1, kNow);  // is under way
  CHECK(begin_all(queue, kNow) == std::vector<RequestQueue::Id>{6});
  queue.cancelled(99, kNow);  // unknown
  queue.ended(2, false, kNow);
  CHECK(begin_all(queue, kNow) == std::vector<RequestQueue::Id>{4});
  queue.ended(4, false, kNow);
  queue.ended(6, false, kNow);
  CHECK(queue.running() == 0);
  CHECK(queue.waiting() == 0);
  CHECK(queue.hosts() == 0);
  CHECK_FALSE(queue.wake_at());
}

TEST_CASE("hosts that hung are remembered up to a bound", "[net]") {
  RequestQueue queue({});
  const std::size_t count = RequestQueue::kMostMarks + 500;
  for (RequestQueue::Id id = 1; id <= count; ++id) {
    queue.add(id, "h" + std::to_string(id), "a", false, kNow);
    REQUIRE(queue.next(kNow) == id);
    queue.ended(id, true, kNow);
  }
  CHECK(queue.hosts() == RequestQueue::kMostMarks);
}

TEST_CASE("whatever is asked, each request begins once and all places are given back", "[net]") {
  const unsigned seed = GENERATE(range(1U, 21U));
  std::mt19937 random(seed);
  const auto draw = [&random](int below) {
    return static_cast<int>(random() % static_cast<unsigned>(below));
  };
  QueueLimits limits;
  limits.quick = 3;
  limits.slow = 2;
  limits.for_messages = 1;
  limits.per_host_most = 4;
  limits.per_host_slow = 2;
  RequestQueue queue(limits);
  base::Duration now = kNow;
  std::set<RequestQueue::Id> waiting, running;
  RequestQueue::Id next_id = 1;
  for (int i = 0; i < 2000; ++i) {
    const int what = draw(10);
    if (what < 4) {
      queue.add(next_id, "h" + std::to_string(draw(3)), "o" + std::to_string(draw(5)), draw(8) == 0,
                now);
      waiting.insert(next_id++);
    } else if (what < 7 && !running.empty()) {
      const auto one = *std::next(running.begin(), draw(static_cast<int>(running.size())));
      queue.ended(one, draw(4) == 0, now);
      running.erase(one);
    } else if (what == 7) {
      auto& from = draw(2) == 0 || running.empty() ? waiting : running;
      if (!from.empty()) {
        const auto one = *std::next(from.begin(), draw(static_cast<int>(from.size())));
        queue.cancelled(one, now);
        from.erase(one);
      }
    } else {
      now += base::milliseconds(draw(900));
    }
    for (const auto id : begin_all(queue, now)) {
      CHECK(waiting.erase(id) == 1);
      running.insert(id);
    }
    REQUIRE(queue.running() == running.size());
    REQUIRE(queue.waiting() == waiting.size());
    REQUIRE(queue.running() <= limits.quick + limits.slow + limits.for_messages);
  }
  // Everything that waits comes to its turn in the end.
  for (int i = 0; i < 5000 && queue.running() + queue.waiting() > 0; ++i) {
    for (const auto id : std::set<RequestQueue::Id>(running)) queue.ended(id, false, now);
    running.clear();
    if (const auto at = queue.wake_at(); at && *at > now) now = *at;
    for (const auto id : begin_all(queue, now)) running.insert(id);
  }
  CHECK(queue.waiting() == 0);
  CHECK(queue.running() == 0);
}
