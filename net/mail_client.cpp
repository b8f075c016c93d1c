#include "net/mail_client.hpp"

#include "base/mutex.hpp"
#include "net/send_letter.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <sys/eventfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace idpwatch::net {

namespace {

HttpResponse lacking(const char* what) {
  HttpResponse response;
  response.unsent = true;
  response.failure = model::Failure{model::FailureKind::kConnect, model::FailureDetail::kOurs,
                                    std::string("this host cannot ") + what};
  return response;
}

}  // namespace

// Where the threads leave what came of their letters.
struct MailClient::Shared {
  explicit Shared(OwnedFd wake) : fd(std::move(wake)) {}

  OwnedFd fd;
  base::Mutex mutex;
  std::vector<std::pair<RequestId, HttpResponse>> finished IDPWATCH_GUARDED_BY(mutex);

  void put(RequestId id, HttpResponse response) {
    const base::MutexLock lock(mutex);
    finished.emplace_back(id, std::move(response));
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = ::write(fd.get(), &one, sizeof one);
  }
};

struct MailClient::Running {
  std::atomic<bool> stop = false;
  HttpTransport::Callback done;  // empty: cancelled
  std::thread thread;
};

MailClient::MailClient(EventLoop& loop) : loop_(loop) {}

MailClient::~MailClient() {
  if (shared_) loop_.unwatch(shared_->fd.get());
  for (auto& [id, letter] : running_) letter->stop = true;
  for (auto& [id, letter] : running_) {
    if (letter->thread.joinable()) letter->thread.join();
  }
}

void MailClient::start(RequestId id, HttpRequest request, TrustPtr trust,
                       HttpTransport::Callback done) {
  if (!shared_) {
    OwnedFd fd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (fd.get() < 0) {
      loop_.soon(
          [done = std::move(done)](const Now&) { done(lacking("open another file descriptor")); });
      return;
    }
    shared_ = std::make_shared<Shared>(std::move(fd));
    loop_.watch(shared_->fd.get(), {.readable = true, .writable = false},
                [this](const Now&, Readiness) { take_finished(); });
  }
  waiting_.push_back({id, std::move(request), std::move(trust), std::move(done)});
  begin_next();
}

void MailClient::begin_next() {
  while (!waiting_.empty() && running_.size() < kAtOnce) {
    Waiting letter = std::move(waiting_.front());
    waiting_.pop_front();
    begin(std::move(letter));
  }
}

void MailClient::begin(Waiting letter) {
  auto running = std::make_unique<Running>();
  running->done = std::move(letter.done);
  const RequestId id = letter.id;
  try {
    running->thread =
        std::thread([shared = shared_, id, stop = &running->stop,
                     request = std::move(letter.request), trust = std::move(letter.trust)] {
          shared->put(id, send_letter(request, trust ? trust->store.get() : nullptr, *stop));
        });
  } catch (const std::system_error&) {
    shared_->put(id, lacking("start another thread"));
  }
  running_.emplace(id, std::move(running));
}

bool MailClient::cancel(RequestId id) {
  if (const auto found = running_.find(id); found != running_.end()) {
    found->second->stop = true;
    found->second->done = nullptr;
    return true;
  }
  return std::erase_if(waiting_, [id](const Waiting& letter) { return letter.id == id; }) > 0;
}

void MailClient::take_finished() {
  std::uint64_t count = 0;
  [[maybe_unused]] const ssize_t got = ::read(shared_->fd.get(), &count, sizeof count);
  std::vector<std::pair<RequestId, HttpResponse>> finished;
  {
    const base::MutexLock lock(shared_->mutex);
    finished.swap(shared_->finished);
  }
  for (auto& [id, response] : finished) {
    const auto node = running_.extract(id);
    if (node.empty()) continue;
    if (node.mapped()->thread.joinable()) node.mapped()->thread.join();
    if (node.mapped()->done) node.mapped()->done(std::move(response));
  }
  begin_next();
}

}  // namespace idpwatch::net
