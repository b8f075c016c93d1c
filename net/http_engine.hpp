// Inside of HttpClient: which transfer runs when and on which handle, and libcurl's multi handles
// on the loop. A part of HttpClient, not for others.
#pragma once

#include "net/http_client.hpp"
#include "net/http_transfer.hpp"
#include "net/mail_client.hpp"
#include "net/request_queue.hpp"

#include <deque>
#include <list>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace idpwatch::net {

// Idle handles that are kept, oldest first, at most as many as connections may be kept. A full pool
// does not turn out what is in use: with more authorities than places each place would otherwise be
// lost before its next turn. Beside them stand handles that are lent for the next request of the
// same probe, for a moment.
class HandlePool {
 public:
  explicit HandlePool(std::size_t places) : places_(places) {}

  std::unique_ptr<TransferHandle> take(std::string_view key);
  // A place for one more kept handle; it counts until it is given back or forgotten.
  bool reserve();
  void give_back(std::unique_ptr<TransferHandle> handle, base::Duration now);
  void lend(std::unique_ptr<TransferHandle> handle);
  void forget() { --kept_; }  // a kept handle that is not given back
  void drop_idle_since(base::Duration instant);
  void drop_outdated();
  void resize(std::size_t places);
  [[nodiscard]] std::size_t kept() const { return kept_; }

 private:
  struct Idle {
    std::unique_ptr<TransferHandle> handle;
    base::Duration since{0};
  };
  void drop(std::list<Idle>::iterator idle);

  std::size_t places_;
  std::size_t kept_ = 0;  // idle or running
  std::list<Idle> idle_;
  std::unordered_multimap<std::string_view, std::list<Idle>::iterator> by_key_;  // keys: handles'
  std::deque<std::unique_ptr<TransferHandle>> lent_;  // oldest first, few
};

// One curl multi handle: its connections may be mixed freely, since all trust the same authorities
// and use the same address family; libcurl would not tell those apart.
class MultiHandle {
 public:
  using Finished = std::function<void(void* easy, int code)>;

  MultiHandle(EventLoop& loop, const base::Clock& clock, Finished finished);
  ~MultiHandle();
  MultiHandle(const MultiHandle&) = delete;
  MultiHandle& operator=(const MultiHandle&) = delete;

  void add(void* easy);
  void remove(void* easy);

 private:
  struct Callbacks;
  friend struct Callbacks;
  struct Socket {
    int wanted = 0;     // CURL_POLL_*, as the loop watches it
    bool used = false;  // libcurl waits for it; else an idle connection's
  };
  void act(int fd, int flags);
  void drain();
  void watch(int fd, int what);
  void unwatch(int fd);
  void on_ready(int fd, Readiness ready);
  void set_timer(long milliseconds);
  void arm();
  void on_timer();

  EventLoop& loop_;
  const base::Clock& clock_;
  Finished finished_;
  std::unordered_map<int, Socket> sockets_;
  void* multi_;
  TimerId timer_ = 0;
  base::Duration armed_{0};                 // of that timer
  std::optional<base::Duration> deadline_;  // when libcurl wants to be called
  int added_ = 0;                           // handles, done or not
  TimerId drain_soon_ = 0;
};

class HttpClient::Engine {
 public:
  Engine(EventLoop& loop, const base::Clock& clock, HttpClientOptions options);
  ~Engine();

  RequestId start(HttpRequest request, Callback done);
  void cancel(RequestId id);
  [[nodiscard]] HttpClientCounters counters() const;
  void keep_connections(std::size_t number) { pool_.resize(number); }
  void look_at_files();

 private:
  using MultiKey = std::pair<TrustPtr, model::IpVersion>;

  void fail_soon(std::unique_ptr<Transfer> transfer, model::Failure failure);
  void begin_next();
  void wake_when_due();
  void begin(Transfer& transfer, bool fresh);
  void finished(void* easy, int code);
  void let_go(std::unique_ptr<TransferHandle> handle);
  std::unique_ptr<TransferHandle> handle_for(const Transfer& transfer, bool fresh);
  std::shared_ptr<MultiHandle> multi_for(const Route& route);
  std::optional<model::Failure> read_tls_files(Transfer& transfer);
  void start_letter(RequestId id, HttpRequest request, Callback done);
  void plan_look_at_files(base::Duration wait, bool begin);
  void drop_outdated();

  EventLoop& loop_;
  const base::Clock& clock_;
  HttpClientOptions options_;
  HandlePool pool_;
  TlsFiles files_;
  TimerId look_at_files_ = 0, leave_ = 0;
  std::vector<std::unique_ptr<TransferHandle>> leaving_;
  std::map<MultiKey, std::shared_ptr<MultiHandle>> multis_;
  std::unordered_map<RequestId, std::unique_ptr<Transfer>> transfers_;
  RequestQueue queue_;
  TimerId wake_ = 0;
  std::optional<base::Duration> wake_at_;
  std::string key_;  // of the route looked for; its memory is used again
  Shortage shortage_;
  SpareDescriptors spare_;
  MailClient mail_;
  RequestId next_id_ = 1;
  HttpClientCounters counters_;
};

}  // namespace idpwatch::net
