#include "tests/fakes/smtp_server.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace idpwatch::fakes {

// Plain or encrypted, a line at a time.
struct SmtpServer::Connection {
  int fd = -1;
  SSL* tls = nullptr;
  std::string pending;

  void send(const std::string& reply) const {
    const std::string line = reply + "\r\n";
    if (tls != nullptr) {
      SSL_write(tls, line.data(), static_cast<int>(line.size()));
    } else {
      [[maybe_unused]] const ssize_t sent = ::send(fd, line.data(), line.size(), MSG_NOSIGNAL);
    }
  }
  // False: the client has gone.
  bool read_line(std::string& line) {
    while (true) {
      if (const std::size_t end = pending.find("\r\n"); end != std::string::npos) {
        line = pending.substr(0, end);
        pending.erase(0, end + 2);
        return true;
      }
      std::array<char, 4096> bytes{};
      const long got = tls != nullptr ? SSL_read(tls, bytes.data(), bytes.size())
                                      : ::recv(fd, bytes.data(), bytes.size(), 0);
      if (got <= 0) return false;
      pending.append(bytes.data(), static_cast<std::size_t>(got));
    }
  }
  bool encrypt(SSL_CTX* context) {
    tls = SSL_new(context);
    SSL_set_fd(tls, fd);
    return SSL_accept(tls) == 1;
  }
};

SmtpServer::SmtpServer(SmtpBehaviour behaviour, const Identity* identity)
    : behaviour_(std::move(behaviour)) {
  std::signal(SIGPIPE, SIG_IGN);
  if (identity != nullptr) {
    tls_ = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(tls_, identity->certificate.get());
    SSL_CTX_use_PrivateKey(tls_, identity->key.get());
  }
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, generic, size) != 0 || ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, generic, &size) != 0) {
    throw std::runtime_error("cannot listen on loopback");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_all(); });
}

SmtpServer::~SmtpServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  if (tls_ != nullptr) SSL_CTX_free(tls_);
}

std::string SmtpServer::url(const std::string& host) const {
  return (behaviour_.tls_at_once ? "smtps://" : "smtp://") + host + ":" + std::to_string(port_);
}

std::vector<Letter> SmtpServer::letters() const {
  const std::lock_guard lock(mutex_);
  return letters_;
}

std::vector<std::string> SmtpServer::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

void SmtpServer::accept_all() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    const std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd] { serve(fd); });
  }
}

void SmtpServer::serve(int fd) {
  Connection connection;
  connection.fd = fd;
  bool goes_on = !behaviour_.tls_at_once || connection.encrypt(tls_);
  if (goes_on) connection.send("220 mail.example ESMTP");
  Letter letter;
  std::string line;
  while (goes_on && connection.read_line(line)) {
    {
      const std::lock_guard lock(mutex_);
      commands_.push_back(line);
    }
    goes_on = answer(connection, line, letter);
  }
  if (connection.tls != nullptr) SSL_free(connection.tls);
  const std::lock_guard lock(mutex_);
  std::erase(open_, fd);
  ::close(fd);
}

std::string SmtpServer::reply_to(const std::string& command, const std::string& usual) const {
  for (const auto& [beginning, reply] : behaviour_.replies) {
    if (command.starts_with(beginning)) return reply;
  }
  return usual;
}

// False: the connection ends.
bool SmtpServer::answer(Connection& connection, const std::string& line, Letter& letter) {
  const auto reply = [&](const std::string& usual) {
    const std::string text = reply_to(line, usual);
    if (text != "hang") connection.send(text);
    return text.front() < '4';
  };
  if (line.starts_with("EHLO")) {
    const bool starttls =
        tls_ != nullptr && connection.tls == nullptr && behaviour_.offers_starttls;
    if (behaviour_.offers_login) connection.send("250-AUTH PLAIN");
    if (starttls) connection.send("250-STARTTLS");
    connection.send("250 8BITMIME");
  } else if (line == "STARTTLS") {
    connection.send("220 go on");
    return connection.encrypt(tls_);
  } else if (line.starts_with("AUTH PLAIN")) {
    std::string login = line.size() > 11 ? line.substr(11) : std::string();
    if (login.empty()) {
      connection.send("334 ");
      connection.read_line(login);
    }
    if (reply("235 welcome")) letter.login = login;
  } else if (line.starts_with("MAIL FROM:")) {
    letter.from = line.substr(10, line.find(' ', 10) - 10);
    reply("250 ok");
  } else if (line.starts_with("RCPT TO:")) {
    if (reply("250 ok")) letter.to.push_back(line.substr(8));
  } else if (line == "DATA") {
    if (reply("354 go ahead")) return take_text(connection, letter);
  } else if (line == "QUIT") {
    reply("221 bye");
  } else {
    reply("502 unknown");
  }
  return true;
}

bool SmtpServer::take_text(Connection& connection, Letter& letter) {
  std::string line;
  while (connection.read_line(line) && line != ".") {
    letter.text += (line.starts_with(".") ? line.substr(1) : line) + "\r\n";
  }
  const std::string reply = reply_to(".", "250 queued");
  letter.encrypted = connection.tls != nullptr;
  if (reply.front() == '2') {
    const std::lock_guard lock(mutex_);
    letters_.push_back(letter);
  }
  if (reply != "hang") connection.send(reply);
  return true;
}

}  // namespace idpwatch::fakes
