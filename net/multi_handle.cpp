#include "base/assert.hpp"
#include "net/http_engine.hpp"

#include <curl/curl.h>

#include <unistd.h>

namespace idpwatch::net {

struct MultiHandle::Callbacks {
  static int socket(CURL*, curl_socket_t fd, int what, void* self, void* /*unused*/) {
    static_cast<MultiHandle*>(self)->watch(fd, what);
    return 0;
  }

  static int close_socket(void* self, curl_socket_t fd) {
    static_cast<MultiHandle*>(self)->unwatch(fd);
    return ::close(fd);
  }

  static int timer(CURLM*, long milliseconds, void* self) {
    static_cast<MultiHandle*>(self)->set_timer(milliseconds);
    return 0;
  }
};

MultiHandle::MultiHandle(EventLoop& loop, const base::Clock& clock, Finished finished)
    : loop_(loop), clock_(clock), finished_(std::move(finished)), multi_(curl_multi_init()) {
  // How many are kept is decided per transfer (CURLOPT_FORBID_REUSE); libcurl's own bound counts
  // running ones too, and is there for those left behind.
  constexpr long kMostConnections = 1024;
  IDPWATCH_ASSERT(multi_ != nullptr);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Callbacks::socket);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Callbacks::timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, kMostConnections);
  // No siblings on one connection: they would widen the clock's interval.
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

MultiHandle::~MultiHandle() {
  // Still calls the socket function for what it closes.
  curl_multi_cleanup(multi_);
  loop_.cancel(timer_);
  loop_.cancel(drain_soon_);
}

// The request is under way when this returns: waiting for the loop's next turn, as libcurl asks
// for, would cost a wait for events that cannot come yet. What fails at once is told in that turn,
// since nobody may be told from within add().
void MultiHandle::add(void* easy) {
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, &Callbacks::close_socket);
  curl_easy_setopt(easy, CURLOPT_CLOSESOCKETDATA, this);
  IDPWATCH_ASSERT(curl_multi_add_handle(multi_, easy) == CURLM_OK);
  ++added_;
  int running = 0;
  deadline_.reset();
  curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
  if (running < added_ && drain_soon_ == 0) {
    drain_soon_ = loop_.soon([this](const Now&) {
      drain_soon_ = 0;
      drain();
    });
  }
  arm();
}

void MultiHandle::remove(void* easy) {
  IDPWATCH_ASSERT(curl_multi_remove_handle(multi_, easy) == CURLM_OK);
  --added_;
  arm();
}

void MultiHandle::watch(int fd, int what) {
  // Left as it is: the next request on this connection waits for the same thing again, and taking
  // the watch off and on would cost as much as reading the answer.
  if (what == CURL_POLL_REMOVE) {
    if (const auto found = sockets_.find(fd); found != sockets_.end()) found->second.used = false;
    return;
  }
  const auto [entry, added] = sockets_.try_emplace(fd);
  Socket& socket = entry->second;
  socket.used = true;
  if (!added && socket.wanted == what) return;
  socket.wanted = what;
  const Readiness wanted{.readable = (what & CURL_POLL_IN) != 0,
                         .writable = (what & CURL_POLL_OUT) != 0};
  if (!added) return loop_.change(fd, wanted);
  loop_.watch(fd, wanted, [this, fd](const Now&, Readiness ready) { on_ready(fd, ready); });
}

void MultiHandle::unwatch(int fd) {
  if (sockets_.erase(fd) > 0) loop_.unwatch(fd);
}

void MultiHandle::on_ready(int fd, Readiness ready) {
  // On an idle connection: closed by the other side, as a rule. libcurl finds out when it wants to
  // use it again.
  if (!sockets_.at(fd).used) return unwatch(fd);
  act(fd, (ready.readable ? CURL_CSELECT_IN : 0) | (ready.writable ? CURL_CSELECT_OUT : 0));
}

void MultiHandle::set_timer(long milliseconds) {
  deadline_.reset();
  if (milliseconds < 0) return;
  // From the instant of the call, not of the turn: a long turn must not shorten a timeout. "Now" is
  // this very turn.
  const base::Duration from = milliseconds == 0 ? loop_.now().boottime : clock_.boottime();
  deadline_ = from + base::milliseconds(milliseconds);
}

// After each call into libcurl. Each transfer sets its timeout and takes it back, so a timer that
// stands is left to come too early and set on then: nearly all are for nothing.
void MultiHandle::arm() {
  if (!deadline_ || (timer_ != 0 && armed_ <= *deadline_)) return;
  loop_.cancel(timer_);
  armed_ = *deadline_;
  timer_ = loop_.at(armed_, [this](const Now&) { on_timer(); });
}

void MultiHandle::on_timer() {
  timer_ = 0;
  if (!deadline_) return;
  if (*deadline_ > loop_.now().boottime) return arm();
  deadline_.reset();
  act(CURL_SOCKET_TIMEOUT, 0);
}

void MultiHandle::act(int fd, int flags) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, flags, &running);
  drain();
  arm();
}

// Read one by one: whoever is told may begin and end transfers, and libcurl takes back what it has
// to say of those that are ended.
void MultiHandle::drain() {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    finished_(message->easy_handle, static_cast<int>(message->data.result));
  }
}

}  // namespace idpwatch::net
