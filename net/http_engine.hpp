// Inside of HttpClient: which transfer runs when and on which handle, and libcurl's multi handles
// on the loop. A part of HttpClient, not for others.
#pragma once

#include "net/http_client.hpp"
#include "net/http_transfer.hpp"

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
  void resize(std::size_t places);
  [[nodiscard]] std::size_t kept() const { return kept_; }

 private:
  struct Idle {
    std::unique_ptr<TransferHandle> handle;
    base::Duration since{0};
  };
  void drop_oldest();

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

 private:
  struct Host {
    std::size_t running = 0;         // or with its turn taken, waiting for a place among all
    std::vector<RequestId> waiting;  // few: nearly always none
  };
  using MultiKey = std::pair<TrustSource, model::IpVersion>;

  void fail_soon(std::unique_ptr<Transfer> transfer, model::Failure failure);
  void begin_ready();
  void begin(Transfer& transfer, bool fresh);
  void finished(void* easy, int code);
  void release(const Transfer& transfer);
  std::unique_ptr<TransferHandle> handle_for(const HttpRequest& request, const Endpoint& endpoint,
                                             bool fresh);
  MultiHandle& multi_for(const Route& route);
  Host& host_of(const std::string& host_port);

  EventLoop& loop_;
  const base::Clock& clock_;
  HttpClientOptions options_;
  HandlePool pool_;
  std::map<MultiKey, std::unique_ptr<MultiHandle>> multis_;
  std::unordered_map<RequestId, std::unique_ptr<Transfer>> transfers_;
  std::unordered_map<std::string, Host> hosts_;
  std::deque<RequestId> ready_;  // with their host's turn
  std::string key_;              // of the route looked for; its memory is used again
  std::size_t running_ = 0;
  RequestId next_id_ = 1;
  HttpClientCounters counters_;
};

}  // namespace idpwatch::net
