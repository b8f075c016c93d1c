#include "base/assert.hpp"
#include "net/http_transfer.hpp"

#include <curl/curl.h>

namespace idpwatch::net {

namespace {

long to_curl(model::IpVersion version) {
  switch (version) {
    case model::IpVersion::kAny:
      return CURL_IPRESOLVE_WHATEVER;
    case model::IpVersion::kV4:
      return CURL_IPRESOLVE_V4;
    case model::IpVersion::kV6:
      return CURL_IPRESOLVE_V6;
  }
  return CURL_IPRESOLVE_WHATEVER;
}

const char* or_null(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

void set_bounds(CURL* easy, const std::string& user_agent) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a hung resolver must not hold SIGTERM up
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent.c_str());
}

// The directory is always named, if only as none: a bundle of the configuration must not be widened
// by the directory that libcurl was built with. And only without one does libcurl keep the parsed
// bundle from one connection to the next (7.87 on), which is most of the cost of a handshake.
void set_trust(CURL* easy, const TrustSource& trust, bool https_proxy) {
  curl_easy_setopt(easy, CURLOPT_CAINFO, or_null(trust.file));
  curl_easy_setopt(easy, CURLOPT_CAPATH, or_null(trust.dir));
  // Copied and compared at each request, so only where it is used.
  curl_easy_setopt(easy, CURLOPT_PROXY_CAINFO, https_proxy ? or_null(trust.file) : nullptr);
  curl_easy_setopt(easy, CURLOPT_PROXY_CAPATH, https_proxy ? or_null(trust.dir) : nullptr);
}

void set_route(CURL* easy, const Route& route) {
  set_trust(easy, route.trust, route.proxy.starts_with("https:"));
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   route.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_IPRESOLVE, to_curl(route.ip_version));
  // Set even when empty, so that libcurl never looks into the environment: net/proxy.hpp did.
  curl_easy_setopt(easy, CURLOPT_PROXY, route.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  if (!route.client_cert.empty()) {
    curl_easy_setopt(easy, CURLOPT_SSLCERT, route.client_cert.c_str());
    curl_easy_setopt(
        easy, CURLOPT_SSLKEY,
        route.client_key.empty() ? route.client_cert.c_str() : route.client_key.c_str());
  }
}

}  // namespace

std::string Route::key() const {
  std::string key;
  write_key(key);
  return key;
}

void Route::write_key(std::string& key) const {
  key = origin;
  for (const std::string* part : {&proxy, &trust.file, &trust.dir, &client_cert, &client_key}) {
    key += '\n';
    key += *part;
  }
  key += http2 ? "\n2" : "\n1";
  key += static_cast<char>('0' + static_cast<int>(ip_version));
}

TransferHandle::TransferHandle(Route route, MultiHandle& multi, const std::string& user_agent)
    : route_(std::move(route)), key_(route_.key()), multi_(multi), easy_(curl_easy_init()) {
  IDPWATCH_ASSERT(easy_ != nullptr);
  set_bounds(easy_, user_agent);
  set_route(easy_, route_);
  static_assert(std::tuple_size_v<decltype(error_)> >= CURL_ERROR_SIZE);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
  connect_callbacks(*this);
}

TransferHandle::~TransferHandle() { curl_easy_cleanup(easy_); }

const std::shared_ptr<const model::TlsFacts>& TransferHandle::facts(x509_st* certificate,
                                                                    std::string_view protocol) {
  if (!facts_ || facts_->protocol != protocol || !same(certificate_.get(), certificate)) {
    facts_ =
        std::make_shared<const model::TlsFacts>(read_tls_facts(certificate, std::string(protocol)));
    certificate_ = share(certificate);
  }
  return facts_;
}

const Peer& TransferHandle::peer(std::string_view host, int port) {
  if (peer_.host == host && port_ == port) return peer_;
  const bool six = host.find(':') != std::string_view::npos;
  peer_.host = host;
  port_ = port;
  peer_.address = (six ? "[" + peer_.host + "]" : peer_.host) + ":" + std::to_string(port);
  peer_.what = classify_address(host);
  return peer_;
}

}  // namespace idpwatch::net
