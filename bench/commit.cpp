// How fast the store takes what a round or an import gives it: observations per second and CPU per
// observation, for batches of 1,000 in one transaction, and the time of a lone commit.
//
//   bench_commit [OBSERVATIONS]     (default 20,000; writes below the temporary directory)
#include "base/clock.hpp"
#include "base/digest.hpp"
#include "storage/reader.hpp"
#include "storage/store.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <string>

namespace {

using namespace idpwatch;

constexpr int kAuthorities = 100;
constexpr int kBatch = 1000;
constexpr int kKeys = 4;  // in each set

base::Instant at(int second) {
  return base::from_unix_seconds(1'772'323'200) + std::chrono::seconds(second);
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

std::string thumbprint(int authority, int key) {
  return base::sha256_hex(std::to_string(authority) + "/" + std::to_string(key)).substr(0, 43);
}

model::ObservationSpan span_of(int authority, int number) {
  model::ObservationSpan span;
  span.authority = "authority-" + std::to_string(authority);
  span.issuer = "https://" + span.authority + ".example.com/v2.0";
  span.first = span.last = at(number);
  span.discovery_status = span.jwks_status = 200;
  span.discovery_url = span.issuer + "/.well-known/openid-configuration";
  span.jwks_url = span.issuer + "/discovery/keys";
  span.jwks_good = true;
  return span;
}

model::KeyRecord key_of(const std::string& name, int authority, int number, int key) {
  model::KeyRecord record;
  record.authority = name;
  record.thumbprint = thumbprint(authority, key);
  record.first_seen = at(0);
  record.last_seen = at(number);
  const std::string kid = "kid-" + std::to_string(key);
  record.kids_ever = {kid};
  record.last_members = {{kid, "{\"alg\":\"RS256\",\"kid\":\"" + kid + "\",\"use\":\"sig\"}"}};
  record.kty = "RSA";
  record.bits = 2048;
  return record;
}

// The hard case, a rotation at every look: a new body of 2 KB, a key in and a key out, its kid, its
// sightings with a certificate chain, all keys of the set seen again.
void add_rotation(model::Batch& batch, int number) {
  const int authority = number % kAuthorities;
  const int round = number / kAuthorities;
  model::ObservationSpan span = span_of(authority, number);
  const std::string& name = span.authority;
  std::string body =
      "{\"keys\":[\"" + name + std::to_string(number) + std::string(2000, 'x') + "\"]}";
  model::Document document{base::sha256_hex(body),
                           std::make_shared<const std::string>(std::move(body))};
  span.jwks_sha256 = document.sha256;
  for (int key = round; key < round + kKeys; ++key) {
    batch.keys.push_back(key_of(name, authority, number, key));
  }
  const std::string in = thumbprint(authority, round + kKeys - 1);
  batch.kids.push_back({name, "kid-" + std::to_string(round + kKeys - 1), {in}});
  batch.sightings.push_back({name, in, "kid-" + std::to_string(round + kKeys - 1),
                             "{\"x5c\":\"" + in + std::string(1500, 'y') + "\"}", at(number),
                             at(number)});
  for (const auto type : {model::EventType::kKeyPublished, model::EventType::kKeyWithdrawn}) {
    model::Event event;
    event.type = type;
    event.at = at(number);
    event.authority = name;
    event.about_key = true;
    event.kid = "kid-" + std::to_string(round);
    event.thumbprint = in;
    batch.events.push_back(std::move(event));
  }
  model::TimelineState state;
  state.authority = name;
  state.last_set = state.last_signing = {in};
  state.jwks_sha256 = document.sha256;
  batch.timelines.push_back(std::move(state));
  batch.documents.push_back(std::move(document));
  batch.spans.push_back(std::move(span));
}

// The common case of a round: an outcome that differs from the last one in nothing but its span.
void add_span(model::Batch& batch, int number) {
  batch.spans.push_back(span_of(number % kAuthorities, number));
}

void measure(const char* what, int observations, int in_batch,
             const std::function<void(model::Batch&, int)>& add) {
  std::string name = (std::filesystem::temp_directory_path() / "idpwatch-bench-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return;
  storage::OpenOptions options;
  options.now = at(0);
  auto store = storage::Store::open(name, options);
  if (!store) {
    fmt::print(stderr, "{}\n", store.error().text());
    return;
  }
  const base::SystemClock clock;
  base::Duration wall{0};
  double cpu = 0;
  for (int number = 0; number < observations;) {
    model::Batch batch;
    for (int i = 0; i < in_batch && number < observations; ++i) add(batch, number++);
    const base::Duration wall_before = clock.boottime();
    const double cpu_before = cpu_seconds();
    if (const auto done = store->commit(batch); !done) {
      fmt::print(stderr, "{}\n", done.error().text());
      return;
    }
    cpu += cpu_seconds() - cpu_before;
    wall += clock.boottime() - wall_before;
  }
  const double seconds = static_cast<double>(wall.count()) / 1e6;
  const auto size = std::filesystem::file_size(store->file());
  fmt::print(
      "{:<28} {:>8} observations  {:>9.0f}/s  {:>7.1f} us each, {:>6.1f} us of CPU  {:>6} KiB\n",
      what, observations, observations / seconds, 1e6 * seconds / observations,
      1e6 * cpu / observations, size / 1024);
  std::filesystem::remove_all(name);
}

}  // namespace

int main(int argc, char** argv) {
  const int observations = argc > 1 ? std::atoi(argv[1]) : 20'000;
  measure("rotation each, 1000 a commit", observations, kBatch, add_rotation);
  measure("span each, 1000 a commit", observations, kBatch, add_span);
  measure("rotation each, lone commits", observations / 20, 1, add_rotation);
}
