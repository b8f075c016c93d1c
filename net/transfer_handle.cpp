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

void set_bounds(CURL* easy, const std::string& user_agent) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // a hung resolver must not hold SIGTERM up
  // libcurl 7.88 walks all that it keeps of names at the end of each transfer (multi_done calls
  // Curl_hostcache_prune): kept for a minute, that is as many as there are authorities. Two seconds
  // are enough for the two documents of a look; how long resolving takes is part of what is seen.
  constexpr long kNamesKeptFor = 2;
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, kNamesKeptFor);
  // A quarter of libcurl's own: one for each kept connection, and documents are a few KB.
  constexpr long kBufferBytes = 4096;
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kBufferBytes);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy, CURLOPT_USERAGENT, user_agent.c_str());
}

curl_blob blob_of(const std::string& bytes) {
  // Not copied: what it points into lives as long as the handle's route.
  return {.data = const_cast<char*>(bytes.data()),  // NOLINT(cppcoreguidelines-pro-type-const-cast)
          .len = bytes.size(),
          .flags = CURL_BLOB_NOCOPY};
}

void set_client(CURL* easy, const ClientIdentity& client) {
  curl_blob certificate = blob_of(client.certificate);
  curl_blob key = blob_of(client.key);
  curl_easy_setopt(easy, CURLOPT_SSLCERT_BLOB, &certificate);
  curl_easy_setopt(easy, CURLOPT_SSLKEY_BLOB, &key);
  // An encrypted key fails; without a password, OpenSSL would ask the terminal for one.
  curl_easy_setopt(easy, CURLOPT_KEYPASSWD, "");
}

void set_route(CURL* easy, const Route& route) {
  // Ours is set for each handshake (TransferCallbacks::ssl_context), of server and proxy alike.
  for (const CURLoption none :
       {CURLOPT_CAINFO, CURLOPT_CAPATH, CURLOPT_PROXY_CAINFO, CURLOPT_PROXY_CAPATH}) {
    curl_easy_setopt(easy, none, nullptr);
  }
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION,
                   route.http2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy, CURLOPT_IPRESOLVE, to_curl(route.ip_version));
  // Set even when empty, so that libcurl never looks into the environment: net/proxy.hpp did.
  curl_easy_setopt(easy, CURLOPT_PROXY, route.proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
  if (route.client) set_client(easy, *route.client);
}

}  // namespace

std::string Route::key() const {
  std::string key;
  write_key(key);
  return key;
}

void Route::write_key(std::string& key) const {
  key = origin;
  key += '\n';
  key += proxy;
  for (const std::uint64_t version : {trust ? trust->version : 0, client ? client->version : 0}) {
    key += '\n';
    key += std::to_string(version);
  }
  key += http2 ? "\n2" : "\n1";
  key += static_cast<char>('0' + static_cast<int>(ip_version));
}

TransferHandle::TransferHandle(Route route, std::shared_ptr<MultiHandle> multi,
                               const std::string& user_agent)
    : route_(std::move(route)),
      key_(route_.key()),
      multi_(std::move(multi)),
      easy_(curl_easy_init()) {
  IDPWATCH_ASSERT(easy_ != nullptr);
  set_bounds(easy_, user_agent);
  set_route(easy_, route_);
  static_assert(std::tuple_size_v<decltype(error_)> >= CURL_ERROR_SIZE);
  curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_.data());
  connect_callbacks(*this);
}

TransferHandle::~TransferHandle() { curl_easy_cleanup(easy_); }

const std::shared_ptr<const model::TlsFacts>& TransferHandle::facts(x509_st* certificate,
                                                                    std::string_view protocol,
                                                                    std::string_view suite) {
  if (!facts_ || facts_->protocol != protocol || facts_->suite != suite ||
      !same(certificate_.get(), certificate)) {
    facts_ = std::make_shared<const model::TlsFacts>(
        read_tls_facts(certificate, std::string(protocol), std::string(suite)));
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
