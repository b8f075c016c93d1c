// A database of many years of many authorities, made through the storage layer, and how long each
// question of `keys` and `history` takes to answer from it: the worst of several, cold and warm.
//
//   bench_ten_years [AUTHORITIES [YEARS [DIRECTORY]]]     (default 1,000 and 10; keeps DIRECTORY)
//
// More than half of the authorities never rotate; the others have the cadences of 373 real
// providers, with key sets of two keys, a failure a month, and a set that flips between two nodes
// now and then.
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "base/json.hpp"
#include "base/random.hpp"
#include "model/jwk.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace idpwatch;
using base::Duration;
using base::Instant;

constexpr std::int64_t kBegin = 1'772'323'200;  // 2026-03-01
constexpr std::int64_t kDay = 86'400;

Instant at(std::int64_t second) { return base::from_unix_seconds(kBegin + second); }

void must(const base::Status& done) {
  if (done) return;
  fmt::print(stderr, "{}\n", done.error().text());
  std::exit(1);
}

// Days between new keys, in the shares that 373 real providers have; 0: never.
int cadence_of(int authority) {
  struct Share {
    int until, days;  // of a thousand
  };
  constexpr std::array<Share, 9> kShares{{{35, 1},
                                          {51, 7},
                                          {65, 14},
                                          {105, 30},
                                          {148, 42},
                                          {318, 90},
                                          {334, 120},
                                          {450, 365},
                                          {1000, 0}}};
  const int place = authority * 389 % 1000;
  return std::ranges::find_if(kShares, [place](const Share& one) { return place < one.until; })
      ->days;
}

// One provider: its keys, and what the daemon stores of each change.
class Provider {
 public:
  Provider(int number, base::Random& random)
      : name_("authority-" + std::to_string(number)),
        issuer_("https://" + name_ + ".example.com/v2.0"),
        cadence_(cadence_of(number)),
        random_(random) {
    add_key(0);
    add_key(0);
  }

  // Everything from the last change to the end of that day.
  model::Batch day(std::int64_t number) {
    model::Batch batch;
    const std::int64_t now = number * kDay;
    if (number == 0) publish(batch, now);
    if (cadence_ != 0 && number > 0 && number % cadence_ == 0) rotate(batch, now);
    if (random_.below(30) == 0) fail(batch, now + 3600);
    if (random_.below(400) == 0) flip(batch, now + 7200);
    return batch;
  }

 private:
  struct Key {
    std::string kid, text, thumbprint;
    std::int64_t since;
  };

  void add_key(std::int64_t now) {
    Key key;
    key.kid = base::sha256_hex(name_ + std::to_string(++made_)).substr(0, 27);
    std::string modulus;
    for (int i = 0; i < 6; ++i) modulus += base::sha256_hex(key.kid + std::to_string(i));
    modulus.resize(342, 'A');
    modulus.back() = 'A';
    const nlohmann::json jwk = {{"kty", "RSA"},
                                {"use", "sig"},
                                {"alg", "RS256"},
                                {"kid", key.kid},
                                {"e", "AQAB"},
                                {"n", modulus},
                                {"x5c", {std::string(400, 'M')}}};
    key.text = jwk.dump();
    key.thumbprint = model::parse_jwk(jwk).thumbprint;
    key.since = now;
    keys_.push_back(std::move(key));
  }

  std::string body() const {
    std::string out = "{\"keys\":[";
    for (const Key& key : keys_) out += (out.back() == '[' ? "" : ",") + key.text;
    return out + "]}";
  }

  void span(model::Batch& batch, std::int64_t first, const std::string& text) {
    model::ObservationSpan next;
    next.authority = name_;
    next.issuer = issuer_;
    next.first = at(first);
    next.last = at(first + 1800);
    next.count = 30;
    next.discovery_status = 200;
    next.jwks_status = text.empty() ? 503 : 200;
    next.discovery_url = issuer_ + "/.well-known/openid-configuration";
    next.jwks_url = issuer_ + "/discovery/keys";
    next.discovery_sha256 = base::sha256_hex(issuer_);
    next.worst_latency_us = 90'000;
    next.typical_latency_us = 40'000;
    if (!text.empty()) {
      next.jwks_sha256 = base::sha256_hex(text);
      next.jwks_good = true;
      batch.documents.push_back({next.jwks_sha256, std::make_shared<const std::string>(text)});
    } else {
      next.jwks_failure = "http";
    }
    batch.spans.push_back(std::move(next));
  }

