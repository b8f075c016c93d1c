#include "daemon/serve.hpp"

#include "base/log.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "base/version.hpp"
#include "config/restart_required.hpp"
#include "daemon/admin/admin_desk.hpp"
#include "daemon/config_loader.hpp"
#include "daemon/descriptor_limit.hpp"
#include "daemon/file_threads.hpp"
#include "daemon/memory.hpp"
#include "daemon/state_folder.hpp"
#include "daemon/supervisor.hpp"
#include "net/event_loop.hpp"
#include "net/http_client.hpp"
#include "net/trust_store.hpp"
#include "storage/keeper.hpp"
#include "storage/storage_thread.hpp"
#include "storage/store.hpp"
#include "watch/store_port.hpp"
#include "watch/watch.hpp"

#include <array>
#include <csignal>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {

namespace {

// What is due and not taken by then waits in the outbox for the next start.
constexpr base::Duration kDrainFor = base::seconds(2);
constexpr unsigned kListenerEndsWithinS = 2;
constexpr unsigned kStoreEndsWithinS = 10;
constexpr base::Duration kBeatEvery = base::milliseconds(250);

// The storage thread as the watch sees it.
class ThreadPort final : public watch::StorePort {
 public:
  explicit ThreadPort(storage::StorageThread& thread) : thread_(thread) {}
  bool submit(std::uint64_t ticket, model::Batch&& batch) override {
    return thread_.submit(ticket, std::move(batch));
  }
  void compact(const storage::Retention& retention) override { thread_.compact(retention); }
  [[nodiscard]] std::optional<storage::Fault> fault() const override { return thread_.fault(); }

 private:
  storage::StorageThread& thread_;
};

net::HttpClientOptions client_options(const config::Config& config,
                                      const base::Environment& environment) {
  net::HttpClientOptions options;
  options.kept_connections = static_cast<std::size_t>(config.limits.connections);
  options.environment = environment;
  return options;
}

void end_now(int /*signal*/) { ::_exit(0); }

// From now on, whatever hangs: a disk, or a client of the listener. What is then not stored is as
// after kill -9, which loses nothing that was confirmed.
void end_within(unsigned seconds) {
  std::signal(SIGALRM, &end_now);
  ::alarm(seconds);
}

class Daemon {
 public:
  Daemon(const ServeOptions& options, const base::Clock& clock, net::EventLoop& loop,
         FileThreads& files, watch::ConfigPtr config, std::shared_ptr<storage::Keeper> keeper)
      : options_(options),
        config_(std::move(config)),
        started_with_(config::until_restart(*config_, {})),
        clock_(clock),
        loop_(loop),
        files_(files),
        client_(loop_, clock,
                descriptors_.fit(client_options(*config_, options.environment), *config_)),
        keeper_(std::move(keeper)),
        thread_(keeper_),
        port_(thread_),
        supervisor_(options.environment),
        loader_(
            files, loop_, options.load, options.environment, [this] { supervisor_.reloading(); },
            [this](const ConfigLoader::Loaded& loaded) { take_config(loaded); }) {}

  base::Status run();
  void on_signal(const net::Now& now, int signal);

 private:
  base::Status begin();
  base::Status begin_watch();
  base::Status start_watch(storage::Reader stored, bool past_known = true);
  base::Status let_go_of_file();
  void on_store();
  void take_config(const ConfigLoader::Loaded& loaded);
  base::Status reload(const config::Config& loaded);
  void plan_beat();
  void end_when_drained(base::Duration until);
  void end();
  [[nodiscard]] std::string status_line() const;

