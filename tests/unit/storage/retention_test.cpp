// Retention: what `keys` and `history` answer is the same before and after, but for the detail of
// the stretches that were older.
#include "base/digest.hpp"
#include "base/json.hpp"
#include "model/jwk.hpp"
#include "sample.hpp"
#include "storage/reader.hpp"
#include "storage/storage_thread.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>

using namespace idpwatch;
using namespace idpwatch::test;

namespace {

using nlohmann::json;

json okp(int number) {
  return {{"kty", "OKP"},
          {"crv", "Ed25519"},
          {"kid", "kid-" + std::to_string(number)},
          {"x", std::string(42, static_cast<char>('A' + number)) + "A"}};
}

std::string thumbprint(int number) { return model::parse_jwk(okp(number)).thumbprint; }

std::string body_of(std::vector<int> keys, int nonce) {
  json all = json::array();
  for (const int key : keys) all.push_back(okp(key));
  return base::canonical_json({{"keys", all}, {"nonce", nonce}});
}

// A provider's past: sets of keys that come and go, in bodies that differ without need, with
// failures and bodies that were not kept in between.
class History {
 public:
  History(std::string authority, unsigned seed) : authority_(std::move(authority)), random_(seed) {}

  model::Batch make(int stretches) {
    for (int i = 0; i < stretches; ++i) {
      if (any(3) == 0) change();
      next_stretch();
    }
    batch_.keys.clear();
    for (const int key : ever_) {
      model::KeyRecord record = test::key(authority_, thumbprint(key));
      record.first_seen = at(first_seen_[key]);
      record.last_seen = at(now_);
      batch_.keys.push_back(std::move(record));
    }
    return std::move(batch_);
  }
  [[nodiscard]] std::int64_t end() const { return now_; }