  model::KeyRecord record(const Key& key, std::int64_t now) const {
    model::KeyRecord out;
    out.authority = name_;
    out.thumbprint = key.thumbprint;
    out.first_seen = at(key.since);
    out.last_seen = at(now);
    out.kids_ever = {key.kid};
    out.last_members = {{key.kid, R"({"alg":"RS256","kid":")" + key.kid + R"(","use":"sig"})"}};
    out.kty = "RSA";
    out.alg = "RS256";
    out.use = "sig";
    out.bits = 2048;
    return out;
  }

  void tell(model::Batch& batch, model::EventType type, const Key& key, std::int64_t now) const {
    model::Event event;
    event.type = type;
    event.at = at(now);
    event.authority = name_;
    event.about_key = true;
    event.kid = key.kid;
    event.thumbprint = key.thumbprint;
    if (type == model::EventType::kKeyPublished) event.initial = now == 0;
    batch.events.push_back(std::move(event));
  }

  void come(model::Batch& batch, const Key& key, std::int64_t now) const {
    batch.keys.push_back(record(key, now));
    batch.kids.push_back({name_, key.kid, {key.thumbprint}});
    batch.sightings.push_back({name_, key.thumbprint, key.kid,
                               R"({"alg":"RS256","kid":")" + key.kid + R"(","use":"sig"})", at(now),
                               at(now)});
    tell(batch, model::EventType::kKeyPublished, key, now);
  }

  void publish(model::Batch& batch, std::int64_t now) {
    for (const Key& key : keys_) come(batch, key, now);
    span(batch, now, body());
  }

