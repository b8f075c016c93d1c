// Ours: the probe alone, and with all that the daemon makes of what it saw.
#include "alerts/alert_center.hpp"
#include "base/assert.hpp"
#include "base/random.hpp"
#include "bench/round_contenders.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "probe/authority_probe.hpp"
#include "storage/storage_thread.hpp"
#include "storage/store.hpp"
#include "watch/pipeline.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <utility>

namespace idpwatch::bench {

namespace {

std::shared_ptr<const model::AuthoritySpec> spec_of(const Round& round, std::size_t authority) {
  model::AuthoritySpec spec;
  spec.name = "authority-" + std::to_string(authority);
  spec.issuer = round.issuer(authority);
  spec.ca_file = round.ca_file;
  spec.proxy = "";
  return std::make_shared<const model::AuthoritySpec>(std::move(spec));
}

class Probes : public Runner {
 public:
  explicit Probes(const Round& round)
      : loop_(net::EventLoop::create(clock_).value()), client_(*loop_, clock_, options(round)) {
    for (std::size_t i = 0; i < round.ports.size(); ++i) {
      probes_.push_back(std::make_unique<probe::AuthorityProbe>(client_, clock_, spec_of(round, i),
                                                                model::Limits{}));
    }
  }

  // One look at each authority, one after the other as the bare program does.
  void look(int times) override {
    for (int i = 0; i < times; ++i) {
      for (const auto& probe : probes_) {
        bool done = false;
        probe->start([&](model::Observation seen) {
          IDPWATCH_ASSERT(seen.jwks && seen.jwks->answered());
          take(std::move(seen));
          done = true;
        });
        while (!done) loop_->turn(base::seconds(10));
      }
    }
  }

 protected:
  virtual void take(model::Observation&& /*seen*/) {}
  net::EventLoop& loop() { return *loop_; }
  net::HttpClient& client() { return client_; }

 private:
  static net::HttpClientOptions options(const Round& round) {
    net::HttpClientOptions made;
    if (!round.kept) made.kept_connections = 0;
    return made;
  }

  base::SystemClock clock_;
  std::unique_ptr<net::EventLoop> loop_;
  net::HttpClient client_;
  std::vector<std::unique_ptr<probe::AuthorityProbe>> probes_;
};

class StateFolder {
 public:
  StateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "idpwatch-bench-XXXXXX").string();
    IDPWATCH_ASSERT(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~StateFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  StateFolder(const StateFolder&) = delete;
  StateFolder& operator=(const StateFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// As Watch does it: judged, alerts asked, what there is to store handed to the storage thread, the
// next tick planned. Each slice ends as five minutes of looks do, with the open spans on disk.
class Watching final : public Probes {
 public:
  explicit Watching(const Round& round)
      : Probes(round),
        store_(open(folder_)),
        alerts_(config(), random_, client(), [] {}),
        pipeline_(alerts_, nullptr, "bench"),
        storage_(std::move(store_)) {
    watch::TrackOptions options;
    options.instance = "bench";
    const auto shared = std::make_shared<const watch::TrackOptions>(options);
    for (std::size_t i = 0; i < round.ports.size(); ++i) {
      pipeline_.watch(spec_of(round, i), shared);
    }
  }
  ~Watching() override { loop().cancel(tick_); }
  Watching(const Watching&) = delete;
  Watching& operator=(const Watching&) = delete;

  void look(int times) override {
    Probes::look(times);
    submit(pipeline_.flush_spans());
    IDPWATCH_ASSERT(storage_.flush());
    IDPWATCH_ASSERT(!storage_.take_acknowledged().empty());
  }

 protected:
  void take(model::Observation&& seen) override {
    alerts::Turn turn = pipeline_.observe(std::move(seen), loop().now());
    submit(std::move(turn.batch));
    loop().cancel(tick_);
    const auto due = pipeline_.next_due();
    const base::Duration wait = due ? std::clamp(*due - loop().now().wall, base::Duration(0),
                                                 base::Duration(base::seconds(10)))
                                    : base::seconds(10);
    tick_ = loop().at(loop().now().boottime + wait,
                      [this](const net::Now& now) { submit(pipeline_.tick(now).batch); });
  }

 private:
  static storage::Store open(const StateFolder& folder) {
    return storage::Store::open(folder.path(), {.mode = storage::OpenMode::kCreate,
                                                .now = base::SystemClock().wall(),
                                                .instance = "bench",
                                                .pages_max = std::nullopt})
        .value();
  }
  static alerts::AlertsConfig config() {
    alerts::AlertsConfig made;
    made.instance = "bench";
    return made;
  }
  void submit(model::Batch&& batch) {
    if (!batch.empty()) IDPWATCH_ASSERT(storage_.submit(++ticket_, std::move(batch)));
  }

  StateFolder folder_;
  storage::Store store_;
  base::SystemRandom random_;
  alerts::AlertCenter alerts_;
  watch::Pipeline pipeline_;
  storage::StorageThread storage_;
  std::uint64_t ticket_ = 0;
  net::TimerId tick_ = 0;
};

}  // namespace

Contender probe_alone() {
  return {.name = "idpwatch, probe alone",
          .make = [](const Round& round) { return std::make_unique<Probes>(round); }};
}

Contender judged_and_stored() {
  return {.name = "idpwatch, judged and stored",
          .make = [](const Round& round) { return std::make_unique<Watching>(round); }};
}

}  // namespace idpwatch::bench
