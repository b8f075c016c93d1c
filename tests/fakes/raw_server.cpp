#include "tests/fakes/raw_server.hpp"

#include <openssl/ssl.h>

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace idpwatch::fakes {

namespace {

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(std::string("raw server: ") + what);
}

int listen_on_loopback(std::uint16_t& port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  must(::bind(fd, generic, size) == 0 && ::listen(fd, 256) == 0, "listen");
  ::getsockname(fd, generic, &size);
  port = ntohs(address.sin_port);
  return fd;
}

SSL_CTX* tls_context(const Identity& identity) {
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  must(SSL_CTX_use_certificate(context, identity.certificate.get()) == 1 &&
           SSL_CTX_use_PrivateKey(context, identity.key.get()) == 1,
       "identity");
  const std::array<unsigned char, 4> id{'t', 'e', 's', 't'};
  SSL_CTX_set_session_id_context(context, id.data(), id.size());
  return context;
}

std::size_t content_length(const std::string& head) {
  const std::size_t at = head.find("Content-Length: ");
  return at == std::string::npos ? 0 : std::stoul(head.substr(at + 16));
}

// RFC 1952 section 2.3: magic, deflate, no flags, no time, no file system.
const std::string kGzipHead("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10);

// RFC 1951 section 3.1.1: bits from the least significant on, Huffman codes from their first bit.
class BitWriter {
 public:
  void bits(unsigned value, int count) {
    for (int i = 0; i < count; ++i) bit((value >> i) & 1U);
  }
  void code(unsigned value, int count) {
    for (int i = count - 1; i >= 0; --i) bit((value >> i) & 1U);
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void bit(unsigned value) {
    if (used_ == 0) bytes_.push_back('\0');
    bytes_.back() = static_cast<char>(static_cast<unsigned char>(bytes_.back()) | (value << used_));
    used_ = (used_ + 1) % 8;
  }
  std::string bytes_;
  int used_ = 0;
};

// 258 bytes, all like the one before: code 285 of the fixed table, distance 1.
void repeat_258(BitWriter& out) {
  out.code(0b11000101, 8);
  out.code(0, 5);
}

void append_le32(std::string& out, std::uint32_t value) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xffU));
}

std::uint32_t crc32(const std::string& bytes) {
  std::uint32_t crc = ~0U;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = (crc >> 1U) ^ (0xedb88320U & (0U - (crc & 1U)));
  }
  return ~crc;
}

}  // namespace

long RawConnection::receive(char* bytes, std::size_t size) {
  return tls_ != nullptr ? SSL_read(tls_, bytes, static_cast<int>(size))
                         : ::recv(fd_, bytes, size, 0);
}

bool RawConnection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (stopping_) return false;
    const long sent = tls_ != nullptr
                          ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                          : ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::uint64_t RawConnection::flood(std::string_view bytes, std::uint64_t limit) {
  std::uint64_t sent = 0;
  while (sent < limit && send(bytes)) sent += bytes.size();
  return sent;
}

void RawConnection::hang() {
  std::array<char, 256> buffer{};
  while (receive(buffer.data(), buffer.size()) > 0) {
  }
}

void RawConnection::reset() {
  const linger abrupt{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &abrupt, sizeof abrupt);
}

std::string RawConnection::read_head() {
  std::array<char, 4096> buffer{};
  while (true) {
    const std::size_t end = pending_.find("\r\n\r\n");
    if (end != std::string::npos) {
      std::string head = pending_.substr(0, end + 4);
      pending_.erase(0, end + 4);
      return head;
    }
    const long got = receive(buffer.data(), buffer.size());
    if (got <= 0) return {};
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

std::string RawConnection::read_bytes(std::size_t count) {
  std::array<char, 4096> buffer{};
  while (pending_.size() < count) {
    const long got = receive(buffer.data(), buffer.size());
    if (got <= 0) return {};
    pending_.append(buffer.data(), static_cast<std::size_t>(got));
  }
  std::string out = pending_.substr(0, count);
  pending_.erase(0, count);
  return out;
}

RawServer::RawServer(Script script, const Identity* identity) : script_(std::move(script)) {
  std::signal(SIGPIPE, SIG_IGN);  // SSL_write has no MSG_NOSIGNAL
  if (identity != nullptr) tls_ = tls_context(*identity);
  listener_ = listen_on_loopback(port_);
  acceptor_ = std::thread([this] { accept_all(); });
}

RawServer::~RawServer() {
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

std::string RawServer::url(const std::string& path, const std::string& host) const {
  return (tls_ != nullptr ? "https://" : "http://") + host + ":" + std::to_string(port_) + path;
}

std::vector<std::string> RawServer::heads() const {
  const std::lock_guard lock(mutex_);
  return heads_;
}

void RawServer::accept_all() {
  while (!stopping_) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const int number = ++connections_;
    const std::lock_guard lock(mutex_);
    if (stopping_) {
      ::close(fd);
      return;
    }
    open_.push_back(fd);
    threads_.emplace_back([this, fd, number] { serve(fd, number); });
  }
}

void RawServer::serve(int fd, int number) {
  SSL* tls = nullptr;
  bool ready = true;
  if (tls_ != nullptr) {
    tls = SSL_new(tls_);
    SSL_set_fd(tls, fd);
    ready = SSL_accept(tls) == 1;
    if (ready && SSL_session_reused(tls) == 1) ++resumed_;
  }
  if (ready) {
    RawConnection connection(fd, tls, stopping_);
    connection.connection_number = number;
    talk(connection);
    if (tls != nullptr) SSL_shutdown(tls);
  }
  if (tls != nullptr) SSL_free(tls);
  {
    const std::lock_guard lock(mutex_);
    std::erase(open_, fd);
  }
  ::close(fd);
}

void RawServer::talk(RawConnection& connection) {
  for (bool go_on = true; go_on && !stopping_;) {
    const std::string head = connection.read_head();
    if (head.empty()) return;
    connection.body = connection.read_bytes(content_length(head));
    ++connection.request_number;
    ++requests_;
    {
      const std::lock_guard lock(mutex_);
      heads_.push_back(head);
    }
    go_on = script_(connection, head);
  }
}

std::string http_message(int status, const std::string& body,
                         const std::vector<std::string>& headers) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " Test\r\n";
  for (const std::string& header : headers) out += header + "\r\n";
  const bool bodiless = status == 304 || status == 204;
  if (!bodiless) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  out += "\r\n";
  return bodiless ? out : out + body;
}

std::string gzip(const std::string& bytes) {
  std::string out = kGzipHead;
  const auto length = static_cast<std::uint16_t>(bytes.size());
  append_le32(out, length | (std::uint32_t{static_cast<std::uint16_t>(~length)} << 16U));
  out.insert(kGzipHead.size(), 1, '\1');  // the last block, stored
  out += bytes;
  append_le32(out, crc32(bytes));
  append_le32(out, length);
  return out;
}

GzipBomb gzip_bomb() {
  BitWriter begin;
  begin.bits(0, 1);           // not the last block
  begin.bits(1, 2);           // fixed codes
  begin.code(0b00110000, 8);  // a zero
  repeat_258(begin);          // and so the next code begins at a byte
  BitWriter again;
  for (int i = 0; i < 8; ++i) repeat_258(again);
  return {.begin = kGzipHead + begin.bytes(), .again = again.bytes(), .yield = 8 * 258};
}

}  // namespace idpwatch::fakes