  void rotate(model::Batch& batch, std::int64_t now) {
    add_key(now);
    come(batch, keys_.back(), now);
    span(batch, now, body());
    const Key old = keys_.front();
    keys_.pop_front();
    model::KeyRecord gone = record(old, now + 1800);
    gone.first_absent_at = at(now + 10'800);
    gone.withdrawn_at = at(now + 11'400);
    batch.keys.push_back(std::move(gone));
    tell(batch, model::EventType::kKeyWithdrawn, old, now + 11'400);
    span(batch, now + 10'800, body());
  }

  void fail(model::Batch& batch, std::int64_t now) {
    span(batch, now, {});
    span(batch, now + 2000, body());
  }

  void flip(model::Batch& batch, std::int64_t now) {
    const std::string one = body();
    std::ranges::reverse(keys_);
    const std::string other = body();
    std::ranges::reverse(keys_);
    for (int i = 0; i < 40; ++i) span(batch, now + 14'000 + i * 1810, i % 2 == 0 ? one : other);
  }

  std::string name_, issuer_;
  int cadence_;
  base::Random& random_;
  int made_ = 0;
  std::deque<Key> keys_;
};

void make(storage::Store& store, int authorities, int years) {
  base::SeededRandom random(1);
  std::vector<Provider> providers;
  providers.reserve(static_cast<std::size_t>(authorities));
  for (int i = 0; i < authorities; ++i) providers.emplace_back(i, random);
  for (std::int64_t day = 0; day < std::int64_t{365} * years; ++day) {
    model::Batch all;
    for (Provider& provider : providers) all.append(provider.day(day));
    if (all.empty()) continue;
    const auto done = store.commit(all);
    if (!done) must(base::fail(done.error()));
  }
}

double milliseconds(const std::function<void()>& work) {
  const base::SystemClock clock;
  const Duration before = clock.boottime();
  work();
  return static_cast<double>((clock.boottime() - before).count()) / 1000;
}

// Of a question asked of many authorities or instants: the first, the median and the worst.
void measure(const char* what, int times, const std::function<void(int)>& ask) {
  std::vector<double> all;
  all.reserve(static_cast<std::size_t>(times));
  for (int i = 0; i < times; ++i) all.push_back(milliseconds([&] { ask(i); }));
  const double first = all.front();
  std::ranges::sort(all);
  fmt::print("{:<58} {:8.2f} {:8.2f} {:8.2f} ms\n", what, first, all[all.size() / 2], all.back());
}

template <class T>
std::size_t taken(const base::Result<T>& result) {
  if (!result) must(base::fail(result.error()));
  return 1;
}

storage::EventFilter of(std::string authority, std::optional<Instant> since = {},
                        std::optional<Instant> until = {}) {
  storage::EventFilter filter;
  filter.authority = std::move(authority);
  filter.since = since;
  filter.until = until;
  return filter;
}

void ask(storage::Reader& reader, int authorities, int years) {
  const auto name = [&](int i) { return "authority-" + std::to_string(i * 37 % authorities); };
  const std::int64_t end = std::int64_t{365} * years * kDay;
  const auto some = [&](int i) { return at(end / 101 * (i % 101)); };
  fmt::print("{:<58} {:>8} {:>8} {:>8}\n", "", "first", "median", "worst");
  measure("keys AUTHORITY", 200, [&](int i) { taken(reader.key_set(name(i), at(end))); });
  measure("keys AUTHORITY --at TIME", 500, [&](int i) { taken(reader.key_set(name(i), some(i))); });
  measure("keys, one that rotates daily, --at TIME", 100,
          [&](int i) { taken(reader.key_set("authority-0", some(i))); });
  measure("history AUTHORITY", 200, [&](int i) { taken(reader.events(of(name(i)))); });
  measure("history, one that rotates daily", 5,
          [&](int) { taken(reader.events(of("authority-0"))); });
  measure("history AUTHORITY --since a year", 200,
          [&](int i) { taken(reader.events(of(name(i), at(end - 365 * kDay)))); });
  measure("history --since a week", 50, [&](int i) {
    const Instant from = some(i);
    taken(reader.events(of("", from, from + std::chrono::hours(24 * 7))));
  });
  const auto newest = [&](std::string authority, std::string type) {
    storage::EventFilter filter;
    filter.authority = std::move(authority);
    filter.type = std::move(type);
    filter.limit = 100;
    filter.newest_first = true;
    taken(reader.events(filter));
  };
  measure("history --limit 100", 20, [&](int) { newest("", ""); });
  measure("history --limit 100 --type key.withdrawn", 20,
          [&](int) { newest("", "key.withdrawn"); });
  measure("history --limit 100 --type issuer.changed (never)", 5,
          [&](int) { newest("", "issuer.changed"); });
  measure("history AUTHORITY --limit 100 --type key.material_changed", 200,
          [&](int i) { newest(name(i), "key.material_changed"); });
  measure("history (all of it)", 2, [&](int) { taken(reader.events({})); });
  measure("at a start: notes of the chain", 3, [&](int) { taken(reader.notes_of("silence")); });
  measure("at a start: last span, a day's size", 200, [&](int i) {
    taken(reader.last_span(name(i)));
    taken(reader.stored_since(name(i), at(end - kDay)));
  });
}

void compact(storage::Store& store, Instant now) {
  int slices = 0;
  double worst = 0;
  const double whole = milliseconds([&] {
    for (bool more = true; more; ++slices) {
      worst = std::max(worst, milliseconds([&] {
                         const auto done =
                             store.compact_slice({now, now - std::chrono::hours(24 * 400)});
                         if (!done) must(base::fail(done.error()));
                         more = *done;
                       }));
    }
  });
  fmt::print("retention 400d: {} slices, the longest {:.1f} ms, {:.1f} s in all\n", slices, worst,
             whole / 1000);
}

}  // namespace

int main(int argc, char** argv) {
  const int authorities = argc > 1 ? std::atoi(argv[1]) : 1000;
  const int years = argc > 2 ? std::atoi(argv[2]) : 10;
  const std::filesystem::path folder =
      argc > 3 ? argv[3] : std::filesystem::temp_directory_path() / "idpwatch-ten-years";
  storage::OpenOptions options;
  options.mode = storage::OpenMode::kCreate;
  options.now = at(0);
  options.instance = "bench";
  auto store = storage::Store::open(folder, options);
  if (!store) must(base::fail(store.error()));
  if (store->next_seq() < 2) {
    const double took = milliseconds([&] { make(*store, authorities, years); });
    must(store->checkpoint());
    fmt::print("made in {:.0f} s\n", took / 1000);
  }
  const auto size = [&] {
    return static_cast<double>(std::filesystem::file_size(store->file())) / (1024 * 1024);
  };
  fmt::print("{} authorities, {} years: {:.0f} MiB, {} audit records\n\n", authorities, years,
             size(), store->next_seq());
  {
    auto reader = storage::Reader::open(folder);
    if (!reader) must(base::fail(reader.error()));
    ask(*reader, authorities, years);
  }
  compact(*store, at(std::int64_t{365} * years * kDay));
  auto reader = storage::Reader::open(folder);
  if (!reader) must(base::fail(reader.error()));
  fmt::print("\nafter it:\n");
  ask(*reader, authorities, years);
  if (argc <= 3) std::filesystem::remove_all(folder);
  return 0;
}
