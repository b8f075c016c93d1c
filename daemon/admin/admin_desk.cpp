#include "daemon/admin/admin_desk.hpp"

#include "base/log.hpp"
#include "daemon/admin/admin_token.hpp"

#include <chrono>
#include <utility>

namespace idpwatch::daemon {

namespace {

// A snapshot is made for those who ask, at most so often, and after one that took t not within 20
// t: what much is watched takes long to show, and gets no more than its share of the loop.
constexpr base::Duration kSnapshotEvery = base::milliseconds(250);
constexpr int kSnapshotPause = 20;
// Who asks gets the last one if the loop is busy that long.
constexpr std::chrono::milliseconds kSnapshotPatience(1000);

// What commands of our own user show when they ask for more than a look; empty: none may.
std::string write_token(const config::Config& config, base::Random& random) {
  if (!config.admin_token.empty()) return {};
  auto token = make_admin_token(config.state_dir, random);
  if (token) return std::move(*token);
  base::log::warn("admin", token.error().text());
  return {};
}

}  // namespace

AdminOptions AdminDesk::options(const config::Config& config, const std::string& database,
                                base::Random& random) {
  AdminOptions out;
  out.listen = config.listen;
  out.token = config.admin_token;
  out.write_token = write_token(config, random);
  out.database_path = database;
  out.clock = &clock_;
  out.refresh = [this] { refresh(); };
  out.test_receiver = [this](const std::string& receiver) { return test_receiver(receiver); };
  out.silence = [this](alerts::Silence asked) { return silence(std::move(asked)); };
  out.unsilence = [this](const std::string& id) { return unsilence(id); };
  return out;
}

base::Status AdminDesk::start(const config::Config& config, const std::string& database,
                              base::Random& random) {
  if (config.listen.kind == config::Listen::Kind::kOff) return base::Ok{};
  auto posted = PostedCalls::create(loop_);
  if (!posted) return base::fail(posted.error());
  posted_ = std::move(*posted);
  auto listener = AdminListener::start(options(config, database, random));
  if (!listener) return base::fail(listener.error());
  listener_ = std::move(*listener);
  publish_if_changed();
  beat();
  return base::Ok{};
}

void AdminDesk::beat() {
  if (listener_) listener_->beat({watch_.storage_ok()});
}

void AdminDesk::end() {
  // First: a request that waits for the loop would hold the listener up.
  if (posted_) posted_->close();
  listener_.reset();
}

void AdminDesk::publish_if_changed() {
  const base::Duration begun = clock_.boottime();
  if (begun < publish_at_ || !watch_.take_changed()) return;
  listener_->publish(watch_.snapshot());
  publish_at_ = begun + kSnapshotEvery + kSnapshotPause * (clock_.boottime() - begun);
}

// From the listener's thread: what is asked for is made then, and not before.
void AdminDesk::refresh() {
  static_cast<void>(posted_->ask(
      [this]() -> base::Status {
        publish_if_changed();
        return base::Ok{};
      },
      kSnapshotPatience));
}

// From the listener's thread. Shared: the loop may come to it when nobody waits any more.
base::Result<std::vector<alerts::TestMessage>> AdminDesk::test_receiver(
    const std::string& receiver) {
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

base::Result<alerts::Silence> AdminDesk::silence(alerts::Silence silence) {
  const auto set = std::make_shared<alerts::Silence>();
  const base::Status asked =
      posted_->ask([this, silence = std::move(silence), set]() -> base::Status {
        auto put = watch_.silence(silence);
        if (!put) return base::fail(put.error());
        *set = *std::move(put);
        return base::Ok{};
      });
  if (!asked) return base::fail(asked.error());
  return std::move(*set);
}

base::Result<alerts::Silence> AdminDesk::unsilence(const std::string& id) {
  const auto ended = std::make_shared<alerts::Silence>();
  const base::Status asked = posted_->ask([this, id, ended]() -> base::Status {
    auto put = watch_.unsilence(id);
    if (!put) return base::fail(put.error());
    *ended = *std::move(put);
    return base::Ok{};
  });
  if (!asked) return base::fail(asked.error());
  return std::move(*ended);
}

}  // namespace idpwatch::daemon
