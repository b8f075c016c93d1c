// libmicrohttpd around the Responder: run by a thread of ours, so that every connection can be
// bounded in time as a whole (the library's own limit is for silence alone), and nothing thrown
// across its C callbacks.
#include "daemon/admin/admin_listener.hpp"

#include "base/mutex.hpp"
#include "base/text.hpp"
#include "daemon/admin/access.hpp"
#include "daemon/admin/connection_table.hpp"
#include "daemon/admin/listen_socket.hpp"
#include "daemon/admin/responder.hpp"
#include "daemon/admin/socket_peer.hpp"
#include "daemon/admin/worker.hpp"

#include <microhttpd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <exception>
#include <memory>
#include <poll.h>
#include <string_view>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace idpwatch::daemon {
namespace {

// The table keeps fewer: room for those that were cut off and are not closed yet.
constexpr unsigned kConnectionsMax = kConnectionsKept + 64;
constexpr unsigned kIdleSeconds = 10;
// Holds request line and headers; what does not fit is answered 431 by the library.
constexpr std::size_t kConnectionBytes = std::size_t{32} * 1024;
constexpr std::size_t kUriBytesMax = std::size_t{8} * 1024;
constexpr std::ptrdiff_t kParametersMax = 64;
constexpr std::size_t kQuestionsWaiting = 32;  // for each of the two workers
constexpr int kRoundMs = 250;                  // how late an overdue connection may be cut off

// Of the descriptors that the process may have, most are for probes.
std::size_t connections_kept() {
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) != 0) return kConnectionsKept;
  return std::clamp<std::size_t>(files.rlim_cur / 8, 6, kConnectionsKept);
}

// Between the calls that libmicrohttpd makes for one request.
struct Exchange {
  AdminRequest request;
  std::optional<AdminResponse> response;  // made by a worker
};

using ResponsePtr = std::unique_ptr<MHD_Response, decltype(&MHD_destroy_response)>;

MHD_Result queue(MHD_Connection* connection, const AdminResponse& answer) {
  // MHD only reads a buffer that it is told to copy.
  const ResponsePtr response(
      MHD_create_response_from_buffer(answer.body.size(), const_cast<char*>(answer.body.data()),
                                      MHD_RESPMEM_MUST_COPY),
      &MHD_destroy_response);
  if (!response) return MHD_NO;
  const auto add = [&response](const char* name, const char* value) {
    MHD_add_response_header(response.get(), name, value);
  };
  add("Content-Type", answer.type.c_str());
  add("Server", kServerName);
  add("Cache-Control", "no-store");
  add("X-Content-Type-Options", "nosniff");
  add("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  add("Referrer-Policy", "no-referrer");
  for (const auto& [name, value] : answer.headers) add(name.c_str(), value.c_str());
  return MHD_queue_response(connection, static_cast<unsigned>(answer.status), response.get());
}

MHD_Result add_query(void* request, MHD_ValueKind, const char* name, const char* value) {
  static_cast<AdminRequest*>(request)->query.emplace(name, value == nullptr ? "" : value);
  return MHD_YES;
}

MHD_Result add_header(void* request, MHD_ValueKind, const char* name, const char* value) {
  auto& asked = *static_cast<AdminRequest*>(request);
  const auto [header, first] =
      asked.headers.emplace(base::to_lower(name), value == nullptr ? "" : value);
  if (!first && decides_access(header->first)) asked.repeated = header->first;
  return MHD_YES;
}

int fd_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

// Said beside the library, to a connection that it has no answer for; what is read or written on it
// from then on fails.
void cut_off(int fd, const char* status) {
  if (fd < 0) return;
  if (status != nullptr) {
    const std::string answer =
        std::string("HTTP/1.1 ") + status + "\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    send(fd, answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  shutdown(fd, SHUT_RDWR);
}

}  // namespace

struct AdminListener::Impl {
  Impl(AdminOptions options, ListenSocket listening)
      : clock(options.clock),
        refresh(options.refresh),
        port(listening.port()),
        socket(std::move(listening)),
        responder(std::move(options)) {}
  ~Impl();

  base::Status start();
  void run();
  void wake() const;

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char*, const char* upload,
                               std::size_t* upload_size, void** exchange);
  static void on_end(void* self, MHD_Connection* connection, void** exchange,
                     MHD_RequestTerminationCode);
  static void on_connection(void* self, MHD_Connection* connection, void**,
                            MHD_ConnectionNotificationCode what);
  static void* on_uri(void*, const char* uri, MHD_Connection* connection);

  MHD_Result begin(MHD_Connection* connection, const char* url, const char* method,
                   void** exchange);
  MHD_Result take(MHD_Connection* connection, Exchange& exchange);
  MHD_Result say(MHD_Connection* connection, const AdminResponse& answer);
  void answer(MHD_Connection* connection, Exchange& exchange);

  [[nodiscard]] Pulse pulse() const {
    Pulse out;
    if (const std::int64_t last = pulse_us.load(); last >= 0) out.last = base::Duration(last);
    out.vitals.storage_ok = storage_ok.load();
    return out;
  }
  watch::SnapshotPtr current() {
    const base::MutexLock lock(mutex);
    return snapshot;
  }

  const base::Clock* clock;
  std::function<void()> refresh;
  std::uint16_t port;
  ListenSocket socket;  // keeps the path of a unix socket, to remove it
  Responder responder;
  MHD_Daemon* daemon = nullptr;
  int wake_fd = -1;
  ConnectionTable table{connections_kept()};  // of the listener's own thread
  std::atomic<bool> ending{false};
  std::atomic<std::int64_t> pulse_us{-1};  // boot time of the last sign of the loop
  std::atomic<bool> storage_ok{true};
  base::Mutex mutex;
  watch::SnapshotPtr snapshot IDPWATCH_GUARDED_BY(mutex);
  // Those that wait only on memory, and those that wait for the store or the loop.
  Worker quick{kQuestionsWaiting}, slow{kQuestionsWaiting};
  std::thread thread;
};