  const ServeOptions& options_;
  watch::ConfigPtr config_;
  const config::Config started_with_;  // nothing but what a reload cannot change
  const base::Clock& clock_;
  net::EventLoop& loop_;
  FileThreads& files_;
  base::SystemRandom random_;
  const DescriptorLimit descriptors_;
  net::HttpClient client_;
  std::shared_ptr<storage::Keeper> keeper_;
  storage::StorageThread thread_;
  std::optional<storage::Reader> reader_;
  std::filesystem::path moved_to_;  // where the database before the one that reader_ reads is
  bool reads_file_ = false;         // else what stands in for a file that cannot be read
  ThreadPort port_;
  std::optional<watch::Watch> watch_;
  Supervisor supervisor_;
  std::optional<AdminDesk> admin_;
  ConfigLoader loader_;
  bool ending_ = false;
};

base::Status Daemon::start_watch(storage::Reader stored, bool past_known) {
  reader_.emplace(std::move(stored));
  const auto moved = keeper_->moved_aside();
  moved_to_ = moved ? moved->to : std::filesystem::path();
  watch::WatchParts parts{loop_, client_, random_, clock_,
                          port_, files_,  {},      &base::read_kernel_clock};
  parts.moved_aside = [this] { return keeper_->moved_aside(); };
  parts.distrust = [this](const base::Error& why) { keeper_->distrust(why.message); };
  watch_.emplace(std::move(parts), config_);
  return watch_->start(*reader_, past_known);
}

// From what is stored. Where that turns out to be damaged it is moved aside, once; where it cannot
// be read, watching begins without it: nobody is helped by a daemon that does not run.
base::Status Daemon::begin_watch() {
  for (int attempt = 0; attempt < 2; ++attempt) {
    auto stored = keeper_->reader();
    base::Status begun = base::Ok{};
    if (stored) {
      reads_file_ = keeper_->is_open();
      begun = start_watch(std::move(*stored));
      if (begun && !reads_file_) return let_go_of_file();
      if (begun) return begun;
    } else {
      begun = base::fail(stored.error());
    }
    base::log::error("storage", begun.error().text(), {});
    const bool damaged = reader_ && reader_->says_damage(begun.error());
    watch_.reset();
    reader_.reset();
    if (!damaged || !keeper_->is_open()) break;
    // Nothing was given to the storage thread yet: it waits.
    keeper_->distrust(begun.error().message);
    static_cast<void>(keeper_->commit({}));
  }
  auto nothing = storage::Reader::of_nothing();
  if (!nothing) return base::fail(nothing.error());
  reads_file_ = false;
  return start_watch(std::move(*nothing), false);
}

// What the start had to read has been read: the file must be free to be opened for writing.
base::Status Daemon::let_go_of_file() {
  auto nothing = storage::Reader::of_nothing();
  if (!nothing) return base::fail(nothing.error());
  *reader_ = std::move(*nothing);
  return base::Ok{};
}

void Daemon::on_store() {
  for (const storage::Ack& ack : thread_.take_acknowledged()) {
    if (ack.error) base::log::error("storage", ack.error->text(), {});
    watch_->stored(ack);
  }
  watch_->store_changed();
  const auto moved = keeper_->moved_aside();
  const bool new_file = moved && moved->to != moved_to_;
  if (thread_.fault() || (reads_file_ && !new_file)) return;
  auto fresh = storage::Reader::open(keeper_->file());
  if (!fresh) return;
  *reader_ = std::move(*fresh);
  reads_file_ = true;
  if (moved) moved_to_ = moved->to;
  watch_->past_is_readable();
}

base::Status Daemon::begin() {
  if (const auto begun = begin_watch(); !begun) return begun;
  loop_.watch(thread_.fd(), {.readable = true, .writable = false},
              [this](const net::Now&, net::Readiness) { on_store(); });
  admin_.emplace(loop_, clock_, *watch_);
  if (const auto listening = admin_->start(*config_, keeper_->file().string(), random_);
      !listening) {
    return listening;
  }
  plan_beat();
  return_free_memory();
  return base::Ok{};
}

base::Status Daemon::run() {
  if (const auto begun = begin(); !begun) return begun;
  base::log::info("daemon", "watching",
                  {{"version", std::string(base::version())},
                   {"authorities", std::to_string(config_->authorities.size())},
                   {"database", keeper_->file().string()},
                   {"listen", config_->listen.text()}});
  supervisor_.ready(status_line());
  loop_.run();
  end();
  return base::Ok{};
}

// Nothing may hang for ever in here: see end_within().
void Daemon::end() {
  end_within(kListenerEndsWithinS);
  if (admin_) admin_->end();
  end_within(kStoreEndsWithinS);
  loop_.unwatch(thread_.fd());
  reader_.reset();  // the last connection to close must be the writer: it empties the WAL
  thread_.stop();
  base::log::info("daemon", "ended", {});
}

void Daemon::on_signal(const net::Now& now, int signal) {
  if (signal == SIGHUP) {
    if (!ending_) loader_.request();
    return;
  }
  if (ending_) {
    loop_.stop();
    return;
  }
  ending_ = true;
  supervisor_.stopping();
  base::log::info("daemon", "shutting down: no more probes, sending what is due", {});
  watch_->drain();
  end_when_drained(now.boottime + kDrainFor);
}

void Daemon::end_when_drained(base::Duration until) {
  const net::Now now = loop_.now();
  const bool stored = thread_.queued() == 0 || thread_.fault();
  if ((watch_->idle() && stored) || now.boottime >= until) {
    loop_.stop();
    return;
  }
  loop_.at(now.boottime + base::milliseconds(20),
           [this, until](const net::Now&) { end_when_drained(until); });
}

void Daemon::take_config(const ConfigLoader::Loaded& loaded) {
  if (ending_) return;
  const base::Status done = loaded ? reload(**loaded) : base::fail(loaded.error());
  if (!done) {
    const std::string why = done.error().text();
    base::log::error("config", "the new configuration is refused, the old one stays",
                     {{"why", why}});
    watch_->reload_refused(why);
  }
  // READY also ends a refused reload, or systemd would wait for ever.
  supervisor_.ready(status_line());
}

base::Status Daemon::reload(const config::Config& loaded) {
  const auto next = std::make_shared<const config::Config>(until_restart(started_with_, loaded));
  if (const base::Status done = watch_->reload(next); !done) return done;
  config_ = next;
  client_.look_at_files();
  client_.keep_connections(
      descriptors_.fit(client_options(*config_, options_.environment), *config_).kept_connections);
  for (const std::string& line : restart_required(started_with_, loaded)) {
    base::log::warn("config", line);
  }
  return_free_memory();
  base::log::info("config", "reloaded", {});
  return base::Ok{};
}

void Daemon::plan_beat() {
  loop_.at(loop_.now().boottime + kBeatEvery, [this](const net::Now& now) {
    admin_->beat();
    supervisor_.beat(
        now.boottime, [&] { return watch_->progresses(now.boottime); },
        [this] { return status_line(); });
    plan_beat();
  });
}

std::string Daemon::status_line() const {
  const watch::Summary now = watch_->summary();
  std::string line = std::to_string(now.authorities) +
                     (now.authorities == 1 ? " authority, " : " authorities, ") +
                     std::to_string(now.firing) + " firing, outbox " + std::to_string(now.queued);
  if (!now.config_ok) {
    line += "; the last reload was rejected, the old configuration is still in effect";
  }
  return line;
}

}  // namespace

