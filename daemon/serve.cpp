#include "daemon/serve.hpp"

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/version.hpp"
#include "daemon/admin_listener.hpp"
#include "daemon/needs_restart.hpp"
#include "daemon/notify_socket.hpp"
#include "daemon/posted_calls.hpp"
#include "daemon/store_port.hpp"
#include "daemon/watch.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "net/trust_store.hpp"
#include "storage/storage_thread.hpp"
#include "storage/store.hpp"

#include <array>
#include <charconv>
#include <csignal>
#include <memory>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {

constexpr base::Duration kDrainFor = base::seconds(5);  // alerting rule R24
constexpr base::Duration kSnapshotEvery = base::milliseconds(250);
constexpr base::Duration kStatusEvery = base::seconds(10);

// The storage thread as the watch sees it.
class ThreadPort final : public StorePort {
 public:
  explicit ThreadPort(storage::StorageThread& thread) : thread_(thread) {}
  bool submit(std::uint64_t ticket, model::Batch&& batch) override {
    return thread_.submit(ticket, std::move(batch));
  }
  [[nodiscard]] std::optional<storage::Fault> fault() const override { return thread_.fault(); }

 private:
  storage::StorageThread& thread_;
};

net::HttpClientOptions client_options(const Config& config, const base::Environment& environment) {
  net::HttpClientOptions options;
  options.kept_connections = static_cast<std::size_t>(config.limits.connections);
  options.environment = environment;
  return options;
}

// systemd wants a sign of life within $WATCHDOG_USEC; twice as often is the custom. Zero: it does
// not ask, or asks another process.
base::Duration watchdog_interval(const base::Environment& environment) {
  const std::string usec = environment.get("WATCHDOG_USEC").value_or("");
  const std::string pid = environment.get("WATCHDOG_PID").value_or("");
  if (usec.empty() || (!pid.empty() && pid != std::to_string(::getpid()))) {
    return base::Duration(0);
  }
  std::int64_t micros = 0;
  std::from_chars(usec.data(), usec.data() + usec.size(), micros);
  return base::Duration(micros) / 2;
}

class Daemon {
 public:
  Daemon(const ServeOptions& options, const base::Clock& clock, ConfigPtr config,
         std::unique_ptr<net::EventLoop> loop, storage::Store store)
      : options_(options),
        config_(std::move(config)),
        started_with_(config_),
        loop_(std::move(loop)),
        client_(*loop_, clock, client_options(*config_, options.environment)),
        next_seq_(store.next_seq()),
        moved_aside_(store.moved_aside()),
        database_(store.file()),
        thread_(std::move(store)),
        port_(thread_),
        watch_({*loop_, client_, random_, clock, port_, {}, &base::read_kernel_clock, moved_aside_},
               config_, next_seq_),
        notify_(options.environment.get("NOTIFY_SOCKET").value_or("")),
        watchdog_every_(watchdog_interval(options.environment)) {}

  base::Status run(const base::Clock& clock);
  void on_signal(const net::Now& now, int signal);

 private:
  base::Status begin(const base::Clock& clock);
  void reload();
  base::Result<std::vector<alerts::TestMessage>> test_receiver(const std::string& receiver);
  void publish_if_changed();
  void plan_publish();
  void tell_systemd(const net::Now& now);
  void end_when_drained(base::Duration until);
  [[nodiscard]] std::string status_line() const;

  const ServeOptions& options_;
  ConfigPtr config_;
  const ConfigPtr started_with_;
  std::unique_ptr<net::EventLoop> loop_;
  base::SystemRandom random_;
  net::HttpClient client_;
  std::int64_t next_seq_;
  std::optional<storage::MovedAside> moved_aside_;
  std::filesystem::path database_;
  storage::StorageThread thread_;
  std::unique_ptr<storage::Reader> reader_;
  ThreadPort port_;
  Watch watch_;
  NotifySocket notify_;
  std::unique_ptr<PostedCalls> posted_;
  std::unique_ptr<AdminListener> listener_;
  base::Duration watchdog_every_;
  base::Duration watchdog_at_{0}, status_at_{0};
  std::string status_told_;
  bool ending_ = false;
};

base::Status Daemon::begin(const base::Clock& clock) {
  auto reader = storage::Reader::open(database_);
  if (!reader) return base::fail(reader.error());
  reader_ = std::make_unique<storage::Reader>(std::move(*reader));
  if (const auto started = watch_.start(*reader_); !started) return started;

  loop_->watch(thread_.fd(), {.readable = true, .writable = false},
               [this](const net::Now&, net::Readiness) {
                 for (const storage::Ack& ack : thread_.take_acknowledged()) {
                   if (ack.error) {
                     base::log::error("storage", ack.error->text(), {});
                     watch_.not_stored();
                   } else {
                     watch_.stored(ack.ticket);
                   }
                 }
                 watch_.store_changed();
               });
  auto posted = PostedCalls::create(*loop_);
  if (!posted) return base::fail(posted.error());
  posted_ = std::move(*posted);
  if (config_->listen.kind != Listen::Kind::kOff) {
    AdminOptions admin;
    admin.listen = config_->listen;
    admin.token = config_->admin_token;
    admin.database_path = database_.string();
    admin.clock = &clock;
    admin.test_receiver = [this](const std::string& receiver) { return test_receiver(receiver); };
    auto listener = AdminListener::start(std::move(admin));
    if (!listener) return base::fail(listener.error());
    listener_ = std::move(*listener);
  }
  publish_if_changed();
  plan_publish();
  return base::Ok{};
}