AdminListener::Impl::~Impl() {
  // The workers first: every connection that they hold goes on, and gets its answer.
  responder.stop();
  slow.stop();
  quick.stop();
  ending = true;
  wake();
  if (thread.joinable()) thread.join();
  if (daemon != nullptr) MHD_stop_daemon(daemon);
  if (wake_fd >= 0) close(wake_fd);
}

void AdminListener::Impl::wake() const {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t put = ::write(wake_fd, &one, sizeof one);
}

base::Status AdminListener::Impl::start() {
  wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  // From here on the library closes the descriptor.
  const int listening = socket.release();
  daemon = MHD_start_daemon(
      MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, nullptr, nullptr, &Impl::on_request, this,
      MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_end, this,
      MHD_OPTION_NOTIFY_CONNECTION, &Impl::on_connection, this, MHD_OPTION_URI_LOG_CALLBACK,
      &Impl::on_uri, this, MHD_OPTION_CONNECTION_LIMIT, kConnectionsMax,
      MHD_OPTION_CONNECTION_TIMEOUT, kIdleSeconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
      kConnectionBytes, MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_END);
  if (daemon == nullptr || wake_fd < 0) {
    return base::fail(base::ErrorKind::kInternal, "the admin listener cannot start",
                      "set listen: off to run without it");
  }
  thread = std::thread([this] { run(); });
  return base::Ok{};
}

void AdminListener::Impl::run() {
  const auto* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
  std::array<pollfd, 2> polled{{{info->epoll_fd, POLLIN, 0}, {wake_fd, POLLIN, 0}}};
  while (!ending) {
    MHD_UNSIGNED_LONG_LONG due_ms = 0;
    const bool due = MHD_get_timeout(daemon, &due_ms) == MHD_YES;
    const int wait_ms =
        due ? static_cast<int>(std::min<MHD_UNSIGNED_LONG_LONG>(due_ms, kRoundMs)) : kRoundMs;
    poll(polled.data(), polled.size(), wait_ms);
    MHD_run(daemon);
    for (const ConnectionTable::Cut& cut : table.overdue(clock->boottime())) {
      auto* connection = const_cast<MHD_Connection*>(static_cast<const MHD_Connection*>(cut.id));
      cut_off(fd_of(connection), cut.unfinished ? "408 Request Timeout" : nullptr);
    }
  }
}

void AdminListener::Impl::on_connection(void* self, MHD_Connection* connection, void**,
                                        MHD_ConnectionNotificationCode what) {
  auto& impl = *static_cast<Impl*>(self);
  if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
    impl.table.closed(connection);
    return;
  }
  const auto cut =
      impl.table.opened(connection, client_of(fd_of(connection)), impl.clock->boottime());
  if (!cut) return;
  auto* other = const_cast<MHD_Connection*>(static_cast<const MHD_Connection*>(cut->id));
  cut_off(fd_of(other), cut->unfinished ? "503 Service Unavailable" : nullptr);
}

