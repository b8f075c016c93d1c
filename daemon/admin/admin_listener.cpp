// libmicrohttpd around the Responder: a small pool of its own threads, bounds on everything that a
// client can grow, and nothing thrown across its C callbacks.
#include "daemon/admin_listener.hpp"

#include "daemon/admin/listen_socket.hpp"
#include "daemon/admin/responder.hpp"

#include <microhttpd.h>

#include <atomic>
#include <charconv>
#include <exception>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>

namespace idpwatch::daemon {
namespace {

constexpr unsigned kConnectionsMax = 64;
constexpr unsigned kIdleSeconds = 10;
// Holds request line and headers; what does not fit is answered 431 by the library.
constexpr std::size_t kConnectionBytes = std::size_t{32} * 1024;
// Two: a long question to the store does not hold up a health check.
constexpr unsigned kThreads = 2;

// Between the calls that libmicrohttpd makes for one request.
struct Exchange {
  AdminRequest request;
  std::size_t body_bytes = 0;  // of its body, seen and dropped
};

void add_header(MHD_Response* response, const char* name, const std::string& value) {
  MHD_add_response_header(response, name, value.c_str());
}

MHD_Result queue(MHD_Connection* connection, const AdminResponse& answer) {
  // MHD only reads a buffer that it is told to copy.
  MHD_Response* response = MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  add_header(response, "Content-Type", answer.type);
  add_header(response, "Cache-Control", "no-store");
  add_header(response, "X-Content-Type-Options", "nosniff");
  add_header(response, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  add_header(response, "Referrer-Policy", "no-referrer");
  if (!answer.allow.empty()) add_header(response, "Allow", answer.allow);
  if (answer.challenge) add_header(response, "WWW-Authenticate", "Bearer realm=\"idpwatch\"");
  const MHD_Result queued =
      MHD_queue_response(connection, static_cast<unsigned>(answer.status), response);
  MHD_destroy_response(response);
  return queued;
}

MHD_Result add_query(void* request, MHD_ValueKind, const char* name, const char* value) {
  static_cast<AdminRequest*>(request)->query.emplace(name, value == nullptr ? "" : value);
  return MHD_YES;
}

std::string header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string() : std::string(value);
}

}  // namespace

struct AdminListener::Impl {
  Impl(AdminOptions options, ListenSocket listening)
      : clock(options.clock),
        port(listening.port()),
        socket(std::move(listening)),
        responder(std::move(options)) {}

  ~Impl() {
    if (daemon != nullptr) MHD_stop_daemon(daemon);
  }

  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* method, const char*, const char*,
                               std::size_t* upload_size, void** exchange);
  static void on_end(void*, MHD_Connection*, void** exchange, MHD_RequestTerminationCode) {
    delete static_cast<Exchange*>(*exchange);
    *exchange = nullptr;
  }

  MHD_Result begin(MHD_Connection* connection, const char* url, const char* method,
                   void** exchange) const;
  AdminResponse answer(const AdminRequest& request);

  SnapshotPtr current() {
    const std::lock_guard lock(mutex);
    return snapshot;
  }

  const base::Clock* clock;
  std::uint16_t port;
  ListenSocket socket;  // keeps the path of a unix socket, to remove it
  Responder responder;
  MHD_Daemon* daemon = nullptr;
  std::atomic<std::int64_t> pulse_us{-1};  // boot time of the last sign of the loop
  std::mutex mutex;
  SnapshotPtr snapshot;  // guarded by mutex
};

// The headers are there. A body that is too large is refused before it is read, where its length is
// told.
MHD_Result AdminListener::Impl::begin(MHD_Connection* connection, const char* url,
                                      const char* method, void** exchange) const {
  auto state = std::make_unique<Exchange>();
  AdminRequest& request = state->request;
  request.method = method;
  request.path = url;
  request.authorization = header(connection, MHD_HTTP_HEADER_AUTHORIZATION);
  request.host = header(connection, MHD_HTTP_HEADER_HOST);
  request.content_type = header(connection, MHD_HTTP_HEADER_CONTENT_TYPE);
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, &add_query, &request);
  *exchange = state.release();
  const std::string length = header(connection, MHD_HTTP_HEADER_CONTENT_LENGTH);
  std::uint64_t bytes = 0;
  std::from_chars(length.data(), length.data() + length.size(), bytes);
  return bytes > kRequestBodyMax ? queue(connection, responder.refuse_body(request)) : MHD_YES;
}

AdminResponse AdminListener::Impl::answer(const AdminRequest& request) {
  Pulse pulse;
  if (const std::int64_t last = pulse_us.load(); last >= 0) pulse.last = base::Duration(last);
  return responder.answer(request, current(), pulse);
}

MHD_Result AdminListener::Impl::on_request(void* self, MHD_Connection* connection, const char* url,
                                           const char* method, const char*, const char*,
                                           std::size_t* upload_size, void** exchange) {
  try {
    if (*exchange == nullptr) {
      return static_cast<Impl*>(self)->begin(connection, url, method, exchange);
    }
    auto* state = static_cast<Exchange*>(*exchange);
    if (*upload_size > 0) {
      // Refusing here closes the connection: the rest is not read.
      state->body_bytes += *upload_size;
      if (state->body_bytes > kRequestBodyMax) return MHD_NO;
      *upload_size = 0;
      return MHD_YES;
    }
    return queue(connection, static_cast<Impl*>(self)->answer(state->request));
  } catch (const std::exception&) {
    return MHD_NO;
  }
}

base::Result<std::unique_ptr<AdminListener>> AdminListener::start(AdminOptions options) {
  auto socket = ListenSocket::open(options.listen);
  if (!socket) return base::fail(socket.error());
  auto impl = std::make_unique<Impl>(std::move(options), std::move(*socket));
  // From here on the library closes the descriptor.
  const int listening = impl->socket.release();
  impl->daemon = MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO, 0, nullptr, nullptr, &Impl::on_request,
      impl.get(), MHD_OPTION_LISTEN_SOCKET, listening, MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_end,
      nullptr, MHD_OPTION_CONNECTION_LIMIT, kConnectionsMax, MHD_OPTION_CONNECTION_TIMEOUT,
      kIdleSeconds, MHD_OPTION_CONNECTION_MEMORY_LIMIT, kConnectionBytes,
      MHD_OPTION_THREAD_POOL_SIZE, kThreads, MHD_OPTION_END);
  if (impl->daemon == nullptr) {
    return base::fail(base::ErrorKind::kInternal, "the admin listener does not start",
                      "set listen: off to go on without it");
  }
  return std::unique_ptr<AdminListener>(new AdminListener(std::move(impl)));
}

AdminListener::AdminListener(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

AdminListener::~AdminListener() = default;

void AdminListener::publish(SnapshotPtr snapshot) {
  const std::lock_guard lock(impl_->mutex);
  impl_->snapshot = std::move(snapshot);
}

void AdminListener::beat() { impl_->pulse_us.store(impl_->clock->boottime().count()); }

std::uint16_t AdminListener::port() const { return impl_->port; }

}  // namespace idpwatch::daemon