// From the listener's thread. Shared: the loop may come to it when nobody waits any more.
base::Result<std::vector<alerts::TestMessage>> Daemon::test_receiver(const std::string& receiver) {
  const auto tests = std::make_shared<std::vector<alerts::TestMessage>>();
  const base::Status asked = posted_->ask([this, receiver, tests]() -> base::Status {
    auto put = watch_.test_receiver(receiver);
    if (!put) return base::fail(put.error());
    *tests = std::move(*put);
    return base::Ok{};
  });
  if (!asked) return base::fail(asked.error());
  return std::move(*tests);
}

base::Status Daemon::run(const base::Clock& clock) {
  if (const auto begun = begin(clock); !begun) return begun;
  base::log::info("daemon", "watching",
                  {{"version", std::string(base::version())},
                   {"authorities", std::to_string(config_->authorities.size())},
                   {"database", database_.string()},
                   {"listen", config_->listen.text()}});
  notify_.ready(status_line());
  loop_->run();
  listener_.reset();
  posted_.reset();
  loop_->unwatch(thread_.fd());
  reader_.reset();  // the last connection to close must be the writer: it empties the WAL
  thread_.stop();
  base::log::info("daemon", "ended", {});
  return base::Ok{};
}

void Daemon::on_signal(const net::Now& now, int signal) {
  if (signal == SIGHUP) {
    reload();
    return;
  }
  if (ending_) {
    loop_->stop();
    return;
  }
  ending_ = true;
  notify_.stopping();
  base::log::info("daemon", "ending: no further looks, sending what is due", {});
  watch_.drain();
  end_when_drained(now.boottime + kDrainFor);
}

void Daemon::end_when_drained(base::Duration until) {
  const net::Now now = loop_->now();
  if ((watch_.idle() && thread_.queued() == 0) || now.boottime >= until) {
    loop_->stop();
    return;
  }
  loop_->at(now.boottime + base::milliseconds(20),
            [this, until](const net::Now&) { end_when_drained(until); });
}

void Daemon::reload() {
  notify_.reloading(base::monotonic_now());
  auto loaded = options_.load();
  if (!loaded) {
    const std::string why = to_error(loaded.error()).text();
    base::log::error("config", "the new configuration is refused, the old one stays",
                     {{"why", why}});
    watch_.reload_refused(why);
  } else {
    auto next = std::make_shared<const Config>(std::move(*loaded));
    const base::Status done = watch_.reload(next);
    if (done) {
      config_ = next;
      client_.keep_connections(static_cast<std::size_t>(config_->limits.connections));
      for (const std::string& line : needs_restart(*started_with_, *next)) {
        base::log::warn("config", line);
      }
      base::log::info("config", "reloaded", {});
    } else {
      base::log::error("config", "the reload failed", {{"why", done.error().text()}});
    }
  }
  publish_if_changed();
  // READY also ends a refused reload, or systemd would wait for ever.
  notify_.ready(status_line());
}

void Daemon::publish_if_changed() {
  if (!listener_ || !watch_.take_changed()) return;
  listener_->publish(watch_.snapshot());
}

void Daemon::plan_publish() {
  loop_->at(loop_->now().boottime + kSnapshotEvery, [this](const net::Now& now) {
    if (listener_) listener_->beat();
    publish_if_changed();
    tell_systemd(now);
    plan_publish();
  });
}

// Called by the loop itself: a loop that hangs gives no sign of life.
void Daemon::tell_systemd(const net::Now& now) {
  if (watchdog_every_ > base::Duration(0) && now.boottime >= watchdog_at_) {
    notify_.watchdog();
    watchdog_at_ = now.boottime + watchdog_every_;
  }
  if (ending_ || now.boottime < status_at_) return;
  status_at_ = now.boottime + kStatusEvery;
  std::string line = status_line();
  if (line == status_told_) return;
  notify_.status(line);
  status_told_ = std::move(line);
}

std::string Daemon::status_line() const {
  const SnapshotPtr shot = watch_.snapshot();
  std::string line = std::to_string(shot->authorities.size()) + " authorities, " +
                     std::to_string(shot->findings.size()) + " firing, outbox " +
                     std::to_string(shot->outbox.queued);
  if (!shot->config_ok) line += "; the last reload was refused, the old configuration is in force";
  return line;
}

}  // namespace

base::Status serve(const ServeOptions& options, const base::Clock& clock) {
  auto loaded = options.load();
  if (!loaded) return base::fail(to_error(loaded.error()));
  auto config = std::make_shared<const Config>(std::move(*loaded));
  base::log::setup(
      base::log::resolve({config->log.level, config->log.format, false}, options.environment));
  if (auto trust = net::check_trust_store(config->defaults.ca_file, options.environment); !trust) {
    return trust;
  }

  storage::OpenOptions open;
  open.mode = storage::OpenMode::kDaemon;
  open.now = clock.wall();
  open.instance = config->instance;
  auto store = storage::Store::open(config->state_dir, open);
  if (!store) return base::fail(store.error());
  if (const auto& moved = store->moved_aside()) {
    base::log::error("storage", "the database was damaged and is moved aside; a new one begins",
                     {{"to", moved->to.string()}, {"reason", moved->reason}});
  }
  auto loop = net::EventLoop::create(clock);
  if (!loop) return base::fail(loop.error());
  // Before any thread begins: a thread that does not block them would take them for itself.
  std::signal(SIGPIPE, SIG_IGN);
  constexpr std::array<int, 3> kSignals = {SIGTERM, SIGINT, SIGHUP};
  Daemon* running = nullptr;
  base::Status watched = (*loop)->on_signals(kSignals, [&running](const net::Now& now, int signal) {
    if (running != nullptr) running->on_signal(now, signal);
  });
  if (!watched) return watched;
  Daemon daemon(options, clock, std::move(config), std::move(*loop), std::move(*store));
  running = &daemon;
  return daemon.run(clock);
}

}  // namespace idpwatch::daemon