// Before the library takes the parameters apart, for which it has no room of its own: too many of
// them would leave it without any to refuse them in.
void* AdminListener::Impl::on_uri(void*, const char* uri, MHD_Connection* connection) {
  const std::string_view text(uri);
  if (text.size() > kUriBytesMax) {
    cut_off(fd_of(connection), "414 URI Too Long");
  } else if (std::count(text.begin(), text.end(), '&') >= kParametersMax ||
             text.find("%00") != std::string_view::npos) {  // the library would end the path there
    cut_off(fd_of(connection), "400 Bad Request");
  }
  return nullptr;
}

MHD_Result AdminListener::Impl::say(MHD_Connection* connection, const AdminResponse& answer) {
  table.answering(connection, clock->boottime());
  return queue(connection, answer);
}

// The headers are there. What may not be asked is refused before its body is read, and a body by
// the length that was announced.
MHD_Result AdminListener::Impl::begin(MHD_Connection* connection, const char* url,
                                      const char* method, void** exchange) {
  auto state = std::make_unique<Exchange>();
  AdminRequest& request = state->request;
  request.method = method;
  request.path = url;
  request.peer = peer_of(fd_of(connection));
  MHD_get_connection_values(connection, MHD_HEADER_KIND, &add_header, &request);
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &add_query, &request);
  auto* kept = state.release();
  *exchange = kept;
  const std::string length = kept->request.header("content-length");
  std::uint64_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  if (!kept->request.header("transfer-encoding").empty() || bytes > kBodyBytesMax) {
    return say(connection, responder.refuse_body(kept->request));
  }
  return MHD_YES;
}

// The request is complete.
MHD_Result AdminListener::Impl::take(MHD_Connection* connection, Exchange& exchange) {
  if (exchange.response) return say(connection, *exchange.response);
  if (const auto answer = responder.at_once(exchange.request, pulse())) {
    return say(connection, *answer);
  }
  table.working(connection);
  MHD_suspend_connection(connection);
  Worker& worker = responder.slow(exchange.request) ? slow : quick;
  if (!worker.give([this, connection, &exchange] { answer(connection, exchange); })) {
    exchange.response = responder.busy();
    MHD_resume_connection(connection);
  }
  return MHD_YES;
}

// On a worker's thread; the connection is suspended meanwhile, and so stays.
void AdminListener::Impl::answer(MHD_Connection* connection, Exchange& exchange) {
  try {
    if (refresh && !responder.slow(exchange.request)) refresh();
    exchange.response = responder.answer(exchange.request, current());
  } catch (const std::exception&) {
    exchange.response = responder.busy();
  }
  MHD_resume_connection(connection);
}

MHD_Result AdminListener::Impl::on_request(void* self, MHD_Connection* connection, const char* url,
                                           const char* method, const char*, const char* upload,
                                           std::size_t* upload_size, void** exchange) {
  auto& impl = *static_cast<Impl*>(self);
  try {
    if (*exchange == nullptr) return impl.begin(connection, url, method, exchange);
    auto& state = *static_cast<Exchange*>(*exchange);
    if (*upload_size > 0) {
      // Refusing here closes the connection: the rest is not read.
      if (state.request.body.size() + *upload_size > kBodyBytesMax) return MHD_NO;
      state.request.body.append(upload, *upload_size);
      *upload_size = 0;
      return MHD_YES;
    }
    return impl.take(connection, state);
  } catch (const std::exception&) {
    return MHD_NO;
  }
}

void AdminListener::Impl::on_end(void* self, MHD_Connection* connection, void** exchange,
                                 MHD_RequestTerminationCode) {
  auto& impl = *static_cast<Impl*>(self);
  impl.table.answered(connection, impl.clock->boottime());
  delete static_cast<Exchange*>(*exchange);
  *exchange = nullptr;
}

base::Result<std::unique_ptr<AdminListener>> AdminListener::start(AdminOptions options) {
  auto socket = ListenSocket::open(options.listen);
  if (!socket) return base::fail(socket.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*socket));
  if (const auto started = impl->start(); !started) return base::fail(started.error());
  return std::unique_ptr<AdminListener>(new AdminListener(std::move(impl)));
}

AdminListener::AdminListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AdminListener::~AdminListener() = default;

void AdminListener::publish(watch::SnapshotPtr snapshot) {
  const base::MutexLock lock(impl_->mutex);
  impl_->snapshot = std::move(snapshot);
}

void AdminListener::beat(Vitals vitals) {
  impl_->storage_ok = vitals.storage_ok;
  impl_->pulse_us = impl_->clock->boottime().count();
}

std::uint16_t AdminListener::port() const { return impl_->port; }

}  // namespace idpwatch::daemon
