// A server on loopback that answers byte by byte as the test says, well-behaved or not. One thread
// per connection; the script runs there, so it must not use Catch2's assertions.
#pragma once

#include "tests/fakes/test_ca.hpp"

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace idpwatch::fakes {

class RawConnection {
 public:
  RawConnection(int fd, ssl_st* tls, const std::atomic<bool>& stopping)
      : fd_(fd), tls_(tls), stopping_(stopping) {}

  // False once the peer has gone or the server stops.
  bool send(std::string_view bytes);
  // The same bytes again and again until the peer has had enough; at most `limit` bytes, so that a
  // client without bounds ends too. Gives back what was sent.
  std::uint64_t flood(std::string_view bytes, std::uint64_t limit);
  // Says nothing more until the peer goes or the server stops.
  void hang();
  // Closes with a reset instead of an orderly end.
  void reset();
  // A line at a time, the head of a request; empty when the peer has gone.
  std::string read_head();
  std::string read_bytes(std::size_t count);

  int request_number = 0;     // of this connection, from 1
  int connection_number = 0;  // of this server, from 1
  std::string body;           // of the request, by its Content-Length

 private:
  long receive(char* bytes, std::size_t size);

  int fd_;
  ssl_st* tls_;
  const std::atomic<bool>& stopping_;
  std::string pending_;
};

class RawServer {
 public:
  // Whether the connection is kept for another request. `head` is the request up to its empty line.
  using Script = std::function<bool(RawConnection& connection, const std::string& head)>;

  // With an identity it speaks TLS.
  explicit RawServer(Script script, const Identity* identity = nullptr);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  // "https://localhost:port" + path.
  [[nodiscard]] std::string url(const std::string& path = "/",
                                const std::string& host = "localhost") const;
  [[nodiscard]] int connections() const { return connections_; }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int resumed() const { return resumed_; }  // TLS sessions taken up again
  [[nodiscard]] std::vector<std::string> heads() const;

 private:
  void accept_all();
  void serve(int fd, int number);
  void talk(RawConnection& connection);

  Script script_;
  ssl_ctx_st* tls_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0, requests_ = 0, resumed_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> heads_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

// "HTTP/1.1 200 OK", Date, Content-Length, the headers given (each "Name: value"), the body.
std::string http_message(int status, const std::string& body,
                         const std::vector<std::string>& headers = {});
// One gzip member that stores `bytes` (at most 65535) as they are.
std::string gzip(const std::string& bytes);
// A gzip stream of zeros without end: each `again` (13 bytes) yields `yield` bytes.
struct GzipBomb {
  std::string begin, again;
  std::uint64_t yield;
};
GzipBomb gzip_bomb();

}  // namespace idpwatch::fakes
