#include "demo/demo_server.hpp"

#include "alerts/standard_webhooks.hpp"
#include "base/json.hpp"
#include "base/mutex.hpp"
#include "base/url.hpp"

#include <microhttpd.h>
#include <nlohmann/json.hpp>

#include <arpa/inet.h>
#include <atomic>
#include <charconv>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <netinet/in.h>
#include <utility>

namespace idpwatch::demo {

namespace {

constexpr std::size_t kBodyMax = std::size_t{256} * 1024;

struct StopDaemon {
  void operator()(MHD_Daemon* daemon) const { MHD_stop_daemon(daemon); }
};
using Daemon = std::unique_ptr<MHD_Daemon, StopDaemon>;

sockaddr_in loopback() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

std::uint16_t port_of(MHD_Daemon* daemon) {
  const auto* info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT);
  return info == nullptr ? 0 : info->port;
}

MHD_Result answer(MHD_Connection* connection, unsigned status, const std::string& body) {
  MHD_Response* response = MHD_create_response_from_buffer(
      body.size(), const_cast<char*>(body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
  const MHD_Result queued = MHD_queue_response(connection, status, response);
  MHD_destroy_response(response);
  return queued;
}

std::string header(MHD_Connection* connection, const char* name) {
  const char* value = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
  return value == nullptr ? std::string() : std::string(value);
}

base::Error no_listener() {
  return base::make_error(base::ErrorKind::kInternal,
                          "the demonstration cannot listen on 127.0.0.1",
                          "it needs loopback and an unused port");
}

}  // namespace

struct DemoProvider::Impl {
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* url,
                               const char* /*method*/, const char* /*version*/,
                               const char* /*data*/, std::size_t* /*size*/, void** /*state*/) {
    auto* provider = static_cast<Impl*>(self);
    const std::string body = provider->find(url);
    if (std::string_view(url) == "/jwks") ++provider->looks;
    return body.empty() ? answer(connection, MHD_HTTP_NOT_FOUND, "{}")
                        : answer(connection, MHD_HTTP_OK, body);
  }

  std::string find(const std::string& path) {
    const base::MutexLock lock(mutex);
    const auto found = documents.find(path);
    return found == documents.end() ? std::string() : found->second;
  }

  base::Mutex mutex;
  std::map<std::string, std::string> documents IDPWATCH_GUARDED_BY(mutex);
  std::string issuer;
  std::atomic<int> looks{0};
  Daemon daemon;  // last: stopped before the rest goes
};

base::Result<std::unique_ptr<DemoProvider>> DemoProvider::start(const ThrowawayTls& tls) {
  auto impl = std::make_unique<Impl>();
  sockaddr_in address = loopback();
  impl->daemon.reset(MHD_start_daemon(
      MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_TLS, 0, nullptr, nullptr, &Impl::on_request,
      impl.get(), MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_CERT, tls.leaf_pem.c_str(),
      MHD_OPTION_HTTPS_MEM_KEY, tls.leaf_key_pem.c_str(), MHD_OPTION_END));
  if (!impl->daemon) return base::fail(no_listener());
  impl->issuer = "https://127.0.0.1:" + std::to_string(port_of(impl->daemon.get()));
  const base::Json discovery = {{"issuer", impl->issuer},
                                {"jwks_uri", impl->issuer + "/jwks"},
                                {"authorization_endpoint", impl->issuer + "/authorize"},
                                {"token_endpoint", impl->issuer + "/token"},
                                {"response_types_supported", {"code"}},
                                {"subject_types_supported", {"public"}},
                                {"id_token_signing_alg_values_supported", {"RS256", "ES256"}}};
  const base::MutexLock lock(impl->mutex);
  impl->documents["/.well-known/openid-configuration"] = discovery.dump();
  return std::unique_ptr<DemoProvider>(new DemoProvider(std::move(impl)));
}

DemoProvider::DemoProvider(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DemoProvider::~DemoProvider() = default;

std::string DemoProvider::issuer() const { return impl_->issuer; }

void DemoProvider::serve_keys(const std::string& jwks) {
  const base::MutexLock lock(impl_->mutex);
  impl_->documents["/jwks"] = jwks;
}

int DemoProvider::looks() const { return impl_->looks; }

std::string DemoProvider::document(const std::string& path) const { return impl_->find(path); }

struct DemoReceiver::Impl {
  static MHD_Result on_request(void* self, MHD_Connection* connection, const char* /*url*/,
                               const char* /*method*/, const char* /*version*/, const char* data,
                               std::size_t* size, void** state) {
    auto* receiver = static_cast<Impl*>(self);
    if (*state == nullptr) {
      *state = new std::string();
      return MHD_YES;
    }
    auto* body = static_cast<std::string*>(*state);
    if (*size > 0) {
      if (body->size() + *size > kBodyMax) return MHD_NO;
      body->append(data, *size);
      *size = 0;
      return MHD_YES;
    }
    receiver->take(connection, *body);
    return answer(connection, MHD_HTTP_OK, "{}");
  }

  static void on_completed(void* /*self*/, MHD_Connection* /*connection*/, void** state,
                           MHD_RequestTerminationCode /*code*/) {
    delete static_cast<std::string*>(*state);
    *state = nullptr;
  }

  void take(MHD_Connection* connection, const std::string& body) {
    const std::string stamp = header(connection, "webhook-timestamp");
    std::int64_t sent_at = 0;
    std::from_chars(stamp.data(), stamp.data() + stamp.size(), sent_at);
    const std::string expected =
        alerts::sign(std::span(&key, 1), header(connection, "webhook-id"), sent_at, body);
    const bool verified = !expected.empty() && header(connection, "webhook-signature") == expected;
    const base::MutexLock lock(mutex);
    arrived.push_back({body, verified});
    changed.notify_one();
  }

  std::string key;
  base::Mutex mutex;
  std::condition_variable_any changed;
  std::deque<DemoDelivery> arrived IDPWATCH_GUARDED_BY(mutex);
  Daemon daemon;  // last: stopped before the rest goes
};

base::Result<std::unique_ptr<DemoReceiver>> DemoReceiver::start(const std::string& secret) {
  auto impl = std::make_unique<Impl>();
  auto key = alerts::decode_secret(secret);
  if (!key) return base::fail(key.error());
  impl->key = std::move(*key);
  sockaddr_in address = loopback();
  impl->daemon.reset(MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD, 0, nullptr, nullptr,
                                      &Impl::on_request, impl.get(), MHD_OPTION_SOCK_ADDR, &address,
                                      MHD_OPTION_NOTIFY_COMPLETED, &Impl::on_completed, nullptr,
                                      MHD_OPTION_END));
  if (!impl->daemon) return base::fail(no_listener());
  return std::unique_ptr<DemoReceiver>(new DemoReceiver(std::move(impl)));
}

DemoReceiver::DemoReceiver(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
DemoReceiver::~DemoReceiver() = default;

std::string DemoReceiver::url() const {
  return "http://127.0.0.1:" + std::to_string(port_of(impl_->daemon.get())) + "/hook";
}

std::optional<DemoDelivery> DemoReceiver::next(base::Duration patience) {
  base::MutexLock lock(impl_->mutex);
  if (!impl_->changed.wait_for(impl_->mutex, patience, [this]() IDPWATCH_REQUIRES(impl_->mutex) {
        return !impl_->arrived.empty();
      })) {
    return std::nullopt;
  }
  DemoDelivery first = std::move(impl_->arrived.front());
  impl_->arrived.pop_front();
  return first;
}

}  // namespace idpwatch::demo
