// What a user would run instead. It has no notion of two documents: each is a target of its own.
#include "bench/round_contenders.hpp"

#include <curl/curl.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace idpwatch::bench {

namespace {

constexpr const char* kProgram = "/usr/bin/prometheus-blackbox-exporter";
constexpr const char* kListen = "127.0.0.1:17517";

std::size_t ignore(char*, std::size_t size, std::size_t count, void*) { return size * count; }

bool ask(CURL* easy, const std::string& path) {
  const std::string url = std::string("http://") + kListen + path;
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  long status = 0;
  return curl_easy_perform(easy) == CURLE_OK &&
         curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK && status == 200;
}

std::string write_config(const Round& round) {
  const std::string path = round.ca_file + ".blackbox.yml";
  std::ofstream(path) << "modules:\n  get:\n    prober: http\n    timeout: 10s\n    http:\n"
                      << "      preferred_ip_protocol: ip4\n      fail_if_not_ssl: true\n"
                      << "      enable_http2: false\n      tls_config:\n        ca_file: "
                      << round.ca_file << "\n";
  return path;
}

pid_t start(const std::string& config) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  (void)!std::freopen("/dev/null", "w", stderr);
  const std::string file = "--config.file=" + config;
  const std::string listen = std::string("--web.listen-address=") + kListen;
  ::execl(kProgram, kProgram, file.c_str(), listen.c_str(), nullptr);
  std::_Exit(127);
}

double used_by(pid_t child) {
  ::kill(child, SIGTERM);
  rusage usage{};
  ::wait4(child, nullptr, 0, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
}

// The whole life of one exporter, with that many rounds.
double life(CURL* easy, const Round& round, int rounds, const std::string& config) {
  const pid_t child = start(config);
  bool up = false;
  for (int i = 0; i < 200 && !up; ++i) {
    up = ask(easy, "/-/healthy");
    if (!up) ::poll(nullptr, 0, 10);
  }
  bool fine = up;
  for (int i = 0; i < rounds && fine; ++i) {
    for (std::size_t authority = 0; authority < round.ports.size() && fine; ++authority) {
      fine = ask(easy, "/probe?module=get&target=" + round.discovery_url(authority)) &&
             ask(easy, "/probe?module=get&target=" + round.jwks_url(authority));
    }
  }
  const double used = used_by(child);
  return fine ? used : -1;
}

double run(const Round& round) {
  if (::access(kProgram, X_OK) != 0) return -1;
  const std::string config = write_config(round);
  CURL* easy = curl_easy_init();
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &ignore);
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  const double idle = life(easy, round, 1, config);
  const double busy = life(easy, round, 1 + round.rounds, config);
  curl_easy_cleanup(easy);
  ::unlink(config.c_str());
  return idle < 0 || busy < 0 ? -1 : busy - idle;
}

}  // namespace

Contender blackbox_exporter() { return {.name = "prometheus-blackbox-exporter", .run = &run}; }

}  // namespace idpwatch::bench