namespace {

// Who takes the signals: the daemon, or, as long as there is none, the start.
struct Signals {
  Daemon* daemon = nullptr;
  bool end = false, reload = false;

  void take(net::EventLoop& loop, const net::Now& now, int signal) {
    if (daemon != nullptr) return daemon->on_signal(now, signal);
    if (signal == SIGHUP) {
      reload = true;
    } else {
      end = true;
      loop.stop();
    }
  }
};

// A step of the start that may take long or hang; signals are taken meanwhile. nullopt: we were
// told to end.
template <class Result>
std::optional<Result> step(net::EventLoop& loop, FileThreads& files, const Signals& signals,
                           std::function<Result()> work) {
  const auto result = std::make_shared<std::optional<Result>>();
  files.submit([result, work = std::move(work), &loop] {
    result->emplace(work());
    return [&loop] { loop.stop(); };
  });
  loop.run();
  if (signals.end) return std::nullopt;
  return std::move(*result);
}

using KeeperPtr = std::shared_ptr<storage::Keeper>;

// Trouble with the file that can pass is no error.
base::Result<KeeperPtr> open_store(const config::Config& config,
                                   const base::Environment& environment, const base::Clock& clock) {
  if (auto trust = net::check_trust_store(config.defaults.ca_file, environment); !trust) {
    return base::fail(trust.error());
  }
  storage::OpenOptions open;
  open.mode = storage::OpenMode::kDaemon;
  open.instance = config.instance;
  auto keeper = std::make_shared<storage::Keeper>(config.state_dir, open, clock);
  if (auto opened = keeper->open(); !opened) return base::fail(opened.error());
  if (const std::string why = open_to_others(config.state_dir); !why.empty()) {
    base::log::warn("daemon",
                    "others can change state_dir, and with it the history, the audit chain and the "
                    "admin token; give it to the user of idpwatch alone (chown, chmod 700)",
                    {{"state_dir", config.state_dir}, {"why", why}});
  }
  return keeper;
}

base::Status start_and_run(const ServeOptions& options, const base::Clock& clock,
                           net::EventLoop& loop, FileThreads& files, Signals& signals) {
  using Loaded = tl::expected<config::Config, config::ConfigProblems>;
  auto loaded = step<Loaded>(loop, files, signals, options.load);
  if (!loaded) return base::Ok{};
  if (!*loaded) {
    options.show_problems(loaded->error());
    return base::fail(to_error(loaded->error()));
  }
  const auto config = std::make_shared<const config::Config>(std::move(**loaded));
  base::log::setup(
      base::log::resolve({config->log.level, config->log.format, false}, options.environment));
  auto keeper = step<base::Result<KeeperPtr>>(loop, files, signals,
                                              [config, environment = options.environment, &clock] {
                                                return open_store(*config, environment, clock);
                                              });
  if (!keeper) return base::Ok{};
  if (!*keeper) return base::fail(keeper->error());
  if (const auto fault = (**keeper)->fault()) {
    base::log::error("storage", "cannot open the database: watching and alerting from memory",
                     {{"why", fault->error.text()}});
  }
  Daemon daemon(options, clock, loop, files, config, std::move(**keeper));
  signals.daemon = &daemon;
  if (signals.reload) daemon.on_signal(loop.now(), SIGHUP);
  base::Status done = daemon.run();
  signals.daemon = nullptr;
  return done;
}

}  // namespace

base::Status serve(const ServeOptions& options, const base::Clock& clock) {
  std::signal(SIGPIPE, SIG_IGN);
  share_one_arena();
  auto loop = net::EventLoop::create(clock);
  if (!loop) return base::fail(loop.error());
  // Before anything else: a signal that nobody takes would kill the process in the middle of its
  // start, and a thread that began before would take it for itself.
  constexpr std::array<int, 3> kSignals = {SIGTERM, SIGINT, SIGHUP};
  Signals signals;
  base::Status watched = (*loop)->on_signals(
      kSignals,
      [&signals, &loop](const net::Now& now, int signal) { signals.take(**loop, now, signal); });
  if (!watched) return watched;
  auto files = FileThreads::create(**loop);
  if (!files) return base::fail(files.error());
  base::Status done = start_and_run(options, clock, **loop, **files, signals);
  if (!done) Supervisor(options.environment).failed(done.error().text());
  // A thread that hangs in the kernel must not wake up in what exit() has taken down.
  if (!(*files)->close() && done) ::_exit(0);
  return done;
}

}  // namespace idpwatch::daemon
