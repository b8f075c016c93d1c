// The least that the transfers cost: libcurl's easy interface, the same bytes asked for, nothing
// looked at, nothing bounded.
#include "bench/round_contenders.hpp"
#include "net/http_client.hpp"

#include <curl/curl.h>

#include <memory>
#include <stdexcept>

namespace idpwatch::bench {

namespace {

struct FreeEasy {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
using Easy = std::unique_ptr<CURL, FreeEasy>;

std::size_t append(char* bytes, std::size_t size, std::size_t count, void* to) {
  static_cast<std::string*>(to)->append(bytes, size * count);
  return size * count;
}

Easy make(const Round& round, std::string& body) {
  Easy easy(curl_easy_init());
  curl_easy_setopt(easy.get(), CURLOPT_CAINFO, round.ca_file.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_CAPATH, nullptr);
  curl_easy_setopt(easy.get(), CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
  curl_easy_setopt(easy.get(), CURLOPT_ACCEPT_ENCODING, "gzip");
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, net::user_agent().c_str());
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_PROXY, "");
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT, 10L);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &append);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &body);
  return easy;
}

void get(CURL* easy, const std::string& url, std::string& body) {
  body.clear();
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  if (curl_easy_perform(easy) != CURLE_OK || body.empty()) {
    throw std::runtime_error("bare libcurl: " + url);
  }
}

void look(CURL* easy, const Round& round, std::size_t authority, std::string& body) {
  get(easy, round.discovery_url(authority), body);
  get(easy, round.jwks_url(authority), body);
}

double run(const Round& round) {
  std::string body;
  std::vector<Easy> kept;
  double start = 0;
  for (int i = 0; i <= round.rounds; ++i) {
    if (i == 1) start = cpu_us();
    for (std::size_t authority = 0; authority < round.ports.size(); ++authority) {
      if (!round.kept) {
        look(make(round, body).get(), round, authority, body);
        continue;
      }
      if (i == 0) kept.push_back(make(round, body));
      look(kept[authority].get(), round, authority, body);
    }
  }
  return cpu_us() - start;
}

}  // namespace

Contender bare_libcurl() { return {.name = "bare libcurl", .run = &run}; }

}  // namespace idpwatch::bench