 private:
  int any(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void change() {
    const int key = any(6);
    const auto found = std::ranges::find(set_, key);
    if (found == set_.end()) {
      set_.push_back(key);
      ever_.insert(key);
      first_seen_.try_emplace(key, now_ + 60);
      if (open_.contains(key)) return;
      open_[key] = batch_.sightings.size();
      batch_.sightings.push_back(sighting(authority_, thumbprint(key), now_ + 60, now_ + 60));
      batch_.sightings.back().kid = "kid-" + std::to_string(key);
    } else if (set_.size() > 1) {
      set_.erase(found);
      open_.erase(key);
      batch_.events.push_back(
          event(model::EventType::kKeyWithdrawn, authority_, now_ + 60, thumbprint(key)));
    }
  }

  void next_stretch() {
    if (set_.empty()) change();
    std::ranges::shuffle(set_, random_);
    const std::string body = body_of(set_, any(3));
    const std::int64_t first = now_ + 60 + (any(4) == 0 ? any(90'000) : 0);
    const int looks = 1 + any(40);
    auto row = span(authority_, first, first + (looks - 1) * 60, body);
    row.count = looks;
    row.discovery_sha256 = base::sha256_hex("discovery " + std::to_string(any(4)));
    if (any(5) == 0) {
      row.jwks_good = false;
      row.jwks_status = 503;
      row.jwks_sha256.clear();
      if (any(2) == 0) row.discovery_sha256.clear();
    } else {
      if (any(6) != 0) batch_.documents.push_back(document(body));
      for (const int key : set_) {
        batch_.sightings[open_[key]].last = row.last;
      }
    }
    now_ = first + (looks - 1) * 60;
    batch_.spans.push_back(std::move(row));
  }

  std::string authority_;
  std::mt19937 random_;
  std::int64_t now_ = 0;
  std::vector<int> set_;
  std::set<int> ever_;
  std::map<int, std::int64_t> first_seen_;
  std::map<int, std::size_t> open_;
  model::Batch batch_;
};

// `whole`: with the times at which live keys were seen, and the order of the body.
std::string answer(storage::Reader& reader, const std::string& authority, base::Instant at,
                   bool whole) {
  const auto set = value_of(reader.key_set(authority, at));
  std::vector<std::string> lines;
  for (const storage::KeyView& key : set.keys) {
    std::string line = key.kid.value_or("-") + " " + key.thumbprint + " " + key.alg + " " +
                       std::to_string(key.bits) + " " + base::format_rfc3339(key.first_seen) + " " +
                       std::string(storage::to_text(key.state));
    if (whole || key.state != storage::KeyState::kLive) {
      line += " " + base::format_rfc3339(key.last_seen);
    }
    lines.push_back(std::move(line));
  }
  if (!whole) std::ranges::sort(lines);
  std::string out = set.observed_at ? "seen" : "never seen";
  if (whole && set.observed_at) out += " " + base::format_rfc3339(*set.observed_at);
  for (const std::string& line : lines) out += "\n" + line;
  return out;
}

std::string events_of(storage::Reader& reader) {
  std::string out;
  const auto events = value_of(reader.events({}));
  for (const model::Event& each : events) out += text(each) + "\n";
  return out;
}

void compact(storage::Store& store, std::int64_t before_s) {
  for (;;) {
    const bool more = value_of(store.compact_slice({at(before_s), at(before_s)}));
    if (!more) return;
  }
}

std::size_t spans_of(storage::Store& store, const std::string& authority) {
  return value_of(store.reader().spans(authority, at(-1), at(1'000'000'000))).size();
}

}  // namespace

TEST_CASE("Retention changes no answer about keys and events, for any history", "[retention]") {
  for (unsigned seed = 0; seed < 24; ++seed) {
    INFO("seed " << seed);
    const TemporaryDirectory directory;
    std::optional<storage::Store> store = open_store(directory.path());
    std::mt19937 random(seed);
    std::int64_t end = 0;
    for (const std::string name : {"a", "b"}) {
      History history(name, seed * 2 + (name == "a" ? 0 : 1));
      REQUIRE(store->commit(history.make(80)));
      end = std::max(end, history.end());
    }
    std::vector<std::pair<std::string, std::int64_t>> questions;
    for (int i = 0; i < 80; ++i) {
      questions.emplace_back(
          i % 2 == 0 ? "a" : "b",
          static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(end + 2000)));
    }
    const auto ask = [&](std::int64_t whole_from) {
      std::vector<std::string> answers;
      for (const auto& [name, second] : questions) {
        answers.push_back(answer(store->reader(), name, at(second), second >= whole_from));
      }
      return answers;
    };
    const std::string events = events_of(store->reader());
    const std::size_t before = spans_of(*store, "a");
    for (const std::int64_t cutoff : {end / 3, end / 2, end + 10}) {
      const auto expected = ask(cutoff);
      // Cut off in the middle, too: as after a crash.
      for (auto n = random() % 3; n > 0; --n) {
        REQUIRE(store->compact_slice({at(cutoff), at(cutoff)}));
      }
      store.reset();
      store = open_store(directory.path());
      compact(*store, cutoff);
      const auto answers = ask(cutoff);
      for (std::size_t i = 0; i < questions.size(); ++i) {
        INFO("cutoff " << cutoff << ", at " << questions[i].second);
        CHECK(answers[i] == expected[i]);
      }
    }
    CHECK(events_of(store->reader()) == events);
    CHECK(spans_of(*store, "a") < before);
    CHECK(value_of(store->reader().verify_audit()).holds);
  }
}

TEST_CASE("Of an authority that is down its last good answers stay, however old", "[retention]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  const std::string body = body_of({1}, 0);
  batch.documents = {document(body), document("discovery")};
  batch.spans = {span("a", 0, 60, body), span("a", 120, 180), span("a", 240, 300)};
  batch.spans[1].jwks_good = batch.spans[2].jwks_good = false;
  batch.spans[2].discovery_sha256.clear();
  REQUIRE(store.commit(batch));
  compact(store, 1'000'000);
  CHECK(spans_of(store, "a") == 3);
  CHECK(value_of(store.reader().document(document(body).sha256)));
  CHECK(value_of(store.reader().document(document("discovery").sha256)));
}

TEST_CASE("Bodies that no stretch names any more are removed, and what others name is not",
          "[retention]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const std::string one = body_of({1, 2}, 0), other = body_of({2, 1}, 1),
                    shared = body_of({1, 2}, 2);
  model::Batch batch;
  batch.documents = {document(one), document(other), document(shared)};
  batch.spans = {span("a", 0, 60, one), span("a", 120, 180, other), span("a", 240, 300, shared),
                 span("a", 900, 960, one), span("b", 900, 960, shared)};
  REQUIRE(store.commit(batch));
  compact(store, 600);
  storage::Reader& reader = store.reader();
  const auto spans = value_of(reader.spans("a", at(0), at(1000)));
  REQUIRE(spans.size() == 2);
  CHECK(spans[0].first == at(0));
  CHECK(spans[0].last == at(300));
  CHECK(spans[0].count == 9);
  CHECK(spans[0].jwks_sha256 == document(shared).sha256);
  CHECK(value_of(reader.document(document(one).sha256)));
  CHECK_FALSE(value_of(reader.document(document(other).sha256)));
  CHECK(value_of(reader.document(document(shared).sha256)));
}

TEST_CASE("What retention removes is said in the audit chain, once for each pass", "[retention]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  const std::string body = body_of({1}, 0);
  for (int i = 0; i < 1000; ++i) batch.spans.push_back(span("a", i * 120, i * 120 + 60, body));
  REQUIRE(store.commit(batch));
  compact(store, 60'000);
  compact(store, 60'000);
  auto notes = value_of(store.reader().notes_of("store.compacted"));
  CHECK(notes == std::vector<std::string>{R"({"before":"2026-03-01T16:40:00Z"})"});
  compact(store, 90'000);
  compact(store, 90'010);
  notes = value_of(store.reader().notes_of("store.compacted"));
  CHECK(notes.size() == 2);
  CHECK(value_of(store.reader().verify_audit()).holds);
}

TEST_CASE("A slice reads a bounded number of rows, however many there are", "[retention]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  model::Batch batch;
  const std::string body = body_of({1}, 0);
  for (int i = 0; i < 3000; ++i) batch.spans.push_back(span("a", i * 120, i * 120 + 60, body));
  REQUIRE(store.commit(batch));
  std::size_t left = 3000;
  int slices = 0;
  for (bool more = true; more; ++slices) {
    more = value_of(store.compact_slice({at(1'000'000), at(1'000'000)}));
    const std::size_t now = spans_of(store, "a");
    CHECK(left - now <= 256);
    left = now;
  }
  CHECK(left == 2);
  CHECK(slices >= 12);
}

TEST_CASE("With retention the file stops growing: free pages are used again", "[retention]") {
  const TemporaryDirectory directory;
  storage::Store store = open_store(directory.path());
  const auto day = [&](int number) {
    model::Batch batch;
    for (int i = 0; i < 40; ++i) {
      const std::string body = body_of({1, 2, 3}, number * 40 + i) + std::string(2000, ' ');
      batch.documents.push_back(document(body));
      batch.spans.push_back(
          span("a", number * 86'400 + i * 120, number * 86'400 + i * 120 + 60, body));
    }
    REQUIRE(store.commit(batch));
    compact(store, (number - 5) * 86'400);
    REQUIRE(store.checkpoint());
    return std::filesystem::file_size(directory.database());
  };
  std::uintmax_t settled = 0;
  for (int number = 0; number < 12; ++number) settled = day(number);
  for (int number = 12; number < 40; ++number) CHECK(day(number) <= settled + 65'536);
}

TEST_CASE(
    "The storage thread compacts only while no batch waits, and a batch goes before the next "
    "slice",
    "[retention]") {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<std::string> done;
  bool first_slice_may_end = false;
  storage::StorageThread thread(
      [&](std::span<const model::Batch* const> group)
          -> tl::expected<std::vector<storage::Committed>, storage::Fault> {
        const std::lock_guard lock(mutex);
        done.emplace_back("batch");
        return std::vector<storage::Committed>(group.size());
      },
      {},
      [&](const storage::Retention&) -> base::Result<bool> {
        std::unique_lock lock(mutex);
        done.emplace_back("slice");
        changed.notify_all();
        changed.wait(lock, [&] { return first_slice_may_end; });
        return std::ranges::count(done, "slice") < 3;
      });
  thread.compact({at(0), at(0)});
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return !done.empty(); });
  }
  model::Batch batch;
  batch.notes = {{at(0), "test", "{}"}};
  REQUIRE(thread.submit(1, std::move(batch)));
  {
    const std::lock_guard lock(mutex);
    first_slice_may_end = true;
    changed.notify_all();
  }
  REQUIRE(thread.flush());
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return std::ranges::count(done, "slice") == 3; });
  CHECK(done == std::vector<std::string>{"slice", "batch", "slice", "slice"});
}
