// The least that the transfers cost: libcurl alone, the same bytes asked for, nothing looked at,
// nothing bounded. Once by its easy interface, which waits in each call, and once by its multi
// interface on epoll, which is what one process that watches many authorities must use.
#include "bench/round_contenders.hpp"
#include "net/http_client.hpp"

#include <curl/curl.h>

#include <array>
#include <csignal>
#include <memory>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>

namespace idpwatch::bench {

namespace {

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

Easy make_easy(const Round& round, std::string& body) {
  Easy easy(curl_easy_init());
  curl_easy_setopt(easy.get(), CURLOPT_CAINFO, round.ca_file.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy.get(), CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, net::user_agent().c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  return easy;
}

class Bare : public Runner {
 public:
  explicit Bare(const Round& round) : round_(round) { std::signal(SIGPIPE, SIG_IGN); }

  void look(int times) override {
    for (int i = 0; i < times; ++i) {
      for (std::size_t authority = 0; authority < round_.ports.size(); ++authority) {
        if (!round_.kept) {
          const Easy easy = make_easy(round_, body_);
          documents(easy.get(), authority);
          continue;
        }
        if (kept_.size() == authority) kept_.push_back(make_easy(round_, body_));
        documents(kept_[authority].get(), authority);
      }
    }
  }

 protected:
  virtual CURLcode perform(CURL* easy, bool another_follows) = 0;

 private:
  void documents(CURL* easy, std::size_t authority) {
    get(easy, round_.discovery_url(authority), true);
    get(easy, round_.jwks_url(authority), false);
  }

  void get(CURL* easy, const std::string& url, bool another_follows) {
    body_.clear();
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    if (perform(easy, another_follows || round_.kept) != CURLE_OK || body_.empty()) {
      throw std::runtime_error("bare libcurl: " + url);
    }
  }

  const Round round_;
  std::string body_;
  std::vector<Easy> kept_;
};

class BareEasy final : public Bare {
 public:
  using Bare::Bare;

 protected:
  // A fresh connection ends with its handle.
  CURLcode perform(CURL* easy, bool /*another_follows*/) override {
    return curl_easy_perform(easy);
  }
};

class BareMulti final : public Bare {
 public:
  explicit BareMulti(const Round& round)
      : Bare(round), epoll_(::epoll_create1(EPOLL_CLOEXEC)), multi_(curl_multi_init()) {
    curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &BareMulti::socket);
    curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &BareMulti::timer);
    curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
    curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 1024L);
  }
  BareMulti(const BareMulti&) = delete;
  BareMulti& operator=(const BareMulti&) = delete;
  // The child ends without a farewell: handles outlive their multi handle otherwise.
  ~BareMulti() override { ::close(epoll_); }

 protected:
  CURLcode perform(CURL* easy, bool another_follows) override {
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, another_follows ? 0L : 1L);
    curl_multi_add_handle(multi_, easy);
    CURLcode code = CURLE_OK;
    while (!finished(code)) turn();
    curl_multi_remove_handle(multi_, easy);
    return code;
  }

 private:
  static int socket(CURL*, curl_socket_t fd, int what, void* self, void* known) {
    auto* bare = static_cast<BareMulti*>(self);
    if (what == CURL_POLL_REMOVE) {
      ::epoll_ctl(bare->epoll_, EPOLL_CTL_DEL, fd, nullptr);
      return 0;
    }
    epoll_event event{};
    if ((what & CURL_POLL_IN) != 0) event.events |= EPOLLIN;
    if ((what & CURL_POLL_OUT) != 0) event.events |= EPOLLOUT;
    event.data.fd = fd;
    ::epoll_ctl(bare->epoll_, known != nullptr ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
    if (known == nullptr) curl_multi_assign(bare->multi_, fd, bare);
    return 0;
  }

  static int timer(CURLM*, long milliseconds, void* self) {
    static_cast<BareMulti*>(self)->wait_ms_ = static_cast<int>(milliseconds);
    return 0;
  }

  void turn() {
    std::array<epoll_event, 16> events{};
    const int ready = ::epoll_wait(epoll_, events.data(), 16, wait_ms_);
    int running = 0;
    if (ready == 0) curl_multi_socket_action(multi_, CURL_SOCKET_TIMEOUT, 0, &running);
    for (int i = 0; i < ready; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      const int flags = ((event.events & EPOLLIN) != 0 ? CURL_CSELECT_IN : 0) |
                        ((event.events & EPOLLOUT) != 0 ? CURL_CSELECT_OUT : 0);
      curl_multi_socket_action(multi_, event.data.fd, flags, &running);
    }
  }

  bool finished(CURLcode& code) {
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      code = message->data.result;
      return true;
    }
    return false;
  }

  int epoll_;
  CURLM* multi_;
  int wait_ms_ = -1;
};

}  // namespace

Contender bare_easy() {
  return {.name = "bare libcurl, easy interface",
          .make = [](const Round& round) { return std::make_unique<BareEasy>(round); }};
}

Contender bare_multi() {
  return {.name = "bare libcurl, multi interface",
          .make = [](const Round& round) { return std::make_unique<BareMulti>(round); }};
}

}  // namespace idpwatch::bench
