// A small mail server on loopback: one thread a connection, STARTTLS and AUTH PLAIN/LOGIN, and the
// replies that a test sets. Keeps the letters that it took.
#pragma once

#include "tests/fakes/test_ca.hpp"

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

struct ssl_ctx_st;

namespace idpwatch::fakes {

struct Letter {
  std::string from;
  std::vector<std::string> to;
  std::string text;  // as it came, dots unstuffed
  bool encrypted = false;
  std::string login;  // what AUTH PLAIN brought, decoded no further than base64
};

struct SmtpBehaviour {
  bool tls_at_once = false;     // smtps
  bool offers_starttls = true;  // where there is an identity
  bool offers_login = true;
  // By the command's beginning ("RCPT TO:<bob@example.com>", "DATA", "."): the reply instead of the
  // usual one. "hang": none ever.
  std::map<std::string, std::string> replies{};
};

class SmtpServer {
 public:
  explicit SmtpServer(SmtpBehaviour behaviour, const Identity* identity = nullptr);
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  [[nodiscard]] std::string url(const std::string& host = "localhost") const;
  [[nodiscard]] std::vector<Letter> letters() const;
  [[nodiscard]] std::vector<std::string> commands() const;

 private:
  struct Connection;
  void accept_all();
  void serve(int fd);
  bool answer(Connection& connection, const std::string& line, Letter& letter);
  bool take_text(Connection& connection, Letter& letter);
  [[nodiscard]] std::string reply_to(const std::string& command, const std::string& usual) const;

  SmtpBehaviour behaviour_;
  ssl_ctx_st* tls_ = nullptr;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<Letter> letters_;
  std::vector<std::string> commands_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace idpwatch::fakes
